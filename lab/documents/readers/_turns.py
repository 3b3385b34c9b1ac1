"""Shared by tables and records: which keys hold a conversation, or a question and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.documents.base import Dropped, Role, Section, Turn

ROLES: Mapping[str, Role] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user", "question": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "bot": "assistant",
    "chatgpt": "assistant", "answer": "assistant",
}  # fmt: skip
TALKS = ("messages", "conversations", "conversation", "dialog", "dialogue")
ASKED = ("prompt", "question", "instruction", "query", "demande", "consigne")
MORE = ("input", "context", "contexte")
ANSWERED = ("answer", "response", "output", "completion", "réponse", "reponse", "chosen")
SYSTEM = ("system", "system_prompt")
PLAIN = ("text", "texte", "content", "contenu", "body", "article", "document")
TITLES = ("title", "titre", "name", "nom", "id")


def section_of(record: object, number: int, dropped: Dropped) -> Section | None:
    """A record as a section: a conversation, a plain text, or lines "key: value".

    number  of the row or line, its title where it has none; `None` for a record that says
            nothing that can be learnt
    """
    if not isinstance(record, Mapping):
        text = _said(record)
        return Section(str(number), text) if text.strip() else None
    keys = {str(key).strip().lower(): value for key, value in record.items()}
    title = next((_said(keys[k]) for k in TITLES if _said(keys.get(k)).strip()), str(number))
    for name in TALKS:
        if isinstance(talk := keys.get(name), list):
            return _talk(title, talk, number, dropped)
    if (answer := _first(keys, ANSWERED)) is not None and _first(keys, ASKED) is not None:
        return _pair(title, keys, answer, number, dropped)
    for name in PLAIN:
        if isinstance(plain := keys.get(name), str) and plain.strip():
            return Section(title, plain)
    rows = [f"{key}: {said}" for key, value in record.items() if (said := _said(value)).strip()]
    return Section(title, "\n".join(rows)) if rows else None


def is_chat(columns: Sequence[str]) -> bool:
    """Whether columns of these names hold questions and their answers."""
    named = {column.strip().lower() for column in columns}
    return bool(named & set(ASKED)) and bool(named & set(ANSWERED))


def _talk(title: str, talk: list[object], number: int, dropped: Dropped) -> Section | None:
    turns: list[Turn] = []
    for said in talk:
        if not isinstance(said, Mapping):
            continue
        role = ROLES.get(str(said.get("role", said.get("from", ""))).lower())
        text = _said(said.get("content", said.get("value")))
        if role is None:
            dropped("other_roles", 1, number)
        elif text.strip():
            turns.append(Turn(role, text))
    return _answered(title, turns, number, dropped)


def _pair(
    title: str, keys: Mapping[str, object], answer: str, number: int, dropped: Dropped
) -> Section | None:
    asked = _first(keys, ASKED) or ""
    more = _first(keys, MORE) or ""
    turns = [Turn("system", system)] if (system := _first(keys, SYSTEM)) else []
    turns.append(Turn("user", f"{asked}\n\n{more}" if more else asked))
    return _answered(title, [*turns, Turn("assistant", answer)], number, dropped)


def _answered(title: str, turns: list[Turn], number: int, dropped: Dropped) -> Section | None:
    if any(turn.role == "assistant" and turn.text.strip() for turn in turns):
        return Section(title, turns=tuple(turns))
    dropped("no_answer", 1, number)
    return None


def _first(keys: Mapping[str, object], names: Sequence[str]) -> str | None:
    """What the first of these keys says that says anything."""
    for name in names:
        if name in keys and (said := _said(keys[name])).strip():
            return said
    return None


def _said(value: object) -> str:
    """A value as text; of a message in parts, those that are text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return _said(value["text"]) if "text" in value else _lines(value)
    if isinstance(value, list):
        return "\n".join(filter(None, map(_said, value)))
    return str(value)


def _lines(value: Mapping[object, object]) -> str:
    return "; ".join(f"{key}: {_said(inside)}" for key, inside in value.items())
