"""What documents state of their own licence, and what files beside them state for them."""

from __future__ import annotations

import zlib
from pathlib import Path

import made
import pytest
from made import MORE, SAID

from lab.documents.reading import read_all

CC = "https://creativecommons.org/licenses/by-sa/4.0/"
MIT = "MIT License\n\nCopyright (c) 2020 Odile Marchand\n\nPermission is hereby granted …"


def described_pdf(inside: str) -> bytes:
    """A PDF with a description of itself."""
    packed = zlib.compress(inside.encode())
    stream = f"<< /Length {len(packed)} /Filter /FlateDecode >>".encode()
    lines = zlib.compress(f"BT /F1 12 Tf 40 760 Td ({SAID}) Tj ET".encode())
    content = f"<< /Length {len(lines)} /Filter /FlateDecode >>".encode()
    return made.pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R >>",
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>",
            content + b"\nstream\n" + lines + b"\nendstream",
            stream + b"\nstream\n" + packed + b"\nendstream",
        ]
    )


def book(rights: str) -> bytes:
    stated = f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{rights}</metadata><manifest>'
    return made.replaced(made.epub(SAID), "o/book.opf", made.BOOK.replace("<manifest>", stated))


STATING = {
    "a.txt": (f"SPDX-License-Identifier: CC-BY-4.0\n\n{SAID}".encode(), "CC-BY-4.0"),
    "a.py": (f"# SPDX-License-Identifier: MIT\nx = '{SAID}'\n".encode(), "MIT"),
    "a.html": (f'<p>{SAID}</p><a href="{CC}" class="x" rel="license">BY-SA</a>'.encode(),
               "CC-BY-SA-4.0"),
    "b.html": (f'<link rel="license" href="{CC}"><p>{SAID}</p>'.encode(), "CC-BY-SA-4.0"),
    "c.html": (f'<a href="{CC}">a page on licences</a><p>{SAID}</p>'.encode(), ""),
    "a.epub": (book("<dc:rights>Public domain in the USA.</dc:rights>"), "public-domain"),
    "b.epub": (book("<dc:rights>© 2020. All rights reserved.</dc:rights>"), "all-rights-reserved"),
    "c.epub": (made.epub(SAID), ""),
    "a.pdf": (described_pdf(f"<x xmpRights:WebStatement='{CC}'/>"), "CC-BY-SA-4.0"),
    "b.pdf": (described_pdf("<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>CC BY-NC 4.0"
                            "</rdf:li></rdf:Alt></dc:rights>"), "CC-BY-NC-4.0"),
    "c.pdf": (described_pdf(made.bomb_of_entities("dc:rights")), ""),
    "d.pdf": (made.pdf(SAID), ""),
    "a.docx": (made.docx(SAID), ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The licence that was read of each document; all of them can be read."""
    folder = tmp_path_factory.mktemp("stating")
    for name, (raw, _) in STATING.items():
        (folder / name).write_bytes(raw)
    texts = read_all([folder], folder / "home")
    assert [text.paper.why for text in texts if text.paper.name in STATING] == [None] * len(STATING)
    return {text.paper.name: text.paper.licence for text in texts}


@pytest.mark.parametrize("name", STATING)
def test_a_document_states_its_licence(read: dict[str, str], name: str) -> None:
    assert read[name] == STATING[name][1]


def test_a_licence_beside_documents_is_theirs(tmp_path: Path) -> None:
    files = {
        "LICENSE": MIT,
        "one.txt": SAID,
        "deep/two.txt": MORE,
        "own/three.txt": f"SPDX-License-Identifier: CC0-1.0\n{SAID} {MORE}",
        "other/COPYING.txt": "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n…",
        "other/four.txt": f"{MORE} {SAID}",
        "odd/LICENSE": "Do with it what you like, but ask our cat first. " * 5,
        "odd/five.txt": f"{MORE} {MORE}",
    }
    for name, text in files.items():
        (tmp_path / "notes" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "notes" / name).write_text(text)
    wanted = {
        **{"one.txt": "MIT", "deep/two.txt": "MIT", "own/three.txt": "CC0-1.0"},
        **{"other/four.txt": "GPL-3.0", "odd/five.txt": "MIT"},
    }
    found = {t.paper.name: t.paper.licence for t in read_all([tmp_path / "notes"], tmp_path / "h")}
    assert {name: found[name] for name in wanted} == wanted
    (tmp_path / "notes.zip").write_bytes(made.zipped(dict(files.items())))
    apart = tmp_path / "apart.txt"
    apart.write_text(SAID)
    texts = read_all([tmp_path / "notes.zip", apart], tmp_path / "h")
    found = {t.paper.name: t.paper.licence for t in texts}
    assert {name: found[f"notes.zip/{name}"] for name in wanted} == wanted
    assert found["apart.txt"] == "", "a zip's licence is for what is in it"
