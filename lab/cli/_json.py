"""What the commands print with --json: plain dictionaries, made from the lab's own types."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.cli._language import language, word
from lab.texts import sentence
from lab.types import LabError, Notice, Picture, Prediction, Step, TokenScore

if TYPE_CHECKING:
    from lab.doctor import Examination
    from lab.models.catalogue import ModelEntry

Plain = dict[str, Any]


def show(data: object) -> None:
    """Print one JSON value. In ASCII, so that no terminal and no odd character can break it."""
    print(json.dumps(data, indent=2))


def prediction(said: Prediction, folder: Path | None) -> Plain:
    """A whole prediction; its pictures as PNG data, or as files in `folder`."""
    return {
        "model": said.model,
        "objective": said.objective,
        "steps": [step(one, folder) for one in said.steps],
        "notices": [notice(one) for one in said.notices],
    }


def step(one: Step, folder: Path | None = None) -> Plain:
    plain: Plain = {
        "index": one.index,
        "level": one.level,
        "tokens": [token(score) for score in one.tokens],
    }
    if one.timestep >= 0:
        plain["timestep"] = one.timestep
    if one.end:
        plain["end"] = one.end
    for name, picture in (("image", one.sample), ("estimate", one.estimate)):
        if picture is not None:
            plain[name] = _kept(picture, f"{one.index:04d}-{name}.png", folder)
    return plain


def token(score: TokenScore) -> Plain:
    return {
        "text": score.text,
        "p": score.p,
        "top": [list(pair) for pair in score.top],
        "state": score.state,
        "id": score.id,
        "entropy": score.entropy,
        "step": score.step,
    }


def notice(one: Notice) -> Plain:
    return {"key": one.key, "sentence": word(f"notice.{one.key}", **one.facts)}


def error(one: LabError) -> Plain:
    return {"key": one.key, "sentence": sentence(language(), one)}


def entry(one: ModelEntry) -> Plain:
    """A line of the catalogue; `why` it is not ready, as a sentence."""
    return {
        "id": one.id,
        "title": one.title,
        "source": one.source,
        "objectives": list(one.objectives),
        "ready": one.ready,
        "path": one.path,
        "size_bytes": one.size_bytes,
        "parameters": one.parameters,
        "licence": one.licence,
        "languages": list(one.languages),
        "why": None if one.why is None else sentence(language(), one.why),
    }


def examination(found: Examination) -> Plain:
    """What the doctor found; each advice with its sentence."""
    plain = dataclasses.asdict(found)
    plain["libraries"] = dict(found.libraries)
    plain["advice"] = [
        {"key": one.key, "sentence": word(f"doctor.{one.key}", **dict(one.facts))}
        for one in found.advice
    ]
    return plain


def png(picture: Picture) -> bytes:
    """A picture as a PNG file, byte for byte what the model made."""
    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("RGB", (picture.width, picture.height), picture.pixels).save(file, "PNG")
    return file.getvalue()


def _kept(picture: Picture, name: str, folder: Path | None) -> str:
    if folder is None:
        return "data:image/png;base64," + base64.b64encode(png(picture)).decode("ascii")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(picture))
    except OSError as error:
        raise LabError("folder_unwritable", folder=str(folder)) from error
    return str(folder / name)
