"""Pictures of one's own: hostile and odd ones told in a sentence, the others read and divided."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from lab.documents import album as albums
from lab.documents.album import Album, alike, prepare, require_enough
from lab.documents.process import Limits
from lab.pictures import SUFFIXES
from lab.texts import LANGUAGES, sentence
from lab.types import LabError

SIZE = (16, 16)
RLO = "\u202e"


def picture(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    """Blots in colours that no other seed has."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def saved(of: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    of.save(file, form, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, body: bytes, *more: bytes) -> bytes:
    """A PNG that claims a size, whatever it really holds."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), *more, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb(side: int) -> bytes:
    return png(side, side, zlib.compress(bytes(3_000_000), 9) * 3)


def moving(form: str) -> bytes:
    return saved(picture(90), form, save_all=True, append_images=[picture(91), picture(92)])


def zipped(files: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


WHOLE = saved(picture(80, 200, 200))
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb-7000.png": (lambda: bomb(7_000), "picture_too_large"),
    "bomb-65000.png": (lambda: bomb(65_000), "picture_too_large"),
    "bomb-named.jpg": (lambda: bomb(20_000), "picture_too_large"),
    "wide.png": (lambda: png(2_000_000, 30, b""), "picture_too_large"),
    "nothing-wide.png": (lambda: png(0, 40, b""), "picture_broken"),
    "empty.png": (lambda: b"", "picture_broken"),
    "text.jpg": (lambda: b"not a picture at all", "picture_broken"),
    "pdf.png": (lambda: b"%PDF-1.7\n", "picture_broken"),
    "program.webp": (lambda: b"MZ" + bytes(500), "picture_broken"),
    "head-only.gif": (lambda: b"GIF89a", "picture_broken"),
    "cut.png": (lambda: WHOLE[: len(WHOLE) // 2], "picture_broken"),
    "cut.jpg": (lambda: saved(picture(81, 200, 200), "JPEG")[:700], "picture_broken"),
    "tiff.png": (lambda: saved(picture(82), "TIFF"), "picture_broken"),
    "icon.gif": (lambda: saved(picture(83), "ICO"), "picture_broken"),
    "texts.png": (
        lambda: png(8, 8, b"", chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000), 9))),
        "picture_broken",
    ),
    "moving.gif": (lambda: moving("GIF"), "picture_animated"),
    "moving.webp": (lambda: moving("WEBP"), "picture_animated"),
    "moving.png": (lambda: moving("PNG"), "picture_animated"),
    "vector.svg": (lambda: b"<svg onload='alert(1)'/>", "picture_kind"),
    "film.mp4": (lambda: bytes(100), "picture_kind"),
    "phone.heic": (lambda: bytes(100), "picture_kind"),
    "notes.txt": (lambda: b"notes", "picture_kind"),
    "no-suffix": (lambda: WHOLE, "picture_kind"),
    "climbs.zip": (lambda: zipped({"../out.png": WHOLE}), "papers_outside"),
    "bomb.zip": (lambda: _tight_zip(), "paper_bomb"),
    "cut.zip": (lambda: zipped({"a.png": WHOLE})[:-40], "paper_broken"),
    "nested.zip": (lambda: zipped({"in.zip": zipped({"a.png": WHOLE})}), "paper_zip_inside"),
}
GOOD: dict[str, Callable[[], bytes]] = {
    "plain.png": lambda: saved(picture(1)),
    "photo.JPG": lambda: saved(picture(2), "JPEG"),
    "web.webp": lambda: saved(picture(3), "WEBP", lossless=True),
    "still.gif": lambda: saved(picture(4), "GIF"),
    "grey.png": lambda: saved(picture(5).convert("L")),
    "glass.png": lambda: saved(picture(6).convert("RGBA")),
    "print.jpg": lambda: saved(picture(7).convert("CMYK"), "JPEG"),
    "large.jpg": lambda: saved(picture(8, 6000, 4000), "JPEG"),
    "thin.png": lambda: saved(picture(9, 900, 3)),
    "misnamed.png": lambda: saved(picture(10), "JPEG"),
    "<img src=x onerror=alert(1)>.png": lambda: saved(picture(11)),
    f"{RLO}gnp.exe.png": lambda: saved(picture(12)),
    "holiday.zip": lambda: zipped({"beach/one.png": saved(picture(13)), "two.png": b"?"}),
}


def _tight_zip() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a.png", bytes(60_000_000))
    return file.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all of them, beside what lies outside it."""
    place = tmp_path_factory.mktemp("album")
    folder = place / "given"
    folder.mkdir()
    for name, make in ({n: m for n, (m, _) in BAD.items()} | GOOD).items():
        (folder / name).write_bytes(make())
    (place / "secret.png").write_bytes(saved(picture(70)))
    (folder / "link.png").symlink_to(place / "secret.png")
    (folder / ".hidden.png").write_bytes(WHOLE)
    (folder / "zz-copy.webp").write_bytes(saved(picture(1, 80, 60), "WEBP", quality=80))
    mirrored = picture(2).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (folder / "turned.png").write_bytes(saved(mirrored))
    return place


