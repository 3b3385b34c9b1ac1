"""The lab's types as plain JSON values, for a browser."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import PurePath

from lab.types import LabError, Notice, Picture

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

DIGITS = 6
AS_THEY_ARE = frozenset({bool, int, type(None)})
MEDIA = {b"GIF8": "image/gif", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


def wire(value: object) -> Json:
    """`value` as JSON holds it.

    Dataclasses become objects of their fields and tuples lists; pictures and
    picture files become data URLs; an error or a notice is {key, facts}. Numbers
    keep six significant digits (whole ones all of them), and one that is not
    finite is null. Raises `TypeError` for anything else.
    """
    match value:
        case None | bool() | int():
            return value
        case float():
            return _number(value)
        case str():
            return _text(value)
        case Picture():
            return data_url(png(value))
        case bytes():
            return data_url(value)
        case LabError() | Notice():
            return {"key": value.key, "facts": wire(value.facts)}
        case Mapping():
            return {str(key): wire(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return _items(value)
        case PurePath():
            return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: wire(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _items(values: Iterable[object]) -> list[Json]:
    """A list; long rows of plain numbers, which attention and visibility are made of, go fast."""
    values = list(values)
    kinds = set(map(type, values))
    if kinds <= AS_THEY_ARE:
        return values  # type: ignore[return-value]
    if kinds == {float}:
        return [_number(value) for value in values]  # type: ignore[arg-type]
    return [wire(value) for value in values]


def _number(value: float) -> float | None:
    """Rounded to six digits, which no display shows more of; a time or a count stays exact."""
    if not math.isfinite(value):
        return None
    return value if abs(value) >= 10**DIGITS else float(f"{value:.{DIGITS}g}")


def _text(value: str) -> str:
    """Half a surrogate pair is no character and cannot be sent: it becomes U+FFFD."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def data_url(file: bytes) -> str:
    """A picture file as an address that holds it."""
    media = MEDIA.get(file[:4], "application/octet-stream")
    return f"data:{media};base64,{base64.b64encode(file).decode('ascii')}"


def png(picture: Picture) -> bytes:
    """A picture as a PNG file (RFC 2083), hardly compressed: many small ones are sent a second."""
    row = 3 * picture.width
    rows = (picture.pixels[i : i + row] for i in range(0, len(picture.pixels), row))
    lines = b"".join(b"\0" + line for line in rows)  # each line says: no filter
    size = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
