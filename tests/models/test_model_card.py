"""Front matter by strangers: what it declares, and all the ways in which it may be off."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from lab.models.model_card import LONGEST, MOST_BYTES, MOST_VALUES, ModelCard, read_card

NOTHING = ModelCard()


def said(tmp_path: Path, text: str | bytes) -> ModelCard:
    path = tmp_path / "README.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_card(path)


def test_what_a_card_declares(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        "---\nlicense: apache-2.0\nlanguage:\n- en\n- no\ndatasets: [a/b, c/d]\n"
        "base_model: lab/base\ntags: [x]\n---\n\n# A model\n\nlicense: mit\n",
    )
    assert found == ModelCard("apache-2.0", ("en", "no"), ("a/b", "c/d"), ("lab/base",))


def test_one_language_and_a_licence_of_ones_own(tmp_path: Path) -> None:
    text = "\ufeff---\r\nlicense: other\r\nlicense_name: my-terms\r\nlanguage: fr\r\n---\r\n"
    assert said(tmp_path, text) == ModelCard("my-terms", ("fr",))


def test_no_card_and_no_front_matter(tmp_path: Path) -> None:
    assert read_card(tmp_path / "README.md") == NOTHING
    assert said(tmp_path, "# license: mit\n---\nlicense: mit\n---\n") == NOTHING
    assert said(tmp_path, "---\nlicense: mit\n") == NOTHING, "it never ends"
    assert said(tmp_path, "") == NOTHING


@pytest.mark.parametrize(
    "inside",
    [
        "license: [",
        "- license\n- mit",
        "license: {a: {b: c}}\nlanguage: {en: 1}\ndatasets: 3: 4",
        "? [a, b]\n: {c: d}\nlicense: !!python/object/apply:os.system ['true']",
        "license: !!binary x\nlanguage: !foo [en]\n<<: *nowhere",
        "license: mit\nlicense: &a [*a]",
        "\x00\x01",
        "[" * 20_000,
        "{" * 20_000,
        "- " * 20_000 + "x",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_off_says_nothing(tmp_path: Path, inside: str) -> None:
    found = said(tmp_path, f"---\n{inside}\n---\n")
    assert found.licence in ("", "true", "x"), "never run, never a structure"
    assert found.datasets == found.base == ()


def test_tags_never_make_anything(tmp_path: Path) -> None:
    target = tmp_path / "made"
    said(tmp_path, f"---\nlicense: !!python/object/apply:pathlib.Path.touch ['{target}']\n---\n")
    assert not target.exists()


def test_aliases_do_not_multiply(tmp_path: Path) -> None:
    """A thousand million laughs: refused at the first alias."""
    levels = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    text = "---\n" + "\n".join([*levels, "language: *a9", "license: mit"]) + "\n---\n"
    tracemalloc.start()
    found = said(tmp_path, text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == NOTHING
    assert most < 20_000_000


def test_little_is_read_of_a_large_one(tmp_path: Path) -> None:
    inside = "x: " + "y" * MOST_BYTES
    assert said(tmp_path, f"---\nlicense: mit\n{inside}\n---\n") == NOTHING
    body = b"z" * (4 * MOST_BYTES)
    assert said(tmp_path, b"---\nlicense: mit\n---\n" + body).licence == "mit"
    many = "\n".join(f"- l{i}" for i in range(3 * MOST_VALUES))
    assert len(said(tmp_path, f"---\nlanguage:\n{many}\n---\n").languages) == MOST_VALUES


def test_values_are_one_plain_line(tmp_path: Path) -> None:
    text = '---\nlicense: "a\\nb\\e[31mc\\u202ed"\ndatasets: ["' + "n" * 1000 + '"]\n---\n'
    found = said(tmp_path, text)
    assert found.licence == "a b[31mcd"
    assert found.datasets == ("n" * LONGEST,)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert said(tmp_path, b"---\nlicense: m\xff\xfeit\n---\n").licence == "m\ufffd\ufffdit"