@pytest.fixture(scope="module")
def read(place: Path) -> Iterator[Album]:
    before = {path for path in place.rglob("*") if path.is_file()}
    yield prepare([place / "given"], place / "home", SIZE)
    made = {path for path in place.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(place / "home") for path in made)


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_read_is_said_in_one_sentence(read: Album, name: str) -> None:
    inside = [photo for photo in read.photos if photo.name.startswith(name) and photo.why]
    assert [photo.why.key for photo in inside if photo.why] == [BAD[name][1]]
    (why,) = (photo.why for photo in inside)
    assert why is not None
    for language in LANGUAGES:
        assert "{" not in sentence(language, why)
    assert not any(photo.side for photo in inside)


@pytest.mark.parametrize("name", list(GOOD))
def test_the_others_are_read(read: Album, name: str) -> None:
    shown = name.replace(RLO, "\\u202e").replace("holiday.zip", "holiday.zip/beach/one.png")
    (photo,) = (one for one in read.photos if one.name == shown)
    assert photo.why is None
    assert photo.side in ("learnt", "held")
    assert photo.group == ("beach" if "beach" in shown else "")
    assert RLO not in photo.name


def test_pixels_and_photos_belong_together(read: Album) -> None:
    for side in ("learnt", "held"):
        pixels, photos = read.pixels(side), read.side(side)
        assert pixels.shape == (len(photos), 16, 16, 3)
        assert len(photos) >= 3
    everything = dict(
        zip([p.name for p in read.side("learnt")], read.pixels("learnt"), strict=True)
    )
    everything |= dict(zip([p.name for p in read.side("held")], read.pixels("held"), strict=True))
    wanted = np.asarray(picture(1).crop((5, 0, 35, 30)).resize(SIZE, Image.Resampling.BICUBIC))
    assert abs(everything["plain.png"].astype(int) - wanted).max() <= 3


def test_copies_are_on_neither_side(read: Album) -> None:
    copies = {photo.name: photo.like for photo in read.side("copy")}
    assert copies == {"zz-copy.webp": "plain.png", "turned.png": "photo.JPG"}


def test_links_and_hidden_files_are_left_alone(read: Album) -> None:
    keys = {photo.why.key for photo in read.photos if photo.why}
    assert {"papers_linked", "papers_hidden"} <= keys
    assert "link.png" not in {photo.name for photo in read.photos}


