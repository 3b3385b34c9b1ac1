"""Large files of the hub, brought in pieces that outlive a crash.

huggingface_hub 2 keeps what a cut call had only while that call lives. A file of
hundreds of megabytes deserves better: it grows in `blobs/SHA256.partial`, is
held against its SHA-256, and then put where huggingface_hub looks for it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm  # type: ignore[import-untyped]

from lab.models import weights
from lab.models.sources._steps import Cancelled
from lab.types import LabError

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

PATIENCE, PAUSE = 5, 1.0
"""Times to ask again when nothing more arrived, and the seconds between."""


class Meter:
    """Bytes that have arrived, told by one thread and read by another."""

    def __init__(self) -> None:
        self.done = 0
        self.cancelled = False

    def add(self, n: int) -> None:
        if self.cancelled:
            raise Cancelled
        self.done += n


class Quiet(tqdm):  # type: ignore[misc]
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
    """Append to `partial` until it holds `size` bytes, asking again a few times when cut off."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    had = partial.stat().st_size if partial.is_file() else 0
    if had > size:
        partial.unlink()
        had = 0
    meter.done += had
    url = hf_hub_url(repo, name, revision=commit, endpoint=endpoint)
    metadata = get_hf_file_metadata(url, endpoint=endpoint)
    # A redirect to another host must not be given the person's token.
    headers = build_hf_headers(token=None if metadata.location == url else False)
    failures = 0
    while had < size:
        try:
            _append(partial, metadata.location, headers, had, meter)
        except OSError:
            raise
        except Exception as error:
            if not _cut(error) or failures == PATIENCE:
                raise
        now = partial.stat().st_size if partial.is_file() else 0
        failures = 0 if now > had else failures + 1
        had = now
        if failures > PATIENCE:
            raise ConnectionError("nothing arrives any more")
        if failures:
            time.sleep(PAUSE)


def _append(partial: Path, url: str, headers: dict[str, str], had: int, meter: Meter) -> None:
    """One request for what lies beyond the first `had` bytes, written down as it arrives."""
    from huggingface_hub import get_session
    from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]

    asked = headers | {"Accept-Encoding": "identity"}
    if had:
        asked["Range"] = f"bytes={had}-"
    with get_session().stream("GET", url, headers=asked, timeout=30, follow_redirects=True) as got:
        hf_raise_for_status(got)
        if had and got.status_code == 200:  # the server sends it all again
            meter.done -= had
            partial.unlink()
        with partial.open("ab") as stream:
            for chunk in got.iter_raw():
                stream.write(chunk)
                meter.add(len(chunk))


def _cut(error: BaseException) -> bool:
    """Whether the connection broke, rather than the hub refusing."""
    return type(error).__module__.split(".")[0].startswith("httpx")
