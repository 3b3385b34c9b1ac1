"""Shared by pages and electronic books: HTML to blocks of text, by beautifulsoup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab.documents.base import Dropped

UNREAD = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas"}
    | {"head", "select", "input", "audio", "video", "map"}
)
AROUND = frozenset({"nav", "footer", "aside", "form", "button", "dialog", "menu"})
ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert"}
)
NAMED = re.compile(
    r"\b(?:cookies?|consent|gdpr|rgpd|side-?bar|breadcrumbs?|newsletter|share|social|advert\w*"
    r"|nav(?:bar|igation)?|menu|site-(?:header|footer)|skip-link|pagination)\b",
    re.IGNORECASE,
)
"""Names that pages give to what is not their text."""
NOTICE = 2_000
"""Characters up to which such a name is believed: a text on social history is a text."""
BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "blockquote", "figure", "figcaption"}
    | {"ul", "ol", "dl", "dt", "dd", "table", "caption", "hr", "address", "details", "summary"}
    | {"body", "html", "center", "fieldset", "pre"}
)
LINES = frozenset({"li", "tr"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
MANY_LINKS = 4
"""Links from which a list that is nothing but links is taken for a menu."""
BLANK = re.compile(r"[ \t\r\n\f]+")


def soup_of(markup: str | bytes) -> Any:
    """The tree of a page, as forgiving as browsers are."""
    import warnings

    from bs4 import BeautifulSoup

    with warnings.catch_warnings():
        # That a page is XML, or looks like a file's name, is nobody's concern here.
        warnings.simplefilter("ignore")
        return BeautifulSoup(markup, "lxml")


def blocks(soup: Any, dropped: Dropped) -> Iterator[tuple[bool, str]]:
    """(whether it is a heading, its text) of a page in reading order, without what is around."""
    from bs4.element import NavigableString, PreformattedString

    line: list[str] = []
    heading = verbatim = False
    waiting: list[Any] = [soup]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):  # the end of an element that was opened before
            name, ends_block = node[0], node[0] in BLOCKS | HEADINGS
            line.append("\n" if name in LINES else " | " if name in {"td", "th"} else "")
        elif isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString):
                line.append(str(node) if verbatim else BLANK.sub(" ", node))
            continue
        elif node.name in UNREAD:
            continue
        elif _is_around(node):
            dropped("boilerplate", 1 if node.get_text(strip=True) else 0)
            continue
        else:
            name, ends_block = node.name, node.name in BLOCKS | HEADINGS
            if name == "br":
                line.append("\n")
                continue
            waiting.append((name,))
            waiting += node.contents[::-1]
            if name == "li":
                line.append("\n- ")
        if ends_block:
            yield heading, _tidy("".join(line), verbatim)
            line = []
            opens = not isinstance(node, tuple)
            heading = name in HEADINGS and opens
            verbatim = name == "pre" and opens
    yield heading, _tidy("".join(line), verbatim)


def _tidy(text: str, verbatim: bool) -> str:
    """A block's lines without the blanks that markup leaves around them."""
    if verbatim:
        return text.strip("\n")
    lines = [
        re.sub(r"  +", " ", line).strip().removesuffix("|").strip() for line in text.split("\n")
    ]
    return "\n".join(line for line in lines if line and line != "-")


def _is_around(tag: Any) -> bool:
    """Whether an element is what a page carries around its text."""
    if tag.name in {"html", "body", "main", "article", "[document]"}:
        return False
    if tag.name in AROUND or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if tag.get("role") in ROLES:
        return True
    if tag.name not in {"div", "ul", "ol", "section", "header", "p", "table"}:
        return False
    names = " ".join([*tag.get_attribute_list("class", ""), tag.get("id") or ""])
    if NAMED.search(names.replace("_", "-")) and len(tag.get_text()) < NOTICE:
        return True
    if tag.name == "header":
        # A site's header is around the text; an article's holds its title.
        return tag.find_parent(["article", "main"]) is None and tag.find("h1") is None
    return tag.name in {"ul", "ol"} and _is_menu(tag)


def _is_menu(tag: Any) -> bool:
    links = tag.find_all("a")
    if len(links) < MANY_LINKS:
        return False
    linked = sum(len(link.get_text(strip=True)) for link in links)
    return linked > 0.9 * len(tag.get_text(strip=True))
