"""Large files of the hub, brought in pieces that outlive a crash.

huggingface_hub keeps what a cut call had only while that call lives. A file of
hundreds of megabytes deserves better: it grows in `blobs/SHA256.partial`, is
held against its SHA-256, and then put where huggingface_hub looks for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from lab.models import weights
from lab.models.sources._steps import Cancelled
from lab.types import LabError

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling


class Meter:
    """Bytes that have arrived, told by one thread and read by another."""

    def __init__(self) -> None:
        self.done = 0
        self.cancelled = False

    def bar(self) -> type[tqdm[Any]]:
        """A progress bar that draws nothing and tells this meter."""
        meter = self

        class Bar(Quiet):
            def update(self, n: float | None = 1) -> bool | None:
                if meter.cancelled:
                    raise Cancelled
                meter.done += int(n or 0)
                return None

        return Bar


class Quiet(tqdm):  # type: ignore[type-arg]
    """A progress bar that draws nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("name", None)
        super().__init__(*args, **kwargs)

    def display(self, *args: Any, **kwargs: Any) -> None:
        return None

    def clear(self, *args: Any, **kwargs: Any) -> None:
        return None

    def close(self) -> None:
        self.disable = True


def bring(
    repo: str, commit: str, file: RepoSibling, store: Path, endpoint: str | None, meter: Meter
) -> None:
    """Put one large file into `store`/blobs, going on where an earlier fetch stopped.

    Small files (which the hub keeps in git, without a SHA-256) are left to huggingface_hub.
    Raises `LabError("fetched_altered")` when what arrived is not what the hub lists.
    """
    if file.lfs is None:
        return
    blob = store / "blobs" / file.lfs.sha256
    size = file.lfs.size
    if blob.is_file() and blob.stat().st_size == size:
        meter.done += size
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    partial = blob.with_name(f"{blob.name}.partial")
    _grow(partial, repo, commit, file.rfilename, size, endpoint, meter)
    if weights.sha256(partial) != file.lfs.sha256:
        partial.unlink()
        raise LabError("fetched_altered", model=repo)
    os.replace(partial, blob)


def _grow(
    partial: Path,
    repo: str,
    commit: str,
    name: str,
    size: int,
    endpoint: str | None,
    meter: Meter,
) -> None:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    had = partial.stat().st_size if partial.is_file() else 0
    if had > size:
        partial.unlink()
        had = 0
    meter.done += had
    if had == size:
        return
    url = hf_hub_url(repo, name, revision=commit, endpoint=endpoint)
    metadata = get_hf_file_metadata(url, endpoint=endpoint)
    # A redirect to another host must not be given the person's token.
    headers = build_hf_headers(token=None if metadata.location == url else False)
    with partial.open("ab") as stream:
        http_get(
            metadata.location,
            stream,
            resume_size=had,
            headers=headers,
            expected_size=size,
            tqdm_class=meter.bar(),
        )
