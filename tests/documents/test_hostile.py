"""Hostile and broken documents: a sentence each, the others still read, nothing written elsewhere.

All lie in one folder and are read in one go, as a person would drop them.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import made
import pytest
from made import SAID

from lab.documents import archive
from lab.documents.reading import Text, read_all, sections
from lab.texts import LANGUAGES, sentence
from lab.types import LabError

RLO = "\u202e"


@dataclass(frozen=True)
class Bad:
    """A document that must not be read, and the sentence that says why."""

    make: Callable[[], bytes]
    why: str


@dataclass(frozen=True)
class Odd:
    """A document that must be read in spite of all: what it says, and what is told of it."""

    make: Callable[[], bytes]
    says: str = SAID
    left: str = ""


XML = '<?xml version="1.0"?>'
BAD = {
    # PDF
    "encrypted.pdf": Bad(made.pdf_encrypted, "paper_encrypted"),
    "truncated-early.pdf": Bad(lambda: made.pdf(SAID)[:60], "paper_broken"),
    "truncated-late.pdf": Bad(lambda: made.pdf(SAID)[:-120], "paper_broken"),
    "header-only.pdf": Bad(lambda: b"%PDF-1.7\n", "paper_broken"),
    "no-header.pdf": Bad(lambda: SAID.encode(), "paper_broken"),
    "deep-pages.pdf": Bad(made.pdf_of_deep_pages, "paper_nested"),
    "deep-arrays.pdf": Bad(
        lambda: made.pdf(SAID, extra="/X " + "[" * 50_000 + "]" * 50_000), "paper_broken"
    ),
    "no-pages.pdf": Bad(
        lambda: made.pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Kids [] /Count 0 >>"]),
        "paper_empty",
    ),
    "root-loop.pdf": Bad(
        lambda: made.pdf_of(
            [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
        ),
        "paper_broken",
    ),
    "pictures.pdf": Bad(made.pdf_scanned, "paper_scanned"),
    "page-numbers-only.pdf": Bad(lambda: made.pdf(*"12345"), "paper_scanned"),
    "bomb.pdf": Bad(made.pdf_bomb, "paper_overlong"),
    # zips of XML
    "entities.docx": Bad(
        lambda: made.replaced(made.docx(SAID), "word/document.xml", made.bomb_of_entities()),
        "paper_entities",
    ),
    "entities-utf16.docx": Bad(
        lambda: made.replaced(
            made.docx(SAID), "word/document.xml", made.bomb_of_entities().encode("utf-16")
        ),
        "paper_entities",
    ),
    "entities.pptx": Bad(
        lambda: made.replaced(made.pptx(SAID), "ppt/presentation.xml", made.bomb_of_entities()),
        "paper_entities",
    ),
    "entities.odt": Bad(lambda: made.odt(content=made.bomb_of_entities()), "paper_entities"),
    "entities.epub": Bad(
        lambda: made.epub(SAID, o__a_DOT_xhtml=made.bomb_of_entities()), "paper_entities"
    ),
    "file-entity.odt": Bad(
        lambda: made.odt(
            content=f'{XML}<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'
        ),
        "paper_entities",
    ),
    "locked.docx": Bad(lambda: made.ole(secret=True), "paper_encrypted"),
    "old.docx": Bad(lambda: made.ole(secret=False), "paper_old_office"),
    "locked.odt": Bad(
        lambda: made.odt(SAID, manifest="<m><encryption-data/></m>"), "paper_encrypted"
    ),
    "locked.epub": Bad(
        lambda: made.epub(
            SAID,
            **{
                "META-INF__encryption_DOT_xml": "<e><CipherReference URI='o/a.xhtml'/></e>",
            },
        ),
        "paper_encrypted",
    ),
    "bomb.docx": Bad(
        lambda: made.replaced(made.docx(SAID), "word/media/a.xml", b" " * 60_000_000), "paper_bomb"
    ),
    "bomb.epub": Bad(lambda: made.epub(SAID, o__b_DOT_css="x" * 60_000_000), "paper_bomb"),
    "truncated.docx": Bad(lambda: made.docx(SAID)[:9000], "paper_broken"),
    "empty-zip.docx": Bad(lambda: made.zipped({}), "paper_broken"),
    "other-zip.docx": Bad(lambda: made.zipped({"a.txt": SAID}), "paper_broken"),
    "not-xml.docx": Bad(
        lambda: made.replaced(made.docx(SAID), "word/document.xml", "<w:p"), "paper_broken"
    ),
    "pdf.docx": Bad(lambda: made.pdf(SAID), "paper_broken"),
    "not-xml.odt": Bad(lambda: made.odt(content="<a><b></a>"), "paper_broken"),
    "no-content.odt": Bad(lambda: made.zipped({"META-INF/manifest.xml": "<m/>"}), "paper_broken"),
    "deep.odt": Bad(
        lambda: made.odt(content=made.ODT.format("<text:p>" * 200_000)), "paper_broken"
    ),
    "no-container.epub": Bad(lambda: made.zipped({"a.xhtml": SAID}), "paper_broken"),
    "no-pages.epub": Bad(
        lambda: made.epub(SAID, o__book_DOT_opf="<package><spine/></package>"), "paper_empty"
    ),
    "empty.pptx": Bad(made.pptx, "paper_empty"),
    # plain files
    "picture.txt": Bad(lambda: b"\x89PNG\r\n\x1a\n" + bytes(2000), "paper_binary"),
    "program.txt": Bad(lambda: b"\x7fELF" + os.urandom(4000), "paper_binary"),
    "noise.txt": Bad(lambda: bytes(range(256)) * 30, "paper_binary"),
    "pdf-inside.md": Bad(lambda: made.pdf(SAID), "paper_binary"),
    "rtf-inside.txt": Bad(lambda: b"{\\rtf1 hello}", "paper_binary"),
    "picture.csv": Bad(lambda: b"GIF89a" + bytes(500), "paper_binary"),
    "picture.html": Bad(lambda: b"\xff\xd8\xff\xe0" + bytes(500), "paper_binary"),
    "empty.txt": Bad(bytes, "paper_empty"),
    "blank.txt": Bad(lambda: b" \n\t\r\n" * 500, "paper_empty"),
    "mark-only.txt": Bad(lambda: b"\xef\xbb\xbf", "paper_empty"),
    "scripts-only.html": Bad(lambda: b"<script>x</script><nav>Home</nav>", "paper_empty"),
    "times-only.srt": Bad(lambda: b"1\n00:00:01,000 --> 00:00:02,000\n\n", "paper_empty"),
    "header-only.csv": Bad(lambda: b"name,colour\n", "paper_empty"),
    "wrong.json": Bad(lambda: b'{"a": 1,\n"b": }', "paper_json"),
    "deep.json": Bad(lambda: b"[" * 500_000, "paper_nested"),
    "no-json.jsonl": Bad(lambda: b"this is\nno json\n" * 40, "paper_json"),
    "no-answers.jsonl": Bad(
        lambda: b'{"messages": [{"role": "user", "content": "Who?"}]}\n' * 9, "paper_empty"
    ),
    # neither
    "film.mp4": Bad(lambda: bytes(100), "paper_kind"),
    "old.doc": Bad(lambda: made.ole(secret=False), "paper_kind"),
    "bomb.zip": Bad(made.zip_bomb, "paper_bomb"),
    "encrypted.zip": Bad(made.zip_encrypted, "paper_encrypted"),
    "broken.zip": Bad(lambda: made.zipped({"a.txt": SAID})[:-30], "paper_broken"),
    "text.zip": Bad(lambda: SAID.encode(), "paper_broken"),
}
ODD = {
    "good.txt": Odd(lambda: SAID.encode()),
    "no-end.pdf": Odd(lambda: made.pdf(SAID) + os.urandom(500)),
    "no-mark-le.txt": Odd(lambda: SAID.encode("utf-16-le")),
    "no-mark-be.txt": Odd(lambda: SAID.encode("utf-16-be")),
    "mixed.txt": Odd(
        lambda: ("Un été très chaud. " * 9).encode() + "L’hiver fut gelé.".encode("cp1252"),
        "L’hiver fut gelé.",
        "mixed_encodings",
    ),
    "lost.txt": Odd(lambda: f"{SAID} \ufffd\ufffd".encode(), SAID, "lost_letters"),
    "half-letters.json": Odd(lambda: b'{"text": "half \\ud83d of one"}', "half \ufffd of one"),
    "unseen.txt": Odd(
        lambda: f"\u200b{SAID[:9]}\u00ad{SAID[9:]}{RLO} \x07".encode(), SAID, "unseen"
    ),
    "nul.txt": Odd(lambda: SAID.encode() + b"\0", SAID),
    "old-mac.txt": Odd(lambda: f"one\r\r{SAID}\r".encode()),
    "quotes.csv": Odd(lambda: b'a,b\n1,"open\n2,A raft.\n', "A raft.", "requoted"),
    "ragged.csv": Odd(lambda: b"a,b\n1\n1,2,A raft.\n", "A raft.", "ragged_rows"),
    "bad-line.jsonl": Odd(made.jsonl, "It is 700.", "bad_lines"),
    "unclosed.html": Odd(lambda: f"<div><p>{SAID}<b><table><tr>".encode()),
    "deep.html": Odd(lambda: b"<div>" * 20_000 + SAID.encode()),
    "wide-open.md": Odd(lambda: f"```\n{SAID}\n# x\n".encode()),
    "one-word.txt": Odd(lambda: b"x" * 100_000, "x" * 1000),
    "blanks.txt": Odd(lambda: b" " * 100_000 + b"a" + b" " * 100_000 + SAID.encode()),
    "no-suffix": Odd(lambda: SAID.encode()),
    "SHOUTED.TXT": Odd(lambda: SAID.encode()),
    f"line\nbreak{RLO}txt.md": Odd(lambda: SAID.encode()),
    "fonts-locked.epub": Odd(
        lambda: made.epub(
            SAID,
            **{
                "META-INF__encryption_DOT_xml": "<e><CipherReference URI='f.ttf'/></e>",
            },
        )
    ),
}


def climbing() -> bytes:
    return made.zipped(
        {
            "../climbed.txt": "out",
            "/absolute.txt": "out",
            "a/../../climbed-too.txt": "out",
            "C:\\windows.txt": "out",
            ".hidden/x.txt": "hidden",
            "inner.zip": made.zipped({"a.txt": SAID}),
            "sub/inside.txt": SAID,
            f"sub/bidi{RLO}\n.txt": SAID,
        }
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def read(place: Path) -> dict[str, Text]:
    drop = place / "drop"
    drop.mkdir()
    for name, document in {**BAD, **ODD}.items():
        (drop / name).write_bytes(document.make())
    (drop / "climbing.zip").write_bytes(climbing())
    (drop / "linked.zip").write_bytes(made.zip_with_link())
    before = everything(place)
    texts = read_all([drop], place / "home")
    assert everything(place) == before, "nothing is written outside the lab's own folder"
    return {text.paper.name: text for text in texts}


def everything(place: Path) -> dict[str, int]:
    """Every file outside the lab's own folder, and when it was last written."""
    found = (p for p in place.parent.rglob("*") if place / "home" not in [p, *p.parents])
    return {str(p): p.stat().st_mtime_ns for p in found if p.is_file()}


