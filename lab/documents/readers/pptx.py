"""PowerPoint slides, by python-pptx: a slide a section, tables and the speaker's notes too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from lab.documents.base import Dropped, Reader, Section
from lab.documents.readers._package import opened, row_of


class Pptx(Reader):
    """PowerPoint since 2007."""

    name: ClassVar[str] = "pptx"
    suffixes: ClassVar[tuple[str, ...]] = (".pptx", ".pptm", ".ppsx")

    def read(self, path: Path, dropped: Dropped) -> Iterator[Section]:
        from pptx import Presentation

        with opened(path):
            slides: Any = Presentation(str(path)).slides
        for number, slide in enumerate(slides, start=1):
            texts = list(_texts(slide.shapes, dropped))
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                texts.append(slide.notes_slide.notes_text_frame.text.strip())
            title = slide.shapes.title
            said = title.text_frame.text.strip() if title is not None else ""
            yield Section(said or str(number), "\n\n".join(text for text in texts if text))


def _texts(shapes: Any, dropped: Dropped) -> Iterator[str]:
    """What each shape says, groups opened however deep they lie."""
    waiting = list(shapes)[::-1]
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting += list(shape.shapes)[::-1]
        elif shape.is_placeholder and "NUMBER" in str(shape.placeholder_format.type):
            dropped("page_numbers")
        elif shape.has_text_frame:
            # A vertical tab is PowerPoint's line break within a paragraph.
            yield shape.text_frame.text.replace("\x0b", "\n").strip()
        elif shape.has_table:
            yield "\n".join(row_of([cell.text for cell in row.cells]) for row in shape.table.rows)
        elif "PICTURE" in str(shape.shape_type):
            dropped("pictures")


READER = Pptx()
