"""Documents that break things, each with the sentence it must come to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import made
from made import SAID

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
