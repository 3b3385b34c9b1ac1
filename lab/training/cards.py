"""Model cards beside the weights that ship, each written of its passport.

    python -m lab.training.cards [NAME …]

After a change of a preset, of a passport.json or of what a card says: README.md of the checkpoints
named, or of all, is written anew.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from lab.models.catalogue import Catalogue, default_home
from lab.models.digest import digest_of
from lab.models.passports import base_of, of_spec, with_file
from lab.models.sources.base import CHECKPOINTS
from lab.passport.facts import Base, Passport
from lab.passport.markdown import markdown
from lab.training.folder import write_atomically
from lab.types import LabError


def write_card(folder: Path, catalogue: Catalogue, blank: Passport | None = None) -> None:
    """README.md of what the catalogue and the passport.json say of a folder's weights.

    blank  what is known of a model that the catalogue does not know yet

    Raises `LabError("unknown_model")` without it, and where the weights are not whole.
    """
    told = with_file(_preset(folder.name, catalogue, blank), folder)
    base = told.base and _known(told.base, catalogue)
    told = replace(told, base=base, digest=digest_of(folder, catalogue.home))
    write_atomically(folder / "README.md", markdown(told))


def _preset(name: str, catalogue: Catalogue, blank: Passport | None) -> Passport:
    try:
        return of_spec(catalogue.spec(name))
    except LabError:
        if blank is None:
            raise
        return blank


def _known(base: Base, catalogue: Catalogue) -> Base:
    try:
        return base_of(catalogue.spec(base.model))
    except LabError:
        return base


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    catalogue = Catalogue.load(default_home())
    for name in parser.parse_args().names or [one.name for one in sorted(CHECKPOINTS.iterdir())]:
        write_card(CHECKPOINTS / name, catalogue)


if __name__ == "__main__":
    main()
