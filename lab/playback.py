"""A prediction that streams once and can be read again: live and replay share one path.

A thread of its own walks the iterator and fills a buffer; readers ask for what
came after the last item they have. It runs at most `ahead` items before its
readers, so that a paused or abandoned page costs nothing, and ends when nobody
has asked for `patience` seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from lab.types import LabError

T = TypeVar("T")


class Playback(Generic[T]):
    """The buffer of one running iterator."""

    def __init__(
        self,
        items: Iterator[T],
        guard: AbstractContextManager[object],
        ahead: int = 32,
        patience: float = 60.0,
    ) -> None:
        """`guard` is entered around every single item, so that others get their turn between."""
        self._items, self._guard = items, guard
        self._ahead, self._patience = ahead, patience
        self._buffer: list[T] = []
        self._asked = 0
        self._ended = False
        self._stopped = False
        self._error: LabError | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._fill, daemon=True, name="playback")
        self._thread.start()

    def after(self, since: int, wait: float = 0.0) -> tuple[list[T], bool]:
        """(items from number `since` on, whether that is all there will ever be).

        Waits up to `wait` seconds for at least one. Raises the `LabError` that
        ended the iterator once everything before it has been read.
        """
        with self._changed:
            self._asked = max(self._asked, since)
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._buffer) > since or self._ended, wait)
            fresh = self._buffer[since:]
            if not fresh and self._error is not None:
                raise self._error
            return fresh, self._ended and self._error is None

    def stop(self) -> None:
        """Make no more items; what is in the buffer stays readable."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def items(self) -> tuple[T, ...]:
        with self._changed:
            return tuple(self._buffer)

    @property
    def ended(self) -> bool:
        return self._ended

    def _fill(self) -> None:
        try:
            while self._room():
                with self._guard:
                    item = next(self._items, None)
                if item is None:
                    break
                with self._changed:
                    self._buffer.append(item)
                    self._changed.notify_all()
        except LabError as error:
            self._error = error
        except Exception as error:  # the thread's last word: nothing may be lost in silence
            self._error = LabError("unexpected", why=f"{type(error).__name__}: {error}")
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
            if close := getattr(self._items, "close", None):
                close()  # a download that was stopped ends its process and lets others fetch

    def _room(self) -> bool:
        """Wait until a reader has come near enough; false when stopped or abandoned."""
        with self._changed:
            near = self._changed.wait_for(
                lambda: self._stopped or len(self._buffer) < self._asked + self._ahead,
                self._patience,
            )
            return near and not self._stopped
