"""States of the page to be photographed: what a visitor does, and what then stands there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.browser.drive import ROOT
from tests.browser.holiday import holiday

QUARTER = 900_000
"""Milliseconds: a quarter of an hour."""
State = Callable[[Any], None]


def as_it_opens(page: Any) -> None:
    page.wait_for_selector("#lane-next .bars")


def hide_words(page: Any) -> None:
    tokens = page.locator("#lane-masked .token")
    tokens.nth(min(7, tokens.count() - 2)).click()
    page.wait_for_selector("#lane-masked .bars")
    tokens.nth(min(5, tokens.count() - 3)).click()
    page.wait_for_function("document.querySelectorAll('#lane-masked .bars').length === 3")


def surprise(page: Any) -> None:
    page.locator("#lane-masked .segments button").nth(1).click()
    page.wait_for_selector("#lane-masked .token.heat")


def write_and_branch(page: Any) -> None:
    page.locator("#lane-next .button.go").click()
    page.wait_for_function("document.querySelectorAll('#lane-next .token.predicted').length > 12")
    page.locator("#lane-next .button.go").click()
    for place, bar in ((4, 1), (2, 2)):
        page.locator("#lane-next .token.predicted").nth(place).hover()
        page.locator("#lane-next .side button.bar").nth(bar).click()
        page.locator("#lane-next .controls .button").nth(1).click()
        page.wait_for_timeout(600)


def look_inside(page: Any) -> None:
    for panel in page.locator(".sees summary").all():
        panel.click()


def denoise_words(page: Any) -> None:
    page.locator("#lane-denoise .button.go").click()
    page.wait_for_timeout(2200)


def denoise_pieces(page: Any) -> None:
    page.locator("#lane-denoise .segments").first.locator("button").nth(1).click()
    page.wait_for_selector("#lane-denoise .token")
    denoise_words(page)


def denoise_picture(page: Any) -> None:
    page.locator("#lane-denoise .segments").first.locator("button").nth(2).click()
    page.wait_for_selector("#lane-denoise .stage img")
    page.locator("#lane-denoise .button.go").click()
    page.wait_for_timeout(3500)


def choose_model(page: Any) -> None:
    page.locator("#lane-next .pick").click()
    page.wait_for_selector("dialog[open]")


def everything(page: Any) -> None:
    write_and_branch(page)
    denoise_picture(page)


def pretrain(page: Any) -> None:
    page.locator("nav a").nth(1).click()
    page.wait_for_selector(".great")
    page.wait_for_selector(".figures dl")


def grown(page: Any) -> None:
    pretrain(page)
    page.wait_for_selector(".grow .token.predicted")


def set_up(page: Any) -> None:
    pretrain(page)
    for line in page.locator(".raise .quiet > summary").all():
        line.click()
    page.locator(".card").nth(1).click()


def losses(page: Any) -> None:
    grown(page)
    page.locator("[data-key=scrub]").fill("2")
    page.locator(".curves .segments button").nth(1).click()
    page.locator(".rows .menu .chip").first.click()
    page.locator(".rows .menu > div button").first.click()
    page.wait_for_selector(".cutting .token")


TRAINED: dict[str, State] = {
    "pretrain": grown,
    "pretrain-setup": set_up,
    "pretrain-losses": losses,
}
"""States that show runs: of an app with a home of its own, where four small ones were trained."""


def finetune(page: Any) -> None:
    page.locator("nav a").nth(2).click()
    page.wait_for_selector("[data-key=documents-example]")
    page.locator("[data-key=preset-quick]").click()
    page.locator("[data-key=documents-example]").click()
    rows_read(page)
    page.wait_for_selector(".verdict .quarters")


def rows_read(page: Any) -> None:
    page.wait_for_selector("table.papers", timeout=60_000)
    page.wait_for_selector(".packed .rowof:visible", timeout=60_000)
    page.wait_for_selector(".mem", timeout=60_000)


def documents_of_all_kinds(page: Any) -> None:
    """A good one, its copy, one in the other language, a broken one, one nobody reads."""
    page.locator("nav a").nth(2).click()
    page.wait_for_selector("[data-key=documents-documents]")
    page.locator("[data-key=preset-quick]").click()
    english, french = (ROOT / "assets" / "finetune" / name for name in ("en", "fr"))
    texts = [("statutes", english / "statutes.md"), ("histoire", french / "histoire.md")]
    made = [(f"{name}.md", path.read_bytes()) for name, path in texts]
    made += [(f"{path.stem}.txt", path.read_bytes()) for path in sorted(english.glob("[al]*.md"))]
    made += [("old-statutes.md", made[0][1] + b"\n"), ("scan.pdf", b"%PDF-1.4"), ("a.exe", b"MZ")]
    files = [{"name": n, "mimeType": "text/plain", "buffer": raw} for n, raw in made]
    page.locator(".documents input[type=file][accept]").set_input_files(files)
    rows_read(page)
    page.locator(".left summary").first.click()


def taught_otherwise(page: Any) -> None:
    finetune(page)
    page.locator("[data-key=part-objective]").click()
    page.locator("[data-key=objective-masked]").click()
    page.locator("[data-key=part-advanced]").click()
    page.locator("[data-key=part-asked]").click()
    page.locator("[data-key=curves-forgets]").click()
    page.wait_for_selector(".packed.masked .cell.hidden", timeout=60_000)


def pictures(page: Any) -> None:
    """One's own pictures dropped, a copy and a film among them, and a run of such, judged."""
    page.locator("nav a").nth(2).click()
    page.locator("[data-key=kind-pictures]").click()
    files = [{"name": n, "mimeType": "image/png", "buffer": raw} for n, raw in holiday().items()]
    files += [{"name": "copy.png", "mimeType": "image/png", "buffer": files[0]["buffer"]}]
    files += [{"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"x"}]
    files += [{"name": "torn.png", "mimeType": "image/png", "buffer": files[0]["buffer"][:200]}]
    page.locator(".documents input[type=file][accept]").set_input_files(files)
    page.wait_for_selector(".gallery img", timeout=60_000)
    page.wait_for_selector(".mem", timeout=60_000)
    page.wait_for_selector(".verdict .quarters")
    page.wait_for_selector(".grow .sheet")


PAINTED: dict[str, State] = {"finetune-pictures": pictures}
"""States of an app in whose home the bundled picture model was taught some pictures, and judged."""


def beside(page: Any) -> None:
    """The tuned model where predictions are made, its base beside it, both writing on."""
    page.locator("nav a").nth(2).click()
    page.wait_for_selector("[data-key=use]")
    page.locator("[data-key=use]").first.click()
    page.wait_for_selector("#lane-next .menu.on")
    page.locator("#sentence").fill("A member of the Lanternfolk pays a yearly fee of")
    page.wait_for_selector("#lane-next .bars.second")
    page.locator("#lane-next .button.go").click()
    page.wait_for_function("document.querySelectorAll('#lane-next .token.predicted').length > 40")
    page.locator("#lane-next .button.go").click()


def examined(page: Any) -> None:
    """Three models under the same pairs, and one that cannot be asked."""
    page.locator("nav a", has_text="Exam").click()
    page.wait_for_selector("[data-key=put]", timeout=90_000)
    page.locator("[data-key=model-scratch-next]").click()
    page.locator("[data-key=put]").click()
    page.wait_for_selector(".findings")
    page.wait_for_selector("[data-key=put]", timeout=90_000)


def lessons(page: Any) -> None:
    page.locator("nav a").last.click()
    page.wait_for_selector(".lesson-card")


def lesson(page: Any) -> None:
    """One read to its end, each question answered by its second option."""
    lessons(page)
    page.locator("[data-key=lesson-foundation-race]").click()
    page.wait_for_selector(".guess")
    while True:
        page.wait_for_selector("[data-key^=reveal-], .lesson .not-shown", timeout=90_000)
        if page.locator(".lesson .not-shown").count():
            return
        left = page.locator("[data-key^=reveal-]").first
        page.locator(".guess").last.locator(".belief .plain").nth(1).click()
        key = left.get_attribute("data-key")
        left.click()
        page.wait_for_selector(f"[data-key={key}]", state="detached", timeout=90_000)


def question(page: Any) -> None:
    """The first answered, and what turned out below it; the second still to be answered."""
    lessons(page)
    page.locator("[data-key=lesson-foundation-race]").click()
    page.locator("[data-key=belief-0]").first.fill("55")
    page.locator("[data-key^=reveal-]").first.click()
    page.wait_for_selector(".exhibit", timeout=90_000)


TUNED: dict[str, State] = {
    "examine": examined,
    "beside": beside,
    "finetune": finetune,
    "finetune-documents": documents_of_all_kinds,
    "finetune-masked": taught_otherwise,
}
"""States of an app in whose home a small model was taught the lab's own example, and judged."""

STATES: dict[str, State] = {
    "open": as_it_opens,
    "hidden": hide_words,
    "surprise": surprise,
    "branches": write_and_branch,
    "sees": look_inside,
    "words": denoise_words,
    "pieces": denoise_pieces,
    "picture": denoise_picture,
    "models": choose_model,
    "everything": everything,
    "learn": lessons,
    "learn-question": question,
    "learn-read": lesson,
}


def raise_the_family(page: Any) -> None:
    pretrain(page)
    began = time.monotonic()
    page.locator(".great").click()
    page.wait_for_function("document.querySelectorAll('.grow').length === 4", timeout=QUARTER)
    page.wait_for_selector(".grow .token.predicted", timeout=QUARTER)
    print(f"first words after {time.monotonic() - began:.0f} s")
    done = "document.querySelectorAll('.grow [data-state=finished]').length === 4"
    page.wait_for_function(done, timeout=QUARTER)
    print(f"the family raised after {time.monotonic() - began:.0f} s")
