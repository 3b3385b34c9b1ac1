"""The texts: the same keys in every language, each used and each there, and written as print is."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lab.texts import ASSETS, LANGUAGES, say, sentence, texts
from lab.types import LabError

ROOT = Path(__file__).parent.parent
SLOT = re.compile(r"\{(\w+)\}")
SECTIONS_OF = {
    "LabError": "error.",
    "Notice": "notice.",
    "Advice": "doctor.",
    "dropped": "dropped.",
    "Left": "dropped.",
    "Ground": "rights.",
    "Because": "because.",
}
"""Types that carry a key, and the section it lies in."""
SAYERS = {"say": 1, "word": 0}
"""Functions that take a whole key, and at which place."""
NO_BREAK = "\u00a0\u202f"


@cache
def scripts() -> dict[Path, str]:
    files = sorted((ASSETS / "js").rglob("*.js"))
    return {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in files}


@cache
def modules() -> dict[Path, ast.Module]:
    files = sorted((ROOT / "lab").rglob("*.py"))
    return {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def pattern(node: ast.expr) -> str | None:
    """A string as a regular expression, its {parts} standing for any word; `None` if it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w-]+"
            for part in node.values
        ]
        return "".join(parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (pattern(node.left) or r"[\w-]+") + (pattern(node.right) or r"[\w-]+")
    return None


def strings(node: ast.expr) -> Iterator[str]:
    """The patterns an argument may be: both sides of `a if c else b`."""
    if isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)
    elif (found := pattern(node)) is not None:
        yield found


def python_keys() -> Iterator[tuple[str, Path, int, ast.Call]]:
    """Every key that Python names, as a pattern, with its call."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            name = node.func.id
            place = SAYERS.get(name, 0)
            if (name in SAYERS or name in SECTIONS_OF) and len(node.args) > place:
                for found in strings(node.args[place]):
                    prefix = re.escape(SECTIONS_OF.get(name, ""))
                    yield prefix + found, path, node.lineno, node


def script_keys() -> Iterator[tuple[str, Path, int]]:
    """Every key that a script asks `t` for, as a pattern, with its line."""
    for path, text in scripts().items():
        for call in re.finditer(r"(?<![\w.])t\(", text):
            line = text.count("\n", 0, call.start()) + 1
            for literal in literals(first_argument(text, call.end())):
                yield literal, path, line


def first_argument(text: str, start: int) -> str:
    """What stands between `t(` and its first comma or its closing bracket."""
    depth, quote = 0, ""
    for i in range(start, len(text)):
        c = text[i]
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"`":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}" and depth:
            depth -= 1
        elif c in ")," and not depth:
            return text[start:i]
    return text[start:]


def literals(code: str) -> Iterator[str]:
    """The quoted keys of an expression; 'a.' + x stands for every key that begins so."""
    for quoted in re.finditer(r"'([^']*)'(\s*\+)?|`([^`]*)`", code):
        plain, more, template = quoted.groups()
        if template is not None:
            parts = re.split(r"\$\{[^}]*\}", template)
            yield r"[\w-]+".join(re.escape(part) for part in parts)
        elif "." in plain and re.fullmatch(r"[\w.]+", plain):
            yield re.escape(plain) + (r"[\w-]+" if more else "")


def matching(found: str) -> list[str]:
    return [key for key in texts("en") if re.fullmatch(found, key)]


def test_languages_have_the_same_keys() -> None:
    for language in LANGUAGES:
        assert texts(language).keys() == texts("en").keys(), language


def test_languages_fill_the_same_slots() -> None:
    for language in LANGUAGES:
        for key, text in texts(language).items():
            expected = set(SLOT.findall(texts("en")[key]))
            assert set(SLOT.findall(text)) == expected, f"{language}: {key}"


def test_every_key_python_names_is_there() -> None:
    missing = [f"{path}:{line} {key}" for key, path, line, _ in python_keys() if not matching(key)]
    assert not missing, missing


def test_every_key_a_script_names_is_there() -> None:
    missing = [f"{path}:{line} {key}" for key, path, line in script_keys() if not matching(key)]
    assert not missing, missing


def test_every_error_brings_the_facts_its_sentence_needs() -> None:
    lacking = []
    for key, path, line, call in python_keys():
        if not key.startswith("error") or any(word.arg is None for word in call.keywords):
            continue
        given = {word.arg for word in call.keywords}
        for name in matching(key):
            needed = set(SLOT.findall(texts("en")[name]))
            if not needed <= given:
                lacking.append(f"{path}:{line} {name} lacks {sorted(needed - given)}")
    assert not lacking, lacking


def test_no_key_is_left_over() -> None:
    """A key is used when code names it whole, or names its pattern and its last word."""
    patterns = {key for key, *_ in python_keys()} | {key for key, *_ in script_keys()}
    whole = {key for found in patterns for key in matching(found) if re.escape(key) == found}
    code = "\n".join([*scripts().values(), *(ast.unparse(tree) for tree in modules().values())])
    presets = {path.stem for path in (ROOT / "presets").rglob("*.toml")}
    spoken = set(re.findall(r"\w+", code)) | presets
    quoted = set(re.findall(r"['\"]([\w.]+)['\"]", code))
    dynamic = {key for found in patterns for key in matching(found)} - whole
    left = []
    for key in texts("en"):
        section, _, last = key.rpartition(".")
        named = key in whole or key in quoted
        varied = key in dynamic and (last in spoken or section.rpartition(".")[2] in spoken)
        carried = section + "." in SECTIONS_OF.values() and last in quoted
        if not (named or varied or carried):
            left.append(key)
    assert not left, left


@pytest.mark.parametrize("language", LANGUAGES)
def test_apostrophes_and_quotes_are_typographic(language: str) -> None:
    for key, text in texts(language).items():
        assert not re.search(r"\w'\w", text), f"{key}: write ’"
        assert '"' not in text, f"{key}: write “ ” or « »"
        assert "..." not in text, f"{key}: write …"
        assert text == text.strip(), f"{key}: a space at an end"


def french() -> dict[str, str]:
    """Every French text: the page's, and what the presets say of their models."""
    presets = (ROOT / "presets" / "models").glob("*.toml")
    told = {path.name: tomllib.loads(path.read_text("utf-8")) for path in presets}
    limits = {name: model["limits"]["fr"] for name, model in told.items()}
    read = {
        f"{name} {i}": one["fr"]
        for name, model in told.items()
        for i, one in enumerate(model["data"])
    }
    return {**texts("fr"), **limits, **read}


