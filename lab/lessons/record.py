"""Make the figures of lessons again, to ship with the lab.

    python -m lab.lessons.record [LESSON …]

Every probe of the lessons named, or of all, is put to its models, and what is found lies in
assets/findings afterwards, in the place of what was found of the same model in the same way.
"""

from __future__ import annotations

import argparse

from lab.lessons.room import Classroom
from lab.session import Session


def record(names: list[str], session: Session) -> None:
    """Raises as `Classroom.lesson` does; a model that could not be asked is told and left out."""
    room = Classroom(session)
    for name in names or [one.name for one in room.lessons() if one.lesson]:
        for source in room.probes(name):
            for item in room.repeat(source):
                session.examinations.ship(item)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*")
    record(parser.parse_args().lessons, Session())


if __name__ == "__main__":
    main()
