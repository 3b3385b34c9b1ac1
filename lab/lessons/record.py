"""Make the figures of lessons again, to ship with the lab.

    python -m lab.lessons.record [LESSON …] [--missing]

Every probe of the lessons named, or of all, is put to its models, and what is found lies in
assets/findings afterwards, in the place of what was found of the same model in the same way, and
with the machine it was made on, since speed and memory hang on it.
With --missing only models are asked of whose weights, as they are now, nothing lies there yet.
"""

from __future__ import annotations

import argparse

from lab.lessons.room import Classroom
from lab.lessons.schema import Source
from lab.lessons.sources import asked_so
from lab.session import Session


def record(names: list[str], session: Session, missing: bool = False) -> None:
    """Raises as `Classroom.lesson` does; a model that could not be asked is told and left out."""
    room = Classroom(session)
    for name in names or [one.name for one in room.lessons() if one.lesson]:
        for source in room.probes(name):
            models = unasked(source, session) if missing else source.models
            for item in room.repeat(source.model_copy(update={"models": models})) if models else ():
                session.examinations.ship(item)


def unasked(source: Source, session: Session) -> tuple[str, ...]:
    """Those of a source's models of whose present weights nothing is recorded."""
    examinations = session.examinations
    recorded = examinations.recorded()
    known = {
        model: any(asked_so(one, source, model) and examinations.current(one) for one in recorded)
        for model in source.models
    }
    return tuple(model for model in source.models if not known[model])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--missing", action="store_true", help="only what is not there yet")
    given = parser.parse_args()
    record(given.lessons, Session(), given.missing)


if __name__ == "__main__":
    main()
