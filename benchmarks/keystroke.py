"""From a key pressed to the lanes redrawn, beyond what the models' own forward passes take."""

from __future__ import annotations

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks._app import app, await_answer, chromium, visit
from benchmarks._timing import Effort, spread
from lab.prompts import MASK_WORD
from lab.session import Ask, Session, check

BASE = "The old king lived in a great castle by the sea."
TYPED = " And every evening he walked along the shore, where the ships came home,"
HIDDEN = "king"
LANES = ("masked", "next", "denoise")
PAUSES = (0.1, 0.3)
"""Seconds between two keys, drawn uniformly: 40 to 120 words a minute.

A key never comes before every lane has drawn the one before it: a faster hand
would have some of its keys overtaken, and those that remain would be a choice.
"""
REPEATS = 3

# The key's own time stamp starts the clock; a task after the next frame stops it, when the
# browser has painted what the lane drew.
WATCH = """
window.bench = {keys: [], drawn: []};
addEventListener('input', (e) => bench.keys.push(e.timeStamp), true);
addEventListener('pretext:drawn', (e) => {
  const now = performance.now(), since = now - e.detail.ms, lane = e.detail.lane;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () =>
      bench.drawn.push({lane, since, dom: now, painted: performance.now()});
    channel.port2.postMessage(0);
  });
});
"""

# Every lane has drawn what the last of n keys asked for.
FOLLOWED = """(n) => bench.keys.length >= n && ['masked', 'next', 'denoise'].every((lane) =>
  bench.drawn.some((d) => d.lane === lane && d.since >= bench.keys[n - 1]))"""


def measure(session: Session, models: dict[str, str], effort: Effort) -> dict[str, Any]:
    """Milliseconds, over keystrokes at a person's pace with all three lanes following.

    `beyond_ms` is the time until the last lane is painted less the bare forward
    passes of the models that were asked (masked and next; the denoising lane
    shows its noise without asking one), each timed alone on the same text.
    The lab's own pass may cost less than a bare one, for the next lane reads on
    from what it has read; `painted_ms` is the time with nothing taken off.
    """
    with chromium() as browser, app() as address:
        await_answer(address)
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-GB")
        page.add_init_script(WATCH)
        visit(page, address)
        _hide(page)
        texts = _type(page, effort.keystrokes)
        raw = page.evaluate("window.bench")
    bare = _forwards(session, models, texts)
    keystrokes = _by_key(raw, len(texts))
    painted: list[float] = []
    whole: list[float] = []
    dom: list[float] = []
    lanes: dict[str, list[float]] = {lane: [] for lane in LANES}
    for text, drawn in zip(texts, keystrokes, strict=True):
        for lane, one in drawn.items():
            lanes[lane].append(one["painted"] - bare[text].get(lane, 0.0))
        if len(drawn) == len(LANES):
            passes = sum(bare[text].values())
            painted.append(max(one["painted"] for one in drawn.values()))
            whole.append(painted[-1] - passes)
            dom.append(max(one["dom"] for one in drawn.values()) - passes)
    return {
        "models": models,
        "painted_ms": spread(painted),
        "beyond_ms": spread(whole),
        "beyond_until_dom_ms": spread(dom),
        "lane_beyond_own_forward_ms": {lane: spread(times) for lane, times in lanes.items()},
        "bare_forward_ms": {
            lane: statistics.median(bare[text][lane] for text in texts)
            for lane in ("masked", "next")
        },
        "keystrokes": len(texts),
        "followed_by_every_lane": len(whole),
    }


def _hide(page: Any) -> None:
    """The sentence, one word of it hidden in the masked lane, and the models in memory."""
    page.fill("#sentence", BASE)
    page.wait_for_selector("#lane-masked .token", timeout=120_000)
    _quiet(page)
    if not page.query_selector("#lane-masked .token.masked"):
        page.click(f"#lane-masked .token:has-text('{HIDDEN}')")
        _quiet(page)
    if len(page.query_selector_all("#lane-masked .token.masked")) != 1:
        raise RuntimeError("one word, and one alone, must be hidden before the typing begins")


def _quiet(page: Any) -> None:
    """Return once nothing has been drawn for two seconds."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 2:
        count = page.evaluate("bench.drawn.length")
        busy = page.evaluate("document.querySelectorAll('.said:not(:empty)').length")
        if count != seen or busy:
            seen, since = count, time.monotonic()
        page.wait_for_timeout(100)


def _type(page: Any, count: int) -> list[str]:
    """Press keys at a person's pace, a dozen to warm up; the text after each counted one."""
    page.focus("#sentence")
    page.keyboard.press("End")
    draw = random.Random(0)
    for key in TYPED[:12]:
        page.keyboard.press(key)
        page.wait_for_timeout(1000 * draw.uniform(*PAUSES))
    _quiet(page)
    page.evaluate("bench.keys.length = 0, bench.drawn.length = 0")
    text = BASE + TYPED[:12]
    texts: list[str] = []
    keys = (TYPED[12:] * (1 + count // len(TYPED)))[:count]
    for key in keys:
        began = time.monotonic()
        page.keyboard.press(key)
        page.wait_for_function(FOLLOWED, arg=len(texts) + 1, polling=10, timeout=60_000)
        text += key
        texts.append(text)
        pause = draw.uniform(*PAUSES) - (time.monotonic() - began)
        page.wait_for_timeout(max(1.0, 1000 * pause))
    _quiet(page)
    return texts


def _by_key(raw: Any, count: int) -> list[dict[str, dict[str, float]]]:
    """For each key, by lane, the milliseconds until its drawing; without a lane that skipped it."""
    keys = raw["keys"]
    assert len(keys) == count, "every key that was pressed reached the page"
    found: list[dict[str, dict[str, float]]] = [{} for _ in keys]
    for event in raw["drawn"]:
        i = sum(key <= event["since"] for key in keys) - 1
        if i >= 0:
            times = {name: event[name] - keys[i] for name in ("dom", "painted")}
            found[i].setdefault(event["lane"], times)
    return found


def _forwards(
    session: Session, models: dict[str, str], texts: list[str]
) -> dict[str, dict[str, float]]:
    """Milliseconds of one bare forward pass on each text, by lane: the median of a few.

    All in one thread beside the main one, as a server's are, and warmed up.
    """
    passes: dict[str, dict[str, float]] = {text: {} for text in texts}
    with ThreadPoolExecutor(1) as worker:
        for lane in ("masked", "next"):
            times = worker.submit(_passes, session, lane, models[lane], texts).result()
            for text, taken in zip(texts, times, strict=True):
                passes[text][lane] = taken
    return passes


def _passes(session: Session, lane: str, name: str, texts: list[str]) -> list[float]:
    import torch

    kind, _ = check(Ask(model=name, objective=lane, prompt={"text": BASE}))
    model = session.pool.get(name, "fp32", None, kind)
    tokenizer, module = model.vocabulary.tokenizer, model.module
    more = {"use_cache": False} if lane == "next" else {}
    found = []
    for text in (texts[0], *texts):
        hidden = text.replace(HIDDEN, tokenizer.mask_token or MASK_WORD)
        given = tokenizer(hidden if lane == "masked" else text, return_tensors="pt")
        ids = given["input_ids"].to(model.device)
        times = []
        with torch.inference_mode():
            for _ in range(REPEATS):
                began = time.perf_counter()
                module(input_ids=ids, **more)
                times.append(1000 * (time.perf_counter() - began))
        found.append(statistics.median(times))
    return found[1:]
