"""Options made from the prompts: what a prompt can be asked, the command line can set."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from lab import prompts
from lab.cli._language import word
from lab.config import Frozen, Size

F = TypeVar("F", bound=Callable[..., None])
SCALARS = (int, float, str)
BY_HAND = {"text", "picture", "seed"}
"""Settings that a command declares itself, because it reads them in a way of its own."""


def with_settings(command: F) -> F:
    """Give a command that takes **settings one option for every setting of every prompt.

    The name and the choices come from the prompt, the help from the texts
    (`cli.predict.NAME`); bounds stay with the prompt, which checks them for all.
    """
    own = inspect.signature(command, eval_str=True)
    named = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [_option(name, field) for name, field in settings().items()]
    command.__signature__ = own.replace(parameters=[*named, *options])  # type: ignore[attr-defined]
    return command


def settings() -> dict[str, FieldInfo]:
    """Every number, word or choice that a prompt or a body built from scratch can be given."""
    return {
        name: field
        for model in _models()
        for name, field in model.model_fields.items()
        if name not in BY_HAND and (_choices(field) or field.annotation in SCALARS)
    }


def _models() -> Iterator[type[Frozen]]:
    for item in vars(prompts).values():
        if inspect.isclass(item) and issubclass(item, Frozen) and item is not Frozen:
            yield item
    yield Size


def _choices(field: FieldInfo) -> tuple[str, ...]:
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    choices = _choices(field)
    kind: Any = str if choices else field.annotation
    option = typer.Option(help=word(f"cli.predict.{name}"), metavar="|".join(choices) or None)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )
