"""What several pages ask alike: models, and documents given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lab.arithmetic import computes_bf16
from lab.choosing import Wish
from lab.config import Frozen, Precision, checked
from lab.passport.card import card
from lab.passport.markdown import markdown
from lab.session import Session
from lab.texts import LANGUAGES
from lab.ui.visitor import Visitor
from lab.views.wire import wire

if TYPE_CHECKING:
    from lab.training.shelf import Shelf

LONGEST_WAIT = 1.0
"""Seconds a reader waits for the next item before asking again."""
HOST = Visitor()


class Named(Frozen):
    name: str = Field(max_length=100)


class Saved(Frozen):
    """A model's name may be a folder's, longer than a run's."""

    name: str = Field(max_length=400)
    form: str = Field(pattern="^(markdown|json)$")
    language: str = Field("en", max_length=8)


class Ordered(Frozen):
    names: tuple[str, ...] = Field(max_length=1000)


class Piece(Frozen):
    ticket: str = Field(max_length=32)
    piece: str = Field(max_length=1_400_000)


class Whole(Frozen):
    ticket: str = Field(max_length=32)
    title: str = Field(max_length=300)
    drop: str = Field("", pattern="^[0-9a-f]{0,16}$")


class Followed(Frozen):
    name: str = Field(max_length=100)
    since: int = Field(0, ge=0)


class Desk:
    """Every public method is a function of the page, given plain JSON, and asked by a visitor."""

    def __init__(self, session: Session, visitor: Visitor = HOST) -> None:
        self._session, self._visitor = session, visitor


class FollowDesk(Desk):
    """What takes a while is followed under a name."""

    def follow(self, data: Any) -> Any:
        asked = checked(Followed, data)
        items, ended = self._session.follow(asked.name, asked.since, LONGEST_WAIT)
        return {"items": items, "ended": ended}

    def stop(self, name: Any) -> Any:
        self._session.stop(str(name))


class ModelDesk(FollowDesk):
    """The list of models, and fetching them."""

    def models(self, _: Any) -> Any:
        return self._session.models()

    def model(self, name: Any) -> Any:
        return self._session.model(str(name))

    def stack(self, data: Any) -> Any:
        """Adapters on one another, by their names: the name of what that makes."""
        return self._session.stack(checked(Ordered, data).names)

    def memory(self, name: Any) -> Any:
        return self._session.memory(str(name))

    def imitates(self, _: Any) -> list[Precision]:
        """The precisions that this machine has no numbers of its own for."""
        return [] if computes_bf16() else ["bf16"]

    def passport(self, name: Any) -> Any:
        """What is known of a model, as a card in each language."""
        told = self._session.passport(str(name))
        return {language: card(told, language) for language in LANGUAGES}

    def passport_file(self, data: Any) -> Any:
        wished = checked(Saved, data)
        told = self._session.passport(wished.name)
        if wished.form == "markdown":
            return markdown(told, wished.language)
        return json.dumps(wire(told), indent=1, ensure_ascii=False) + "\n"

    def choose(self, data: Any) -> Any:
        """The models in the order in which they answer four questions."""
        return self._session.known.choose(checked(Wish, data))

    def fetch(self, name: Any) -> Any:
        return self._session.fetch(str(name))


class ShelfDesk(Desk):
    """Files that people give, in pieces."""

    _largest = 100_000_000
    """Bytes of one file; none is larger than the shelf lets in."""

    @property
    def _shelf(self) -> Shelf:
        return self._session.trainings.shelf

    def document(self, _: Any) -> Any:
        """A ticket for a document that will come in pieces."""
        return self._shelf.begin()

    def piece(self, data: Any) -> Any:
        piece = checked(Piece, data)
        self._shelf.add(piece.ticket, piece.piece, self._largest)

    def whole(self, data: Any) -> Any:
        whole = checked(Whole, data)
        return self._shelf.end(whole.ticket, whole.title, whole.drop)
