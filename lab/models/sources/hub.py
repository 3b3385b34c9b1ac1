"""Models of the Hugging Face hub, through huggingface_hub and its own cache.

Only safetensors, settings, tokenizer files and the model card are ever fetched. $HF_ENDPOINT,
$HF_HUB_CACHE, $HF_TOKEN and $HF_HUB_OFFLINE mean what they mean everywhere else.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lab.config import ModelSpec
from lab.models import passports, weights
from lab.models.layout import PICKLES, layout, recognise, weight_files
from lab.models.sources._steps import alone, watched
from lab.models.sources.base import FetchProgress, Source, improvised
from lab.passport.facts import Passport
from lab.types import LabError

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo, RepoSibling

WANTED = (".safetensors", ".json", ".model", ".txt", ".jinja")
CARD, LARGEST_CARD = "README.md", 1_000_000
"""The model card comes along, for the passport, unless it is absurdly large (bytes)."""
FOLDERS = ("unet", "scheduler")
BRANCH = "main"


class Hub(Source):
    """`location` is OWNER/NAME, `revision` the pinned commit, or "" for the newest."""

    name: ClassVar[str] = "hub"

    def describe(self, location: str, home: Path) -> ModelSpec:
        """The spec of OWNER/NAME[@REVISION]; asks the hub for its config.json when not cached."""
        repo, _, revision = location.partition("@")
        if found := cached(repo, revision):
            shape = layout(found)
            return improvised(self.name, repo, shape.kind, shape.objectives, revision)
        kind, objectives = recognise(_remote_config(repo, revision), repo)
        return improvised(self.name, repo, kind, objectives, revision)

    def locate(self, spec: ModelSpec, home: Path) -> Path | None:
        return cached(spec.location, spec.revision)

    def passport(self, spec: ModelSpec, home: Path) -> Passport:
        """The commit that is here, and what its model card declares."""
        folder = self.locate(spec, home)
        told = passports.of_spec(spec)
        if folder is None:
            return told
        return passports.with_card(replace(told, revision=folder.name), folder)

    def why(self, spec: ModelSpec, home: Path) -> LabError | None:
        if self.locate(spec, home):
            return None
        return LabError("offline_missing" if offline() else "not_fetched", model=spec.id)

    def fetch(self, spec: ModelSpec, home: Path) -> Iterator[FetchProgress]:
        with alone(home / "fetching" / spec.location.replace("/", "--")) as turn:
            yield from turn
            here = self.locate(spec, home)
            if here and spec.revision and _whole(here):
                yield FetchProgress(0, 0, "done")
                return
            info = _info(spec, here)
            if info is not None:
                yield from _download(spec, info)
            elif here is None or not _whole(here):
                raise LabError("hub_unreachable", model=spec.id)
        yield FetchProgress(0, 0, "done")


def offline() -> bool:
    """Whether the environment forbids the hub."""
    from huggingface_hub import constants

    said = os.environ.get("HF_HUB_OFFLINE")
    if said is None:
        return bool(constants.HF_HUB_OFFLINE)
    return said.upper() in {"1", "ON", "YES", "TRUE"}


def cached(repo: str, revision: str) -> Path | None:
    """The folder of a snapshot that is complete in the hub's cache, or `None`. No network."""
    store = _store(repo)
    if not store.is_dir():
        return None
    ref = store / "refs" / (revision or BRANCH)
    commit = ref.read_text(encoding="utf-8").strip() if ref.is_file() else revision
    folder = store / "snapshots" / commit
    # A download may have been cut anywhere: settings, all weights and a tokenizer must be there.
    try:
        body = layout(folder).body if commit else None
        return folder if body and weight_files(body) and _readable(folder) else None
    except LabError:
        return None


def _readable(folder: Path) -> bool:
    """Whether a text model's tokenizer came along; a picture model needs none."""
    names = ("tokenizer.json", "spiece.model", "sentencepiece.bpe.model", "vocab.txt", "vocab.json")
    return layout(folder).kind == "unet" or any((folder / name).is_file() for name in names)


def _store(repo: str) -> Path:
    from huggingface_hub import constants

    cache = os.environ.get("HF_HUB_CACHE") or constants.HF_HUB_CACHE
    return Path(cache).expanduser() / f"models--{repo.replace('/', '--')}"


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _whole(folder: Path) -> bool:
    try:
        weights.check(weight_files(layout(folder).body))
    except LabError:
        return False
    return True


def _info(spec: ModelSpec, here: Path | None) -> ModelInfo | None:
    """What the hub says of the model now; `None` when it cannot be asked and a copy may do."""
    from huggingface_hub import HfApi

    if offline():
        if here is None:
            raise LabError("offline_missing", model=spec.id)
        return None
    try:
        api = HfApi(endpoint=_endpoint())
        return api.model_info(spec.location, revision=spec.revision or None, files_metadata=True)
    except Exception as error:  # every transport has its own; sorted in one place
        if here is not None and _transport(error):
            return None
        raise explain(error, spec.id) from error


