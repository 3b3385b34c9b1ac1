"""What tests of the Fine-tune page do alike: open it with small settings, drop, read, teach."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.drive import Watched

TINY = {
    "preset": "quick",
    "changes": {
        **{"base": "tiny-next-en", "steps": 4, "rows": 2, "weights": "fp32"},
        **{"data.length": 64, "lora.rank": 2, "checkpoint_every": 2, "measure_every": 2},
    },
}
LONG = 90_000
"""Milliseconds: a worker imports torch first, and runs take turns."""
DROP = """async ([selector, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  const place = document.querySelector(selector);
  for (const type of ['dragover', 'drop']) {
    const how = { dataTransfer: data, bubbles: true, cancelable: true };
    place.dispatchEvent(new DragEvent(type, how));
  }
}"""

DROP_PICTURES = """async ([selector, many]) => {
  const data = new DataTransfer();
  for (let i = 0; i < many; i += 1) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 48, height: 40 });
    const pen = canvas.getContext('2d');
    pen.fillStyle = `hsl(${40 * i} 80% ${30 + 5 * i}%)`;
    pen.fillRect(0, 0, 48, 40);
    pen.fillStyle = `hsl(${40 * i + 180} 70% 50%)`;
    pen.fillRect(6 + 2 * i, 5, 20, 24);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    data.items.add(new File([blob], `picture-${i}.png`));
  }
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  document.querySelector(selector).dispatchEvent(new DragEvent('drop', how));
}"""


def rules(word: str) -> str:
    return "\n\n".join(
        f"Rule {n} of the {word}. Members of room {3 * n} bring {n} chairs, and the keeper of the "
        f"{word} counts them <b>before</b> the bell has rung {n + 2} times."
        for n in range(1, 30)
    )


def opened(watched: Watched, settings: dict[str, Any] | None = None, query: str = "") -> Any:
    """The page, with tiny settings instead of those it begins with."""
    return watched.with_settings("finetune", settings or TINY, query)


def read(page: Any) -> Any:
    """The table of documents, once they have been read."""
    table = page.locator("table.papers")
    expect(table).to_be_visible(timeout=LONG)
    return table


def taught(page: Any) -> Any:
    """The card of a run that is begun here and now: none that any test before has made."""
    rows = page.locator(".row").evaluate_all("rows => rows.map((row) => row.dataset.run)")
    page.get_by_role("button", name="Teach it").click()
    card = page.locator(".grow" + "".join(f":not([data-run='{name}'])" for name in rows))
    expect(card).to_have_count(1, timeout=LONG)
    return card


def with_a_run(page: Any) -> Any:
    """A finished run of one's own in the list; made when no test before has made one."""
    row = page.locator(".row:not(.recorded)", has_text="finished").last
    page.wait_for_timeout(500)
    if not row.count():
        read(page)
        expect(taught(page)).to_contain_text("finished", timeout=2 * LONG)
    return row
