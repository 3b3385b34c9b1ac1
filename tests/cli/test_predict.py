"""`pretext-lab predict`: what it prints."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import pytest
from bits_of_commands import SENTENCE, SMALL, predicted, run
from PIL import Image

from lab.texts import texts

pytestmark = pytest.mark.usefixtures("english", "home")


def test_next_reads_the_text_then_writes(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "next", "--text", "The old king", "--steps", "3", "--top", "5")
    assert (said["model"], said["objective"]) == ("scratch-next", "next")
    reading, *written = said["steps"]
    assert [step["index"] for step in said["steps"]] == [0, 1, 2, 3]
    *given, coming = reading["tokens"]
    assert "".join(token["text"] for token in given).endswith("The old king")
    assert all(token["state"] == "given" for token in given)
    assert (coming["state"], coming["text"], coming["p"]) == ("masked", "", None)
    assert len(coming["top"]) == 5
    chances = [p for _, p in coming["top"]]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1
    for step in written:
        assert [token["state"] for token in step["tokens"]] == ["predicted"]
        assert 0 < step["tokens"][0]["p"] <= 1


def test_what_comes_next_is_the_distribution_the_first_token_is_drawn_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--text", "The old king", "--steps", "1", "--temperature", "0")
    reading, written = predicted(capsys, "next", *words)["steps"]
    ahead, drawn = reading["tokens"][-1]["top"], written["tokens"][0]
    assert drawn["text"] == ahead[0][0]
    assert drawn["p"] == pytest.approx(ahead[0][1], rel=1e-3)


def test_next_without_steps_only_reads(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "next", "--text", "The old king", "--steps", "0")
    assert len(said["steps"]) == 1


def test_a_mask_is_a_mask_in_masked_and_text_in_next(capsys: pytest.CaptureFixture[str]) -> None:
    masked = predicted(capsys, "masked", "--text", SENTENCE, "--steps", "4", "--top", "3")
    hidden = [t for t in masked["steps"][-1]["tokens"] if t["state"] != "given"]
    assert len(hidden) == 1
    assert len(hidden[0]["top"]) == 3
    read = predicted(capsys, "next", "--text", SENTENCE, "--steps", "0")["steps"][0]["tokens"]
    assert "[MASK]" in "".join(token["text"] for token in read)
    assert sum(token["state"] == "masked" for token in read) == 1


def test_diffusion_hides_only_the_masks_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    def hidden(*more: str) -> int:
        first = predicted(capsys, "diffusion", "--text", SENTENCE, *more)["steps"][0]
        return sum(token["state"] == "masked" for token in first["tokens"])

    assert hidden() == 1
    assert hidden("--ratio", "0.9") > 1


def test_diffusion_goes_from_hidden_to_none_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(
        capsys, "diffusion", "--text", "The old king lived in a castle.", "--ratio", "1"
    )
    levels = [step["level"] for step in said["steps"]]
    assert levels[0] == 1
    assert levels[-1] == 0
    assert levels == sorted(levels, reverse=True)
    assert not [t for t in said["steps"][-1]["tokens"] if t["state"] == "masked"]


def test_span_writes_what_was_cut(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "span", "--text", SENTENCE, "--steps", "4")
    assert any(t["state"] == "predicted" for t in said["steps"][-1]["tokens"])


def test_pictures_come_as_png_data(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "image", "--steps", "2", "--seed", "4")
    for step in said["steps"]:
        assert step["tokens"] == []
        data = base64.b64decode(step["image"].removeprefix("data:image/png;base64,"))
        assert Image.open(io.BytesIO(data)).size == (32, 32)
    assert any("estimate" in step for step in said["steps"])


def test_pictures_are_written_into_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = predicted(capsys, "image", "--steps", "2", "--out", str(tmp_path / "kept"))
    for step in said["steps"]:
        assert Image.open(step["image"]).size == (32, 32)


def test_a_seed_repeats_and_another_differs(capsys: pytest.CaptureFixture[str]) -> None:
    first, again, other = (
        predicted(capsys, "next", "--text", "The old", "--steps", "6", "--seed", seed)
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_text_comes_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("The old king"))
    said = predicted(capsys, "next", "--text", "-", "--steps", "0")
    assert "".join(t["text"] for t in said["steps"][0]["tokens"]).endswith("The old king")


def test_a_long_text_is_cut_and_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    said = predicted(capsys, "next", "--text", "The old king lived. " * 2500)
    assert len(said["steps"]) == 1
    assert len(said["notices"]) == 1
    assert "{" not in said["notices"][0]["sentence"]


@pytest.mark.parametrize("objective", ["next", "masked", "span", "diffusion", "image"])
def test_a_person_can_read_it(capsys: pytest.CaptureFixture[str], objective: str) -> None:
    model = "scratch-masked" if objective == "diffusion" else f"scratch-{objective}"
    text = [] if objective == "image" else ["--text", SENTENCE]
    words = ["predict", "--model", model, "--objective", objective, "--steps", "2"]
    assert run(*words, *SMALL, *text) == 0
    shown = capsys.readouterr().out
    assert texts("en")[f"cli.show.{objective}"] in shown
    assert ("▀" if objective == "image" else "king") in shown
