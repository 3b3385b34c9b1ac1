"""The Fine-tune page: documents dropped, read and taught to a model, which is then judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched
from tests.browser.finetuning import (
    DROP,
    DROP_PICTURES,
    LONG,
    TINY,
    opened,
    read,
    rules,
    taught,
    with_a_run,
)

HOSTILE = "<img src=x onerror=alert(1)>.txt"


def test_from_drop_to_verdict(watched: Watched) -> None:
    page = opened(watched)
    files = [[HOSTILE, rules("rope works")], ["lamps.md", "# Lamps\n\n" + rules("lamp store")]]
    expect(page.locator(".documents .drop")).to_be_visible()
    page.evaluate(DROP, [".documents .drop", files])
    table = read(page)
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table).to_contain_text(HOSTILE)
    expect(table.locator("tbody tr").first).to_contain_text("English")
    expect(page.locator(".sum")).to_contain_text("tokens to learn from")

    rows = page.locator(".packed .rowof")
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.first.locator(".cell.loss").first).to_be_visible()
    expect(page.locator(".packed")).to_contain_text("carry loss")
    words = rows.first.inner_text()
    page.get_by_role("button", name="Later rows").click()
    expect(rows.first).not_to_have_text(words)
    expect(page.locator(".pager output")).to_contain_text("rows 3 to 4")

    card = taught(page)
    expect(page.locator(".mem")).to_have_count(2, timeout=LONG)
    expect(card).to_contain_text("finished · step 4 of 4", timeout=LONG)
    expect(card.locator(".lines h4")).to_have_text(["before, its base", "after step 4"])
    expect(card.locator(".notices")).to_contain_text("did best on what was held out")

    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("Not judged yet")
    expect(verdict.locator("code").last).to_contain_text("--set steps=4")
    expect(verdict.locator("code").first).to_contain_text("adapter")
    page.get_by_role("button", name="judge it now").click()
    expect(verdict.locator(".quarters > div")).to_have_count(4, timeout=2 * LONG)
    expect(verdict.locator(".reasons li").first).to_be_visible()
    expect(verdict).to_contain_text("bits a byte (exact)")
    expect(page.get_by_role("button", name="judge it again")).to_be_enabled()

    page.get_by_role("button", name="forgetting").click()
    titles = page.locator(".chart figcaption b")
    expect(titles).to_have_text(["General text, English", "General text, French"])
    watched.open("?tab=finetune&lang=fr")
    expect(page.locator(".verdict .quarters")).to_contain_text("par cœur", timeout=LONG)
    assert page.locator("table.papers").count() or read(page)


@pytest.mark.slow
def test_pictures_from_drop_to_verdict(watched: Watched) -> None:
    page = opened(watched)
    expect(page.locator(".documents .drop")).to_be_visible()
    page.evaluate(DROP_PICTURES, [".documents .drop", 9])
    gallery = page.locator(".gallery li")
    expect(gallery).to_have_count(9, timeout=LONG)
    expect(page.get_by_role("button", name="pictures", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".gallery li.held")).to_have_count(3)
    expect(page.locator(".sum")).to_contain_text("6 to learn from, 3 held out")
    expect(page.locator(".packed")).to_be_hidden()
    expect(page.locator(".basis .pick")).to_contain_text("Tiny · pictures")
    page.locator("summary", has_text="Advanced").click()
    expect(page.locator(".knob", has_text="mirror them")).to_be_visible()
    page.evaluate(
        """() => { const kept = JSON.parse(localStorage.getItem('pretext.finetune'));
        kept.changes = { steps: 1, rows: 2, 'lora.rank': 2, measure_every: 2 };
        localStorage.setItem('pretext.finetune', JSON.stringify(kept)); }"""
    )
    watched.open("?tab=finetune")
    expect(gallery).to_have_count(9, timeout=LONG)
    card = taught(page)
    expect(page.locator(".mem")).to_have_count(2, timeout=LONG)
    expect(card).to_contain_text("finished · step 1 of 1", timeout=2 * LONG)
    expect(card.locator(".lines h4")).to_have_text(["before, its base", "after step 1"])
    expect(card.locator("img.sheet")).to_have_count(2)
    page.get_by_role("button", name="judge it now").click()
    verdict = page.locator(".verdict")
    expect(verdict.locator(".quarters > div")).to_have_count(4, timeout=4 * LONG)
    expect(verdict).to_contain_text("on held-out pictures")
    expect(verdict.locator(".pairof img")).to_be_visible()
    card.get_by_role("button", name="try it in Predict").click()
    expect(page.locator("#lane-denoise .stage img").first).to_be_visible(timeout=LONG)


def test_what_cannot_be_read_is_said_and_the_rest_is_read(watched: Watched, tmp_path: Path) -> None:
    page = opened(watched)
    (tmp_path / "rules.txt").write_text(rules("boats"), "utf-8")
    (tmp_path / "copy.txt").write_text(rules("boats") + "\n", "utf-8")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4 not really")
    (tmp_path / "virus.exe").write_bytes(b"MZ")
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    page.locator(".documents input[type=file][accept]").set_input_files(files)
    table = read(page)
    expect(page.locator(".documents .said")).to_contain_text("virus.exe", timeout=LONG)
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(table.locator("tr.bad")).to_contain_text("scan.pdf is damaged")
    expect(table).to_contain_text("a copy, left out")
    page.get_by_role("button", name="Leave out: scan.pdf").click()
    expect(table.locator("tr.bad")).to_have_count(0, timeout=LONG)


def test_a_folder_is_chosen_and_its_files_keep_their_place(
    watched: Watched, tmp_path: Path
) -> None:
    for name in ("notes/one.txt", "two.txt", ".hidden/three.txt"):
        (tmp_path / "Fees" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "Fees" / name).write_text(rules(name), "utf-8")
    page = opened(watched)
    button = page.get_by_role("button", name="choose a folder")
    expect(page.locator(".basis .pick")).to_contain_text("Tiny", timeout=LONG)
    with page.expect_file_chooser() as chosen:
        button.press("Enter")
    chosen.value.set_files(tmp_path / "Fees")
    expect(page.locator(".givens li")).to_have_count(2)
    expect(page.locator(".givens")).to_contain_text("Fees/notes/one.txt")
    expect(page.locator(".givens")).to_contain_text("Fees/two.txt")


ROOM = """async () => {
  const { makeRoom } = await import('/lab/js/train/room.js');
  localStorage.setItem('pretext.other', JSON.stringify([{ path: 'document:' + 'a'.repeat(64) }]));
  const asked = [];
  const answer = (name) => async ({ names }) => {
    asked.push([name, ...names]);
    return { count: 3, bytes: 9e6 };
  };
  const call = { unused: answer('unused'), clear: answer('clear') };
  const root = makeRoom({ call, fail: (error) => { throw error; } });
  document.body.append(root);
  const press = async (key) => {
    root.querySelector(`[data-key=${key}]`).click();
    await new Promise((done) => setTimeout(done));
    return root.querySelector('p').textContent;
  };
  return [await press('find'), asked.length, await press('delete'), asked];
}"""


def test_room_is_made_once_a_person_was_asked(watched: Watched) -> None:
    watched.open("?tab=finetune")
    question, before, said, asked = watched.page.evaluate(ROOM)
    assert "3 documents (9\u202fMB) are used by no training" in question
    assert before == 1
    assert "are deleted" in said
    assert asked == [[name, "document:" + "a" * 64] for name in ("unused", "clear")]


def test_too_little_is_said_and_does_not_break_the_page(watched: Watched) -> None:
    page = opened(watched)
    page.get_by_role("button", name="Teach it").click()
    expect(page.locator(".panel.run > .halves .said.bad")).to_contain_text("no documents yet")
    page.evaluate(DROP, [".documents .drop", [["few.txt", "A few words only."]]])
    expect(page.locator(".documents .said")).to_contain_text("too few", timeout=LONG)
    expect(page.locator("table.papers")).to_contain_text("few.txt")
    expect(page.locator(".packed")).to_be_hidden()


def test_objectives_show_their_own_rows(watched: Watched) -> None:
    page = opened(watched, {**TINY, "source": "example"})
    read(page)
    page.locator("summary", has_text="How it is taught").click()
    page.get_by_role("button", name="Masked token").click()
    expect(page.locator(".packed.masked .cell.hidden").first).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Span denoising").click()
    expect(page.locator(".packed.noise")).to_contain_text("must write back", timeout=LONG)
    expect(page.locator(".packed.noise .cell.loss").first).to_be_visible()


def test_what_does_not_fit_is_offered_to_fit(watched: Watched) -> None:
    huge = {**TINY["changes"], "rows": 4096, "data.length": 2048}
    page = opened(watched, {**TINY, "source": "example", "changes": huge})
    offer = page.locator("[data-key=take]")
    expect(offer).to_contain_text("Make it fit", timeout=LONG)
    expect(page.locator(".figures .said")).to_contain_text("more than is free")
    offer.click()
    expect(page.locator(".figures .fits")).to_be_visible(timeout=LONG)


def test_a_preset_is_a_choice_by_keyboard_that_lasts(watched: Watched) -> None:
    page = opened(watched)
    card = page.get_by_role("button", name="Thorough")
    card.focus()
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("aria-pressed", "true")
    expect(card).to_be_focused()
    page.locator("summary", has_text="Advanced").click()
    expect(page.locator(".groups .knob")).to_have_count(23)
    for choice in page.locator(".groups select").all():
        expect(choice).not_to_have_value("")  # what a preset says is among what can be chosen
    watched.open("?tab=finetune")
    expect(page.get_by_role("button", name="Thorough")).to_have_attribute("aria-pressed", "true")


def test_the_lists_keep_apart_and_a_run_can_be_duplicated(watched: Watched) -> None:
    page = opened(watched, {**TINY, "source": "example"})
    row = with_a_run(page)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="duplicate").click()
    expect(page.get_by_role("button", name="Quick")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".basis .pick")).to_contain_text("Tiny · next token · English")
    name = row.get_attribute("data-run")
    page.get_by_role("link", name="Pre-train").click()
    expect(page.locator("#page-pretrain .row").first).to_be_visible(timeout=LONG)
    expect(page.locator(f"#page-pretrain .row[data-run='{name}']")).to_have_count(0)


def test_a_tuned_model_goes_to_its_lane(watched: Watched) -> None:
    page = opened(watched, {**TINY, "source": "example"})
    with_a_run(page).get_by_role("button", name="try it in Predict").click()
    expect(page.locator("#lane-next .pick")).to_contain_text("-next-", timeout=LONG)
    expect(page.locator("#lane-next .token").first).to_be_visible(timeout=LONG)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_fits_a_telephone(watched: Watched, language: str) -> None:
    watched.page.set_viewport_size({"width": 390, "height": 844})
    page = opened(watched, {**TINY, "source": "example"}, f"&lang={language}")
    read(page)
    for line in page.locator(".panel.run .quiet > summary").all():
        line.click()
    expect(page.locator(".packed .rowof").first).to_be_visible(timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