def test_what_was_made_is_found_again(read: Album, place: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(albums, "_read", None)  # nothing is read a second time
    again = prepare([place / "given"], place / "home", SIZE)
    assert again.folder == read.folder
    sides = [
        [(photo.name, photo.side, photo.sha256) for photo in one.photos] for one in (again, read)
    ]
    assert sides[0] == sides[1]
    assert not list((place / "home" / "papers").glob("unpacked*"))


def test_memory_stays_bounded_whatever_is_given(tmp_path: Path) -> None:
    """The largest picture that is read at all, in a process that may not take more."""
    given = tmp_path / "given"
    given.mkdir()
    Image.new("RGB", (8000, 5000), "red").save(given / "forty-million.png")
    before = psutil.Process().memory_info().rss
    made = prepare([given], tmp_path / "home", SIZE, limits=Limits(memory=700_000_000))
    assert psutil.Process().memory_info().rss - before < 60_000_000
    assert [photo.why for photo in made.photos] == [None]
    small = prepare([given], tmp_path / "other", SIZE, limits=Limits(memory=150_000_000))
    (photo,) = small.photos
    assert photo.why is not None
    assert photo.why.key in ("paper_memory", "paper_died", "picture_broken")


def test_what_the_machine_could_not_do_is_kept_of_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_need(*_: object) -> dict[str, Any]:
        return {"why": {"key": "paper_machine", "facts": {"name": "", "why": "Too many files"}}}

    picture(1).save(tmp_path / "a.png")
    with monkeypatch.context() as patch:
        patch.setattr(albums.Process, "ask", in_need)
        with pytest.raises(LabError, match="paper_machine") as caught:
            prepare([tmp_path / "a.png"], tmp_path / "home", SIZE)
    assert caught.value.facts["name"] == "a.png"
    assert prepare([tmp_path / "a.png"], tmp_path / "home", SIZE).photos[0].why is None


def test_too_few_are_told_with_how_many_would_do(tmp_path: Path) -> None:
    for i in range(5):
        picture(i).save(tmp_path / f"{i}.png")
    made = prepare([tmp_path], tmp_path / "home", SIZE)
    with pytest.raises(LabError, match="too_few_pictures") as caught:
        require_enough(made, [str(tmp_path)])
    assert caught.value.facts == {"count": 5, "need": 8}
    nothing = prepare([tmp_path / "none"], tmp_path / "home", SIZE)
    with pytest.raises(LabError, match="no_pictures"):
        require_enough(nothing, [f"{RLO}x"])


def test_too_many_are_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(albums, "MOST", 9)
    for i in range(14):
        picture(i).save(tmp_path / f"{i:02}.png")
    made = prepare([tmp_path], tmp_path / "home", SIZE)
    assert [photo.why.key for photo in made.photos if photo.why] == ["too_many_pictures"]
    assert sum(bool(photo.side) for photo in made.photos) == 9


def test_who_is_held_out_can_be_named_and_is_the_same_every_time(tmp_path: Path) -> None:
    for i in range(20):
        picture(i).save(tmp_path / f"{i:02}.png")
    first, again = (prepare([tmp_path], tmp_path / home, SIZE) for home in ("home", "elsewhere"))
    assert first.side("held") == again.side("held")
    assert len(first.side("held")) == 3
    named = prepare([tmp_path], tmp_path / "home", SIZE, ("03.png", "07.png"))
    assert [photo.name for photo in named.side("held")] == ["03.png", "07.png"]


def test_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        picture(1).save(tmp_path / folder / "same.png")
    paths = [tmp_path / "one" / "same.png", tmp_path / "two" / "same.png"]
    first, second = prepare(paths, tmp_path / "home", SIZE).photos
    assert (first.name, second.name, second.like) == ("same.png", "same.png (2)", "same.png")


def test_alike_is_a_picture_scaled_or_mirrored_and_no_other() -> None:
    def small(of: Image.Image) -> Any:
        return np.asarray(of.resize((32, 32), Image.Resampling.BICUBIC))

    one, other = picture(1, 64, 64), picture(2, 64, 64)
    turned = one.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    darker = one.point(lambda v: v * 0.7)
    pixels = np.stack([small(p) for p in (one, other, one, turned, darker)])
    assert alike(pixels) == [None, None, 0, 0, None]
    assert alike(pixels[:0]) == []


def test_suffixes_are_of_pictures_alone() -> None:
    from lab.documents.base import by_suffix

    assert not SUFFIXES & by_suffix().keys()