def test_there_are_enough_of_them() -> None:
    assert len(BAD) + len(ODD) >= 60


@pytest.mark.parametrize("name", sorted(BAD))
def test_each_gets_its_sentence(name: str, read: dict[str, Text]) -> None:
    paper = read[name].paper
    assert paper.why is not None, "it was read"
    assert paper.why.key == BAD[name].why, paper.why
    assert list(sections(read[name].file)) == []
    for language in LANGUAGES:
        told = sentence(language, paper.why)
        assert name in told
        assert "{" not in told, "every slot is filled"
        assert "\n" not in told


@pytest.mark.parametrize("name", sorted(ODD), ids=ascii)
def test_the_others_are_read(name: str, read: dict[str, Text]) -> None:
    shown = name.replace("\n", "\\n").replace(RLO, "\\u202e")
    text = read[shown]
    assert text.paper.why is None
    said = " ".join(s.text + " ".join(t.text for t in s.turns) for s in sections(text.file))
    assert ODD[name].says in " ".join(said.split())
    assert not ODD[name].left or ODD[name].left in {left.what for left in text.paper.left}


def test_what_climbs_out_of_a_zip_stays_in_it(read: dict[str, Text], place: Path) -> None:
    shown = {name: text for name, text in read.items() if name.startswith("climbing.zip")}
    inside = [name for name, text in shown.items() if text.paper.why is None]
    assert inside == [
        "climbing.zip/sub/bidi\\u202e\\n.txt", "climbing.zip/sub/inside.txt",
    ]  # fmt: skip
    whys = {text.paper.why.key: text.paper.why.facts for text in shown.values() if text.paper.why}
    assert whys["papers_outside"]["count"] == 4
    assert {"papers_outside", "papers_hidden", "paper_zip_inside"} == set(whys)
    assert not list(place.parent.rglob("*climbed*"))
    assert not list(place.parent.rglob("*absolute*"))


