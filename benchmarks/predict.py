"""The Predict page and its predictions, side by side with what one would use instead.

`pretext-lab bench predict --json` runs all of it in one go; `--markdown` prints
the table of docs/benchmarks.md. Figures drift with what else the machine does:
the load is told beside them, and the ratios are taken between runs that alternate.
"""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable
from typing import Any

from benchmarks import generation, keystroke, picture, start
from benchmarks._timing import Effort
from lab.doctor import accelerators, libraries
from lab.session import Session
from lab.types import LabError

PREFERRED = {
    "masked": ("tiny-masked-en", "scratch-masked"),
    "next": ("smollm2-135m", "tiny-next-en"),
    "image": ("tiny-image", "scratch-image"),
}
"""What the page offers first, in this order, of what is ready."""


def run(model: str, quick: bool, told: Callable[[str], object]) -> dict[str, Any]:
    """Every figure. `model`: the next-token one, or "" for the page's own choice."""
    session, effort = Session(), Effort.of(quick)
    models = chosen(session, model)
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    figures: dict[str, Any] = {}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "start": lambda: start.measure(effort),
        "keystroke": lambda: keystroke.measure(session, models, effort),
        "generation": lambda: generation.measure(session, models["next"], effort),
        "picture": lambda: picture.measure(session, models["image"], effort),
    }
    for name, work in parts.items():
        told(f"{name}…")
        figures[name] = work()
    return report("predict", quick, load, figures, aims(figures))


def report(
    name: str,
    quick: bool,
    load: tuple[float, ...],
    figures: dict[str, Any],
    aims: list[dict[str, Any]],
) -> dict[str, Any]:
    """What a benchmark prints: its figures and aims, with what they were taken on."""
    return {
        "benchmark": name,
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": machine(load),
        "versions": dict(libraries()),
        "figures": figures,
        "aims": aims,
    }


def head(said: dict[str, Any]) -> list[str]:
    """When and where the figures were taken, and the aims as a table."""
    machine = said["machine"]
    lines = [
        f"{said['when']} · {machine['processor']}, {machine['cores']} cores, "
        f"{', '.join(machine['accelerators']) or 'no graphics card'} · torch "
        f"{said['versions'].get('torch', '?')} · load before "
        f"{', '.join(f'{x:.1f}' for x in machine['load_before'])}",
        "",
        "| what | measured | aim | met |",
        "| --- | ---: | ---: | :---: |",
    ]
    for aim in said["aims"]:
        limit = f"≤ {aim['at_most']}" if "at_most" in aim else f"≥ {aim['at_least']}"
        met = "yes" if aim["met"] else "no"
        lines.append(f"| {aim['what']} | {aim['value']:.2f} | {limit} | {met} |")
    return [*lines, ""]


def chosen(session: Session, model: str) -> dict[str, str]:
    """The models to time: those the page itself would choose. Raises as an unknown model does."""
    ready = {entry.id for entry in session.models() if entry.ready}
    models = {
        lane: next((name for name in names if name in ready), names[-1])
        for lane, names in PREFERRED.items()
    }
    if model:
        entry = session.catalogue.entry(model)
        if entry.why is not None:
            raise entry.why
        models["next"] = model
    if session.catalogue.locate(models["next"]) is None:
        raise LabError("nothing_to_time", model=models["next"])
    return models


def machine(load: tuple[float, ...]) -> dict[str, Any]:
    """What this ran on. `load`: processes that wanted to compute just before (1, 5, 15 minutes)."""
    import psutil

    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "accelerators": [card.name for card in accelerators()],
        "python": platform.python_version(),
        "load_before": list(load),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        return names[0] if names else platform.processor()
    except OSError:
        return platform.processor()


def aims(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Each aim beside its figure. `at_most` or `at_least` says which way it is meant."""
    beyond = figures["keystroke"]["beyond_ms"]
    wished = (
        ("keystroke to painted, beyond the forward passes, median ms", beyond["median"], "<", 40),
        ("keystroke to painted, beyond the forward passes, p95 ms", beyond["p95"], "<", 80),
        ("tokens a second over generate's", figures["generation"]["ratio"], ">", 0.9),
        ("pictures a second over the pipeline's", figures["picture"]["ratio"], ">", 0.95),
        ("start to HTTP 200, s", figures["start"]["http_200_s"]["median"], "<", 4),
        ("start to interactive, s", figures["start"]["interactive_s"]["median"], "<", 4),
    )
    return [
        {
            "what": what,
            "value": value,
            "at_most" if way == "<" else "at_least": aim,
            "met": value <= aim if way == "<" else value >= aim,
        }
        for what, value, way, aim in wished
    ]


def markdown(said: dict[str, Any]) -> str:
    """The figures as the table of docs/benchmarks.md."""
    machine, figures = said["machine"], said["figures"]
    bare, beyond = figures["keystroke"]["bare_forward_ms"], figures["keystroke"]
    accelerator = ", ".join(machine["accelerators"]) or "no graphics card"
    lines = [
        f"{said['when']} · {machine['processor']}, {machine['cores']} cores, {accelerator} · "
        f"Python {machine['python']}, torch {said['versions'].get('torch', '?')} · "
        f"load before {', '.join(f'{x:.1f}' for x in machine['load_before'])}",
        "",
        "| what | measured | aim | met |",
        "| --- | ---: | ---: | :---: |",
    ]
    for aim in said["aims"]:
        limit = f"≤ {aim['at_most']}" if "at_most" in aim else f"≥ {aim['at_least']}"
        lines.append(
            f"| {aim['what']} | {aim['value']:.2f} | {limit} | {'yes' if aim['met'] else 'no'} |"
        )
    generation, drawn = figures["generation"], figures["picture"]
    lanes = beyond["lane_beyond_own_forward_ms"]
    lines += [
        "",
        f"- Bare forward passes: masked ({beyond['models']['masked']}) {bare['masked']:.1f} ms, "
        f"next token ({beyond['models']['next']}) {bare['next']:.1f} ms, median over "
        f"{beyond['keystrokes']} keystrokes; {beyond['followed_by_every_lane']} of them were "
        "followed by every lane, the others overtaken by the next key.",
        "- Keystroke to painted with nothing taken off, median / p95 ms: "
        f"{beyond['painted_ms']['median']:.0f} / {beyond['painted_ms']['p95']:.0f}.",
        "- Each lane beyond its own forward pass, median / p95 ms: "
        + ", ".join(f"{n} {x['median']:.0f} / {x['p95']:.0f}" for n, x in lanes.items())
        + ".",
        f"- Writing {generation['tokens']} tokens with {generation['model']} at "
        f"{generation['precision']}: {generation['ours_tokens_per_s']:.1f} tokens/s with every "
        f"picture, {generation['generate_tokens_per_s']:.1f} with `generate`; "
        f"{'the same text' if generation['same_text'] else 'NOT the same text'}.",
        f"- One picture of {drawn['model']}, {drawn['scheduler'].upper()}, {drawn['steps']} "
        f"steps: {drawn['ours_s']:.2f} s with every step, {drawn['pipeline_s']:.2f} s with the "
        "pipeline.",
        f"- Starts: HTTP 200 p95 {figures['start']['http_200_s']['p95']:.2f} s, interactive p95 "
        f"{figures['start']['interactive_s']['p95']:.2f} s over {figures['start']['starts']}.",
    ]
    return "\n".join(lines)
