"""What a module of lab/ui/pages exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.session import Session


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its name in the address, its place in the navigation, how it is built."""

    name: str
    order: int
    build: Callable[[Session], None]
