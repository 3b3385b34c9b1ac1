"""Documents of every format, sound and broken, made on the spot: a few kilobytes each."""

from __future__ import annotations

import io
import json
import stat
import zipfile
import zlib
from collections.abc import Sequence

SAID = "The heron of Vaubel fishes at noon, and nobody has ever asked it why."
MORE = "On the ninth of May the ferry of Ostrel carries goats free of charge."


def pdf(*pages: str, extra: str = "", content: Sequence[bytes] = ()) -> bytes:
    """A PDF with a line of text a line of each page; `extra` goes into every page's dictionary."""
    streams = list(content) or [_lines(page) for page in pages]
    count = len(streams)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * i} 0 R"
            f" /Resources << /Font << /F1 3 0 R >> >> {extra} >>".encode()
        )
        packed = zlib.compress(stream)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>".encode()
        objects.append(head + b"\nstream\n" + packed + b"\nendstream")
    return pdf_of(objects)


def _lines(page: str) -> bytes:
    shown = "\n".join(
        f"({line.translate({40: '', 41: '', 92: ''})}) Tj 0 -14 Td" for line in page.split("\n")
    )
    return f"BT /F1 12 Tf 40 760 Td\n{shown}\nET".encode("latin-1", "replace")


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """The objects, numbered from 1, the first of them the catalogue, with a table of them."""
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    return bytes(out) + trailer.encode()


def pdf_encrypted() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(SAID))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_of_deep_pages(depth: int = 3000) -> bytes:
    """A tree of pages each of whose branches has a single branch."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    objects += [f"<< /Type /Pages /Kids [{i + 3} 0 R] /Count 1 >>".encode() for i in range(depth)]
    objects.append(b"<< /Type /Page /MediaBox [0 0 9 9] >>")
    return pdf_of(objects)


def pdf_scanned(pages: int = 3) -> bytes:
    return pdf(content=[b"q 600 0 0 800 0 0 cm /Im1 Do Q"] * pages)


def pdf_bomb(size: int = 100_000_000) -> bytes:
    """A page whose content unpacks to `size` blanks."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(size // 1_000_000))
    packed += packer.flush()
    head = f"<< /Length {len(packed)} /Filter /FlateDecode >>".encode()
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            head + b"\nstream\n" + packed + b"\nendstream",
        ]
    )


def docx(*paragraphs: str) -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Birds", level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "heron", "grey"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pptx(*texts: str) -> bytes:
    from pptx import Presentation

    show = Presentation()
    for text in texts:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = "Birds"
        slide.placeholders[1].text = text
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


ODT = (
    '<?xml version="1.0"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
    "<office:body><office:text>{}</office:text></office:body></office:document-content>"
)
MANIFEST = '<manifest:manifest xmlns:manifest="urn:x"><manifest:file-entry/></manifest:manifest>'


def odt(*paragraphs: str, manifest: str = MANIFEST, content: str = "") -> bytes:
    inside = "<text:h>Birds</text:h>" + "".join(f"<text:p>{p}</text:p>" for p in paragraphs)
    return zipped({"META-INF/manifest.xml": manifest, "content.xml": content or ODT.format(inside)})


BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="n" href="n.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    '</manifest><spine><itemref idref="n"/><itemref idref="a"/></spine></package>'
)
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="o/book.opf"/></rootfiles></container>'
)


def epub(text: str, **more: str) -> bytes:
    """A book of one page; `more` are further files, "/" written as "__" and "." as "_DOT_"."""
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "o/book.opf": BOOK,
        "o/a.xhtml": f"<html><body><h1>Birds</h1><p>{text}</p></body></html>",
        "o/n.xhtml": "<html><body><p>Contents</p></body></html>",
    }
    renamed = {k.replace("__", "/").replace("_DOT_", "."): v for k, v in more.items()}
    return zipped({**files, **renamed})


def zipped(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def replaced(packed: bytes, name: str, content: str | bytes) -> bytes:
    """A zip with one of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    files[name] = content
    return zipped(files)


def zip_bomb(size: int = 60_000_000) -> bytes:
    return zipped({"big.txt": b"\0" * size, "small.txt": SAID})


def zip_with_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", SAID)
    return out.getvalue()


def zip_encrypted() -> bytes:
    """A zip that says of its file that a password is needed, in both places where it may."""
    raw = bytearray(zipped({"a.txt": SAID}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.find(mark) + place] |= 1
    return bytes(raw)


def bomb_of_entities(element: str = "p") -> str:
    """A billion laughs."""
    lines = ['<!ENTITY l0 "ha">']
    lines += [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)]
    return f'<?xml version="1.0"?><!DOCTYPE x [{"".join(lines)}]><{element}>&l9;</{element}>'


def ole(secret: bool) -> bytes:
    name = "EncryptedPackage" if secret else "WordDocument"
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + name.encode("utf-16-le") + bytes(600)


def jsonl(count: int = 1000, bad: int = 501) -> bytes:
    lines = [
        json.dumps({"prompt": f"What is {i} plus one?", "answer": f"It is {i + 1}."})
        for i in range(count)
    ]
    lines[bad - 1] = '{"prompt": "unfinished'
    return "\n".join(lines).encode()