def _remote_config(repo: str, revision: str) -> dict[str, Any]:
    """config.json of a repository that is not here (unet/config.json of a pipeline)."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    from lab.models.layout import read_json

    if offline():
        raise LabError("offline_missing", model=repo)
    for name in ("config.json", "unet/config.json"):
        try:
            path = hf_hub_download(
                repo,
                name,
                revision=revision or None,
                endpoint=_endpoint(),
                cache_dir=_store(repo).parent,
            )
            return read_json(Path(path))
        except LocalEntryNotFoundError as error:
            raise explain(error, repo) from error
        except EntryNotFoundError:
            continue
        except Exception as error:  # every transport has its own; sorted in one place
            raise explain(error, repo) from error
    raise LabError("unknown_architecture", model=repo, architecture="?")


def _download(spec: ModelSpec, info: ModelInfo) -> Iterator[FetchProgress]:
    """Bring every wanted file of one commit into the hub's cache, then check the weights."""
    from lab.models.sources._blobs import Meter, bring

    files = wanted(info.siblings or [], spec.id)
    # Small and first: what cannot be used here is refused before gigabytes are fetched.
    recognise(_remote_config(spec.location, str(info.sha)), spec.id)
    total = sum(f.size or 0 for f in files)
    meter = Meter()

    def work() -> None:
        for file in files:
            bring(spec.location, str(info.sha), file, _store(spec.location), _endpoint(), meter)
        _snapshot(spec, files)

    try:
        yield FetchProgress(0, total, "download")
        yield from watched(work, lambda: FetchProgress(min(meter.done, total), total, "download"))
    except LabError:
        raise
    except Exception as error:  # every transport has its own; sorted in one place
        raise explain(error, spec.id) from error
    finally:
        meter.cancelled = True
    yield FetchProgress(0, 0, "check")
    folder = _store(spec.location) / "snapshots" / str(info.sha)
    for file in weight_files(layout(folder).body):
        try:
            weights.check((file,))
        except LabError:
            # Taken out of the cache, so that the next fetch brings it anew.
            file.resolve().unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            raise LabError("fetched_altered", model=spec.id) from None


def _snapshot(spec: ModelSpec, files: list[RepoSibling]) -> None:
    """Let huggingface_hub fetch what is left and lay the snapshot out."""
    from huggingface_hub import snapshot_download

    from lab.models.sources._blobs import Quiet

    snapshot_download(
        spec.location,
        revision=spec.revision or None,
        cache_dir=_store(spec.location).parent,
        endpoint=_endpoint(),
        allow_patterns=[glob.escape(f.rfilename) for f in files],
        tqdm_class=Quiet,
    )


def wanted(files: list[RepoSibling], model: str) -> list[RepoSibling]:
    """The files worth fetching: one set of safetensors, settings, the tokenizer, the card.

    Raises `LabError("only_pickles")` when the weights come only in formats that may run code.
    """
    chosen = [
        f
        for f in files
        if (
            f.rfilename.endswith(WANTED)
            and ("/" not in f.rfilename or f.rfilename.split("/")[0] in FOLDERS)
        )
        or (f.rfilename == CARD and (f.size or 0) <= LARGEST_CARD)
    ]
    tensors = [f for f in chosen if f.rfilename.endswith(".safetensors")]
    if not tensors:
        pickled = any(Path(f.rfilename).suffix in PICKLES for f in files)
        raise LabError("only_pickles" if pickled else "no_weights", model=model)
    plain = ("model.safetensors", "diffusion_pytorch_model.safetensors")
    whole = [f for f in tensors if f.rfilename.split("/")[-1] in plain]
    # Repositories sometimes carry the weights twice (other types, other names): once is enough.
    surplus = [f for f in tensors if whole and f not in whole]
    return [f for f in chosen if f not in surplus]


def _transport(error: BaseException) -> bool:
    """Whether the hub could not be reached, or broke off, rather than answered."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if isinstance(error, LocalEntryNotFoundError):
        return True
    if isinstance(error, HfHubHTTPError):
        return error.response is not None and error.response.status_code >= 500
    return isinstance(error, OSError) or type(error).__module__.split(".")[0] in {
        *("httpx", "httpx2", "httpcore", "httpcore2", "requests"),
    }


def explain(error: BaseException, model: str) -> LabError:
    """What went wrong at the hub, as something a person can act upon."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return LabError("model_gated", model=model)
    if isinstance(error, errors.RevisionNotFoundError):
        return LabError("revision_missing", model=model)
    if isinstance(error, (errors.RepositoryNotFoundError, errors.HFValidationError)):
        return LabError("model_missing", model=model)
    if isinstance(error, OSError) and error.errno == 28:
        return LabError("disk_full")
    if _transport(error):
        return LabError("hub_unreachable", model=model)
    if isinstance(error, errors.HfHubHTTPError) and error.response is not None:
        return LabError("hub_refused", model=model, status=error.response.status_code)
    return LabError("unexpected", why=f"{type(error).__name__}: {error}")


SOURCE = Hub()
