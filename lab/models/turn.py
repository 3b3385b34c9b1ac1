"""One computation at a time on an accelerator, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType


class Turn:
    """`with turn:` waits for everyone who asked before; the holder may enter again.

    A plain lock would let a generation that releases and takes it at every token
    keep all others waiting.
    """

    def __init__(self, told: Callable[[], object] = lambda: None) -> None:
        """`told` is called whenever a turn begins: who else computes here may want to know."""
        self._told = told
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._holder: int | None = None
        self._depth = 0

    def __enter__(self) -> Turn:
        me = threading.get_ident()
        with self._changed:
            if self._holder != me:
                ticket = object()
                self._queue.append(ticket)
                try:
                    self._changed.wait_for(
                        lambda: self._holder is None and self._queue[0] is ticket
                    )
                finally:
                    self._queue.remove(ticket)
                    self._changed.notify_all()
                self._holder = me
            self._depth += 1
        self._told()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._depth -= 1
            if self._depth == 0:
                self._holder = None
                self._changed.notify_all()
