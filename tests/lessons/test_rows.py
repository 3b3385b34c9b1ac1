"""A source's rows are shown in the order in which they are named, as its labels are."""

from __future__ import annotations

from lab.config import checked
from lab.lessons.schema import Source
from lab.lessons.sources import exhibit
from lab.session import Session


def test_labels_stay_with_the_rows_they_are_written_for(session: Session) -> None:
    rows = ("en/word", "en/fact", "en/law")  # a finding has them in another order
    labels = [{"en": row, "fr": row} for row in rows]
    told = {"probe": "cloze", "models": ["tiny-masked-en"], "languages": ["en"]}
    given = {**told, "rows": rows, "figure": "right", "labels": labels}
    shown = exhibit(checked(Source, given), session)
    assert [bar.key for bar in shown.bars] == list(rows)
    assert [bar.label["en"] for bar in shown.bars] == list(rows)
