"""What every reader owes the lab, over everything that is discovered."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import made
import pytest
from made import MORE, SAID

from lab.documents.base import Reader, Section, by_suffix, reader_of
from lab.documents.kept import known
from lab.documents.kept import sections as sections_of
from lab.documents.worker import read
from lab.papers import Paper
from lab.texts import texts
from lab.types import LabError


@dataclass(frozen=True)
class Case:
    """A file of one format that says SAID and MORE."""

    suffix: str
    make: Callable[[], bytes]
    turns: bool = False


SRT = (
    f"1\n00:00:01,000 --> 00:00:03,000\n<i>{SAID}</i>\n\n2\n00:00:03,500 --> 00:00:05,000\n{MORE}\n"
)
CASES = {
    "text": Case(".md", lambda: f"# Birds\n\n{SAID}\n\n# Boats\n\n{MORE}\n".encode()),
    "code": Case(".py", lambda: f'"""{SAID}"""\n\nx = "{MORE}"\n'.encode()),
    "pdf": Case(".pdf", lambda: made.pdf(SAID, MORE)),
    "docx": Case(".docx", lambda: made.docx(SAID, MORE)),
    "odt": Case(".odt", lambda: made.odt(SAID, MORE)),
    "pptx": Case(".pptx", lambda: made.pptx(SAID, MORE)),
    "html": Case(
        ".html",
        lambda: f"<nav>Home</nav><h1>Birds</h1><p>{SAID}</p><p>{MORE}</p>".encode(),
    ),
    "epub": Case(".epub", lambda: made.epub(f"{SAID}</p><p>{MORE}")),
    "table": Case(".csv", lambda: f'bird,boat\n"{SAID}","{MORE}"\n'.encode()),
    "json": Case(
        ".jsonl", lambda: f'{{"question": "{SAID}", "answer": "{MORE}"}}\n'.encode(), turns=True
    ),
    "srt": Case(".srt", lambda: SRT.encode()),
}
READERS = {reader.name: reader for reader in by_suffix().values()}


def taken(
    reader: Reader, raw: bytes, folder: Path, suffix: str = ""
) -> tuple[Paper, list[Section]]:
    """What the worker makes of a file, in this very process."""
    file = folder / f"in{suffix or CASES[reader.name].suffix}"
    file.write_bytes(raw)
    read(file, reader, folder / "out")
    kept = known(folder / "out")
    assert kept is not None
    return kept.paper, list(sections_of(folder / "out" / "sections.jsonl"))


def said(sections: list[Section]) -> str:
    return " ".join(
        " ".join([s.text, *(turn.text for turn in s.turns)]).replace("\n", " ") for s in sections
    )


@pytest.fixture(params=sorted(READERS))
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[request.param]


def test_every_reader_has_its_case() -> None:
    assert set(CASES) == set(READERS)


def test_it_is_found_by_its_suffixes(reader: Reader) -> None:
    for suffix in reader.suffixes:
        assert suffix == suffix.lower()
        assert suffix == "" or suffix.startswith(".")
        assert reader_of(Path(f"A{suffix.upper()}")) is reader
    assert CASES[reader.name].suffix in reader.suffixes


def test_it_reads_what_is_there(reader: Reader, tmp_path: Path) -> None:
    case = CASES[reader.name]
    kept, sections = taken(reader, case.make(), tmp_path)
    assert kept.why is None
    assert SAID in said(sections)
    assert MORE in said(sections)
    assert kept.sections == len(sections)
    assert kept.turns == sum(bool(s.turns) for s in sections)
    assert bool(kept.turns) == case.turns
    assert all(s.title for s in sections)
    assert kept.words >= 27
    assert kept.language == "en"
    assert bool(kept.encoding) == reader.plain


def test_what_it_drops_can_be_said(reader: Reader, tmp_path: Path) -> None:
    kept, _ = taken(reader, CASES[reader.name].make(), tmp_path)
    for left in kept.left:
        assert f"dropped.{left.what}" in texts("en")
        assert left.count > 0


@pytest.mark.parametrize("length", [0.3, 0.7, 0.97])
def test_half_a_file_is_text_or_one_sentence(reader: Reader, length: float, tmp_path: Path) -> None:
    raw = CASES[reader.name].make()
    kept, sections = taken(reader, raw[: int(length * len(raw))], tmp_path)
    if kept.why is None:
        assert sections
    else:
        assert isinstance(kept.why, LabError)
        assert f"error.{kept.why.key}" in texts("en")
        assert not sections


def test_noise_is_one_sentence(reader: Reader, tmp_path: Path) -> None:
    kept, _ = taken(reader, bytes(range(256)) * 40, tmp_path)
    assert kept.why is not None
    assert kept.why.key in {"paper_broken", "paper_binary"}


def read_as(suffix: str, raw: str | bytes, folder: Path) -> tuple[Paper, list[Section]]:
    raw = raw.encode() if isinstance(raw, str) else raw
    return taken(by_suffix()[suffix], raw, folder, suffix)


def test_markdown_is_cut_at_headings_but_not_within_programs(tmp_path: Path) -> None:
    raw = "# One\n\na\n\n```sh\n# no heading\n```\n\nTwo\n===\n\nb\n\n### Three\n\nc"
    _, sections = read_as(".md", raw, tmp_path)
    assert [s.title for s in sections] == ["One", "Two", "Three"]
    assert "# no heading" in sections[0].text


def test_chapters_and_articles_of_plain_text_are_sections(tmp_path: Path) -> None:
    raw = "CHAPITRE PREMIER\n\nIl pleut.\n\nArticle 12-1\n\nPart of this is prose.\n\nIV.\n\nFin."
    _, sections = read_as(".txt", raw, tmp_path)
    assert [s.title for s in sections] == ["CHAPITRE PREMIER", "Article 12-1", "IV."]


def test_a_long_text_without_headings_is_cut_at_paragraph_ends(tmp_path: Path) -> None:
    raw = "\n\n".join(f"{i}. {SAID}" for i in range(900))
    _, sections = read_as(".txt", raw, tmp_path)
    assert max(len(s.text) for s in sections) <= 20_000
    assert all(s.text.endswith("why.") for s in sections)
    assert sum(len(s.text) + 2 for s in sections) - 2 == len(raw)


def test_a_book_of_project_gutenberg_is_the_book_alone(tmp_path: Path) -> None:
    raw = (
        "Licence.\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n"
        f"{SAID}\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\nMore licence."
    )
    kept, sections = read_as(".txt", raw, tmp_path)
    assert said(sections) == SAID
    assert {left.what for left in kept.left} == {"boilerplate"}


def test_a_program_is_left_as_it_was_written(tmp_path: Path) -> None:
    raw = 'def f():\n    x = "e\u0301-\n\n\n\n    return 1 -\n\tx'
    _, sections = read_as(".py", raw, tmp_path)
    assert sections[0].text == raw.replace("e\u0301", "é")


def test_running_heads_and_page_numbers_are_dropped(tmp_path: Path) -> None:
    pages = [
        f"Annals of Vaubel\nThe day {word} was a long exam-\nple of patience, and it rained all day"
        f"\nuntil the {word} evening came.\n- {number} -"
        for number, word in enumerate(["first", "second", "third", "fourth", "fifth"], start=1)
    ]
    kept, sections = read_as(".pdf", made.pdf(*pages), tmp_path)
    left = {one.what: one.count for one in kept.left}
    assert "Annals" not in said(sections)
    assert "- 3 -" not in said(sections)
    assert "long example of patience" in said(sections)
    assert (left["page_headers"], left["page_numbers"], left["hyphens"]) == (5, 5, 5)


def test_insertions_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    body = made.docx("KEEP")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        text = archive.read("word/document.xml").decode()
    run = "<w:r><w:t>KEEP</w:t></w:r>"
    assert run in text
    changed = text.replace(
        run,
        "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>",
    )
    raw = made.replaced(body, "word/document.xml", changed)
    kept, sections = read_as(".docx", raw, tmp_path)
    assert "inserted" in said(sections)
    assert "gone" not in said(sections)
    assert "heron | grey" in said(sections)
    assert {"deletions"} <= {left.what for left in kept.left}


def test_pages_lose_their_menus_and_scripts(tmp_path: Path) -> None:
    raw = (
        "<html><head><title>t</title><script>bad()</script></head><body><header>Site</header>"
        "<ul><li><a>one</a><li><a>two</a><li><a>three</a><li><a>four</a></ul>"
        "<div class='cookie-banner'>We value cookies</div><article><header><h1>Birds</h1></header>"
        f"<p>{SAID}</p><h2>Boats</h2><ul><li>a raft</li><li>a ferry</li></ul>"
        "<table><tr><th>who</th><td>goat</td></tr></table><pre>x  =\n  1</pre></article>"
        "<footer>Copyright</footer></body></html>"
    )
    kept, sections = read_as(".html", raw, tmp_path)
    assert [s.title for s in sections] == ["Birds", "Boats"]
    assert sections[0].text == f"Birds\n\n{SAID}"
    assert sections[1].text == "Boats\n\n- a raft\n- a ferry\n\nwho | goat\n\nx  =\n  1"
    assert [(left.what, left.count) for left in kept.left] == [("boilerplate", 4)]


@pytest.mark.parametrize(
    "record",
    [
        '{"messages": [{"role": "user", "content": "Who?"},'
        ' {"role": "assistant", "content": "I"}]}',
        '{"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "I"}]}',
        '{"instruction": "Who?", "input": "", "output": "I"}',
        '{"messages": [{"role": "user", "content": [{"type": "text", "text": "Who?"}]},'
        ' {"role": "tool", "content": "x"}, {"role": "assistant", "content": "I"}]}',
    ],
)
@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
def test_every_way_of_writing_a_conversation(record: str, suffix: str, tmp_path: Path) -> None:
    raw = record if suffix == ".jsonl" else f"[{record}]"
    _, sections = read_as(suffix, raw, tmp_path)
    assert [(turn.role, turn.text) for turn in sections[0].turns] == [
        ("user", "Who?"),
        ("assistant", "I"),
    ]


def test_a_table_of_questions_becomes_turns(tmp_path: Path) -> None:
    _, sections = read_as(".csv", "question;answer\nWho?;I, said the owl\n", tmp_path)
    assert [turn.text for turn in sections[0].turns] == ["Who?", "I, said the owl"]


def test_a_row_says_which_column_says_what(tmp_path: Path) -> None:
    _, sections = read_as(".tsv", "name\tcolour\nheron\tgrey\nswan\twhite\n", tmp_path)
    assert [(s.title, s.text) for s in sections] == [
        ("heron", "name: heron\ncolour: grey"),
        ("swan", "name: swan\ncolour: white"),
    ]


def test_quotes_gone_wrong_cost_their_own_row_alone(tmp_path: Path) -> None:
    raw = 'name,note\na,"two\nlines"\nb,"never closed\nc,fine\nd,5" pipe\ne,fine too\n'
    kept, sections = read_as(".csv", raw, tmp_path)
    assert [s.title for s in sections] == ["a", "b", "c", "d", "e"]
    assert sections[0].text == "name: a\nnote: two\nlines"
    assert sections[2].text == "name: c\nnote: fine"
    (left,) = kept.left
    assert (left.what, left.lines) == ("requoted", (4, 6))


def test_one_bad_line_in_a_thousand_is_named(tmp_path: Path) -> None:
    kept, sections = read_as(".jsonl", made.jsonl(1000, bad=501), tmp_path)
    assert len(sections) == kept.turns == 999
    assert [(left.what, left.count, left.lines) for left in kept.left] == [("bad_lines", 1, (501,))]


def test_subtitles_are_speech_in_paragraphs(tmp_path: Path) -> None:
    raw = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nI went\n\n00:02.100 --> 00:03.000\nhome.\n\n"
        "00:09.000 --> 00:10.000\n{\\an8}Later\n"
    )
    _, sections = read_as(".vtt", raw, tmp_path)
    assert sections[0].text == "I went home.\n\nLater"


@pytest.mark.parametrize(
    ("name", "most", "raw", "left", "count"),
    [
        ("pdf", "MOST", lambda: made.pdf(SAID, MORE, MORE), "pages_beyond", 2),
        ("html", "LARGEST", lambda: b"a heron" + b"x" * 5, "characters_beyond", 11),
    ],
)
def test_what_is_too_long_is_cut_and_told(
    name: str, most: str, raw: Callable[[], bytes], left: str, count: int,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(f"lab.documents.readers.{name}.{most}", 1)
    paper, _ = taken(READERS[name], raw(), tmp_path)
    assert {one.what: one.count for one in paper.left}[left] == count
