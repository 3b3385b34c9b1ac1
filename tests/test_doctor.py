"""The doctor: what it finds is so, and each finding has advice that says what to do."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from lab import doctor
from lab.cli import main
from lab.doctor import Accelerator, Advice, Examination, Trial, attempt, examine, judge
from lab.texts import LANGUAGES, say

HEALTHY = Examination(
    system="Linux",
    python="3.11.7",
    cores=8,
    memory=64 * 10**9,
    memory_free=32 * 10**9,
    home="/home/someone/.cache/pretext-lab",
    disk_free=100 * 10**9,
    offline="not asked",
    accelerators=(Accelerator("cuda:0", "A card", 24 * 10**9),),
    bf16=True,
    libraries=(),
    quantised=(Trial("cpu", "nf4", True, 0.09, 0.1),),
    advice=(),
)


def advised(found: Examination, driver: str = "A card") -> list[Advice]:
    return list(judge(found, driver))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Examination:
    return examine(tmp_path_factory.mktemp("home") / "not" / "yet")


def test_an_examination_tells_what_is_here(found: Examination) -> None:
    import psutil
    import torch

    assert found.memory == psutil.virtual_memory().total
    assert 0 < found.memory_free <= found.memory
    assert found.disk_free > 0
    assert dict(found.libraries)["torch"] == torch.__version__
    assert len(found.accelerators) == torch.cuda.device_count() or found.accelerators


@pytest.mark.parametrize("precision", ["int8", "nf4"])
def test_quantised_layers_are_really_run_on_the_cpu(
    found: Examination, precision: doctor.Quantised
) -> None:
    trial = next(t for t in found.quantised if (t.device, t.precision) == ("cpu", precision))
    assert trial.works, trial.why
    assert trial.error is not None
    # Quantising always costs something: an error of nothing would mean it was not done.
    assert 0 < trial.error < doctor.TOLERANCE[precision]


def test_a_device_that_is_not_there_fails_and_says_why() -> None:
    trial = attempt("cuda:63", "nf4")
    assert not trial.works
    assert trial.error is None
    assert trial.why


def test_a_layer_that_computes_something_else_does_not_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "_deviation", lambda *_: 0.9)
    trial = attempt("cpu", "nf4")
    assert not trial.works
    assert trial.error == 0.9


def test_a_healthy_machine_gets_no_advice() -> None:
    assert advised(HEALTHY) == []


@pytest.mark.parametrize(
    ("change", "driver", "key"),
    [
        ({"memory_free": 10**9}, "A card", "little_memory"),
        ({"disk_free": 10**9}, "A card", "little_disk"),
        ({"accelerators": ()}, "A card", "torch_without_cuda"),
        ({"accelerators": ()}, "", "no_accelerator"),
        ({"offline": "asked"}, "A card", "offline"),
        (
            {"quantised": (Trial("cuda:0", "nf4", False, None, 0.1, "no kernel"),)},
            "A card",
            "quantised_fails",
        ),
        ({"libraries": (("torch", "1.0"),)}, "A card", "library"),
        ({"libraries": (("torch", ""),)}, "A card", "library"),
    ],
)
def test_each_finding_has_its_advice(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], driver: str, key: str
) -> None:
    monkeypatch.setattr(doctor, "_required", lambda: {"torch": ">=2.9"})
    advice = advised(dataclasses.replace(HEALTHY, **change), driver)  # type: ignore[arg-type]
    assert [one.key for one in advice] == [key]
    for language in LANGUAGES:
        said = say(language, f"doctor.{key}", **dict(advice[0].facts))
        assert "{" not in said
        assert not said.startswith("doctor.")


def test_offline_is_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "trials", lambda: ())
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert examine(tmp_path).offline == "asked"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert examine(tmp_path).offline == "not asked"


@pytest.mark.usefixtures("english", "home")
def test_the_command_prints_it_both_ways(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda home: dataclasses.replace(HEALTHY, home=home))
    main(["doctor"])
    shown = capsys.readouterr().out
    assert "A card" in shown
    assert "nf4" in shown
    assert "16 bits and single precision" in shown
    monkeypatch.setattr(doctor, "examine", lambda home: dataclasses.replace(HEALTHY, bf16=False))
    main(["doctor"])
    assert "imitated" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "examine", lambda home: HEALTHY)
    main(["doctor", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["accelerators"] == [{"device": "cuda:0", "name": "A card", "memory": 24 * 10**9}]
    assert said["quantised"][0]["works"] is True


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["int8", "nf4"])
def test_quantised_layers_run_on_the_card(precision: doctor.Quantised) -> None:
    trial = attempt("cuda:0", precision)
    assert trial.works, trial.why