def test_french_spaces_do_not_break() -> None:
    """Before : ; ? ! % » and after « stands a no-break space: U+00A0, or U+202F, the narrow one."""
    for key, text in french().items():
        assert not re.search(r" [:;?!%»]|« ", text), f"{key}: an ordinary space in {text!r}"
        assert not re.search(rf"«[^{NO_BREAK}]|[^{NO_BREAK}]»", text), (
            f"{key}: no space in {text!r}"
        )
        assert not re.search(r"[^\W_][;?!]|[^\W_]:(?=\s|$)", text), f"{key}: no space in {text!r}"
        assert not re.search(r"\w'\w", text), f"{key}: write ’"


def test_french_is_french() -> None:
    """Words the languages share are fine; a whole sentence that reads the same was forgotten."""
    same = {key for key, text in texts("fr").items() if text == texts("en")[key]}
    assert not {key for key in same if len(re.findall(r"[^\W\d_]{2,}", texts("fr")[key])) > 2}


def test_a_fact_is_never_read_as_a_template() -> None:
    assert "{where}" in say("en", "error.preset_broken", file="{where}", where="x", why="y")


def test_an_error_is_said_in_the_language_asked_for() -> None:
    error = LabError("unknown_objective", objective="sing")
    assert "sing" in sentence("en", error)
    assert sentence("en", error) != sentence("fr", error)
    assert sentence("xx", error) == sentence("en", error)


def test_a_key_that_does_not_exist_is_told_as_it_is() -> None:
    assert say("en", "no.such.key") == "no.such.key"