def test_links_in_zips_are_left_out(read: dict[str, Text]) -> None:
    assert read["linked.zip/good.txt"].paper.why is None
    why = read["linked.zip"].paper.why
    assert why is not None
    assert (why.key, why.facts["first"]) == ("papers_linked", "link.txt")


def test_what_was_unpacked_is_gone(read: dict[str, Text], place: Path) -> None:
    assert not list((place / "home" / "papers").glob("unpacked*"))
    assert not list((place / "home").rglob("*.partial"))


def test_a_damaged_file_of_a_zip_costs_itself_alone(tmp_path: Path) -> None:
    raw = bytearray(made.zipped({"a.txt": SAID * 50, "b.txt": SAID}, zipfile.ZIP_STORED))
    raw[200] ^= 255
    (tmp_path / "a.zip").write_bytes(raw)
    texts = read_all([tmp_path / "a.zip"], tmp_path / "home")
    assert [t.paper.name for t in texts if t.paper.why is None] == ["a.zip/b.txt"]
    assert [t.paper.why.key for t in texts if t.paper.why] == ["papers_damaged"]


def test_a_zip_of_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(made.zipped({f"{i}.txt": "x" for i in range(4)}))
    monkeypatch.setattr(archive, "MOST", 3)
    with pytest.raises(LabError, match="paper_many_inside"):
        archive.unpack(tmp_path / "a.zip", tmp_path)


def test_a_zip_whose_files_share_their_bytes_is_refused() -> None:
    """Entries of a zip within which each packed byte is counted many times over."""
    entry = zipfile.ZipInfo("a.txt")
    entry.file_size = entry.compress_size = 1000
    with pytest.raises(LabError, match="paper_bomb"):
        archive.refuse_bomb([entry] * 50, 1500)


def test_a_zip_that_lies_about_a_size_is_stopped_while_it_unpacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(made.zipped({"a.txt": SAID * 100}))
    monkeypatch.setattr(archive, "refuse_bomb", lambda entries, size: None)
    monkeypatch.setattr(archive, "LARGEST", 1000)
    (tmp_path / "out").mkdir()
    with pytest.raises(LabError, match="paper_bomb"):
        archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= 1000
