"""The page as a whole: languages, themes, reload, links, saving, hostile text, errors."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched

FIRST = "The old king lived in a great castle by the sea."
HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\"> and <script>document.title='owned'</script>",
    "${document.title='owned'} {{constructor.constructor('document.title=`owned`')()}} {value}",
    "مرحبا بالعالم 你好世界 👩‍👩‍👧‍👦 é ñ",
    "\u0000 \ufeff \u202e abc \u0000",
    "   ",
    "",
]


def test_french_from_the_switch_and_it_stays(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_role("heading", name="Une phrase, trois regards")).to_be_visible()
    expect(page.locator("#sentence")).to_have_value(
        "Le vieux roi vivait dans un grand château au bord de la mer."
    )
    watched.open()
    expect(page.get_by_role("heading", name="Jeton masqué")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_dark_theme_stays(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.get_by_role("button", name="Dark theme").click()
    watched.open()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_nothing_is_lost_on_reload(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#sentence").fill("A small boat sailed to the island.")
    expect(page.locator("#lane-masked .strip")).to_contain_text("boat", timeout=20_000)
    page.locator("#lane-masked .token:not(.marker)").nth(2).click()
    expect(page.locator("#lane-masked .token.masked")).to_have_count(1)
    page.locator("#lane-next input[type=range]").first.fill("1.5")
    watched.open()
    expect(page.locator("#sentence")).to_have_value("A small boat sailed to the island.")
    expect(page.locator("#lane-masked .token.masked")).to_have_count(1)
    assert page.locator("#lane-next input[type=range]").first.input_value() == "1.5"


def test_a_link_reproduces_text_and_settings_in_another_browser(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#sentence").fill("A link carries this.")
    expect(page.locator("#lane-masked .strip")).to_contain_text("link", timeout=20_000)
    page.locator("#lane-masked .token:not(.marker)").nth(1).click()
    expect(page.locator("#lane-masked .token.masked")).to_have_count(1)
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="copy link").click()
    page.wait_for_function("window.copied")
    link = page.evaluate("window.copied")
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("html[data-ready=true]")
    expect(page.locator("#sentence")).to_have_value("A link carries this.")
    expect(page.locator("#lane-masked .token.masked")).to_have_count(1)


def test_what_a_link_replaced_can_be_brought_back(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_role("button", name="copy link").click()
    page.wait_for_function("window.copied")
    link = page.evaluate("window.copied")
    page.locator("#sentence").fill("My own long work.")
    page.wait_for_timeout(400)
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("html[data-ready=true]")
    expect(page.locator("#sentence")).to_have_value(FIRST)
    page.get_by_role("button", name="undo").click()
    expect(page.locator("#sentence")).to_have_value("My own long work.")


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_stays_text(watched: Watched, text: str) -> None:
    watched.open()
    page = watched.page
    page.locator("#sentence").fill(text)
    page.wait_for_timeout(900)
    assert page.title() != "owned"
    assert page.locator(".said.bad").count() == 0
    page.locator("#sentence").fill("The page goes on working.")
    expect(page.locator("#lane-masked .strip")).to_contain_text("working", timeout=20_000)


def test_fifty_thousand_characters_are_cut_and_said_so(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#sentence").fill("word " * 10_000)
    expect(page.locator("#lane-masked .said")).to_contain_text("left out", timeout=30_000)


@pytest.mark.parametrize("kind", ["JSON", "SVG", "PNG"])
def test_a_view_is_saved(watched: Watched, kind: str) -> None:
    watched.open()
    page = watched.page
    expect(page.locator("#lane-masked .token").first).to_be_visible(timeout=20_000)
    page.locator("#lane-masked .menu > button", has_text="save").click()
    with page.expect_download() as waiting:
        page.locator("#lane-masked .menu").get_by_role("button", name=f"({kind})").click()
    data = Path(waiting.value.path()).read_bytes()
    if kind == "JSON":
        assert json.loads(data)["reading"]["tokens"]
    elif kind == "SVG":
        assert data.startswith(b"<svg")
        assert b"castle" in data
    else:
        assert data.startswith(b"\x89PNG")


def test_hovering_a_word_shades_what_each_lane_may_see_of_it(watched: Watched) -> None:
    watched.open()
    page = watched.page
    expect(page.locator("#lane-next .sees")).to_contain_text("carry loss", timeout=20_000)
    expect(page.locator("#lane-masked .sees")).to_contain_text("carry loss", timeout=20_000)
    words = page.locator("#lane-masked .token:not(.marker)")
    words.nth(4).hover()
    total = words.count()
    expect(page.locator("#lane-masked .token.seen:not(.marker)")).to_have_count(total)
    expect(page.locator("#lane-next .token.seen:not(.marker)")).to_have_count(5)
    expect(page.locator("#lane-next .token.unseen-by")).to_have_count(total - 5)


def test_the_picker_offers_only_models_that_can(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#lane-masked .pick").click()
    names = page.locator("dialog .model h3").all_inner_texts()
    assert any("masked" in name.lower() for name in names)
    assert not any("next" in name.lower() for name in names)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_an_unknown_model_gets_a_sentence(watched: Watched) -> None:
    watched.open()
    page = watched.page
    page.locator("#lane-masked .pick").click()
    page.locator("dialog .another input").fill("no-such-model")
    page.locator("dialog .another button").click()
    expect(page.locator("dialog .another p")).to_contain_text("no-such-model")


@pytest.mark.parametrize("header", ["Origin", "Host"])
def test_another_site_may_not_call(address: str, header: str) -> None:
    """Neither from its own page nor under a name of its own that leads here."""
    other = {"Origin": "https://elsewhere.example", "Host": "elsewhere.example"}[header]
    request = urllib.request.Request(
        f"{address}/gradio_api/component_server",
        data=b"{}",
        headers={header: other, "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403


@pytest.mark.parametrize("language", ["en", "fr"])
def test_fits_a_telephone(watched: Watched, language: str) -> None:
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 844})
    watched.open(f"?lang={language}")
    expect(page.locator("#lane-next .token").first).to_be_visible(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
