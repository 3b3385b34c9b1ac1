"""Make a finished run one of those that ship with the lab.

    python -m lab.training.adopt RUN_DIR NAME --sources SOURCES.tsv

Its model becomes assets/checkpoints/NAME, its passport naming each document's title, author,
source and licence; its history, thinned to what a curve shows, becomes assets/runs/NAME, so
that its growing up can be replayed at once and offline.

    python -m lab.training.adopt RUN_DIR NAME --history

keeps the history alone, with the verdicts on it: for a lesson, which needs no model. Documents
that ship with the lab are named as such, so that the run can be made again on any machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.history import RunEvent
from lab.models.catalogue import Catalogue, default_home
from lab.passport.facts import Passport
from lab.recipe import KINDS, SERVES
from lab.texts import ASSETS
from lab.training.cards import write_card
from lab.training.events import as_lived
from lab.training.folder import RunFolder, write_atomically
from lab.training.judging import earlier
from lab.training.shelf import EXAMPLE, Shelf
from lab.training.story import POINTS

COLUMNS = ("title", "author", "source", "licence")


def adopt(run: RunFolder, name: str, sources: Path | None, assets: Path = ASSETS) -> None:
    """Copy model and history into `assets`, the passport completed and a card written of it.

    The run's own card is left behind: it names folders of the machine that trained.
    """
    model = assets / "checkpoints" / name
    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(run.model, model, ignore=shutil.ignore_patterns("README.md"))
    passport = json.loads((model / "passport.json").read_text(encoding="utf-8"))
    passport["sources"] = named(passport["sources"], sources)
    _write(model / "passport.json", passport)
    kind = KINDS[run.recipe.objective]
    blank = Passport(name, run.recipe.title or name, "bundled", kind, SERVES[kind])
    write_card(model, Catalogue.load(default_home()), blank)
    _keep(run, assets / "runs" / name, (), passport["sources"])


def adopt_history(
    run: RunFolder, name: str, sources: Path | None = None, assets: Path = ASSETS
) -> None:
    """Copy what happened into `assets`, with the verdicts, and no model.

    Documents are named where they came with the lab, and nowhere else.
    """
    history = assets / "runs" / name
    names = Shelf(run.path).names(run.recipe.data.paths)
    lent = names if all(one.startswith(EXAMPLE) for one in names) else ()
    _keep(run, history, lent, named(run.about.get("sources", []), sources))
    shutil.rmtree(history / "verdicts", ignore_errors=True)
    for verdict in earlier(run):
        (history / "verdicts").mkdir(exist_ok=True)
        _write(
            history / "verdicts" / f"{verdict.made.replace(chr(58), '')}.json",
            asdict(verdict) | {"run": name},
        )


def _keep(run: RunFolder, history: Path, paths: Sequence[str], sources: Sequence[Any]) -> None:
    """Recipe, surroundings, samples and events."""
    history.mkdir(parents=True, exist_ok=True)
    recipe = run.recipe
    named = recipe.data.model_copy(update={"paths": tuple(paths), "repeat": ()})
    plain = recipe.model_copy(update={"data": named})
    write_atomically(history / "recipe.json", plain.model_dump_json(indent=1))
    _write(history / "about.json", run.about | {"sources": list(sources)})
    shutil.rmtree(history / "samples", ignore_errors=True)
    if (run.path / "samples").is_dir():  # what a picture model drew on its way
        shutil.copytree(run.path / "samples", history / "samples")
    lines = [_line(event) for event in thin(as_lived(run.events()[0]))]
    write_atomically(history / "events.jsonl", "".join(line + "\n" for line in lines))


def thin(events: Sequence[RunEvent]) -> list[RunEvent]:
    """All but most of the figures between: every sample and every look at held-out data stays."""
    figures = [e for e in events if e.kind == "metric" and "loss" in e.data]
    last = max(1, POINTS - 1)
    kept = (
        {id(figures[i * (len(figures) - 1) // last]) for i in range(POINTS)} if figures else set()
    )
    return [
        event
        for event in events
        if event.kind != "checkpoint" and ("loss" not in event.data or id(event) in kept)
    ]


def named(found: Sequence[dict[str, Any]], table: Path | None) -> list[dict[str, Any]]:
    """Each document with what the table, a TSV with a column `file`, says of it."""
    rows: dict[str, dict[str, str]] = {}
    if table is not None:
        header, *lines = table.read_text(encoding="utf-8").splitlines()
        for line in lines:
            row = dict(zip(header.split("\t"), line.split("\t"), strict=False))
            rows[Path(row["file"]).stem] = row
    known = [rows.get(Path(one.get("name", "")).stem, {}) for one in found]
    return [
        one | {k: row[k] for k in COLUMNS} if row else one
        for one, row in zip(found, known, strict=True)
    ]


def _line(event: RunEvent) -> str:
    data = {"step": event.step, "time": event.time, "kind": event.kind, "data": dict(event.data)}
    return json.dumps(data, ensure_ascii=False)


def _write(path: Path, data: Any) -> None:
    write_atomically(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a finished run")
    parser.add_argument("name", help="what it will be called")
    parser.add_argument("--sources", type=Path, help="a TSV: file, title, author, source, licence")
    parser.add_argument("--history", action="store_true", help="what happened, without its model")
    given = parser.parse_args()
    run = RunFolder(given.run.absolute())
    if given.history:
        adopt_history(run, given.name, given.sources)
    else:
        adopt(run, given.name, given.sources)


if __name__ == "__main__":
    main()
