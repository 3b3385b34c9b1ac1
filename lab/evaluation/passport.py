"""Write a measured figure into the passport of the model it was measured on."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.findings import Finding
from lab.training.export import rounded
from lab.training.folder import write_atomically
from lab.types import LabError


def record(folder: Path | None, finding: Finding) -> None:
    """Put what a probe found under the probe's name. Raises as `add` does."""
    told = asdict(finding)
    kept = ("data", "measure", "precision", "digest", "figures", "made")
    add(folder, finding.probe, {key: told[key] for key in kept})


def add(folder: Path | None, probe: str, figures: dict[str, Any]) -> None:
    """Put `figures` under "evaluation", `probe` of `folder`/passport.json, the rest as it was.

    Raises `LabError("no_passport")` for a model without one: only the lab's own have it.
    """
    path = None if folder is None else folder / "passport.json"
    if path is None or not path.is_file():
        raise LabError("no_passport", model=folder.name if folder else "")
    passport = json.loads(path.read_text(encoding="utf-8"))
    passport.setdefault("evaluation", {})[probe] = rounded(figures)
    write_atomically(path, json.dumps(passport, indent=1, ensure_ascii=False) + "\n")
