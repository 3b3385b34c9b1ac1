"""A hub in small, on loopback: enough of the protocol for huggingface_hub, and ways to fail."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class SmallHub:
    """Serves folders as repositories.

    repos    "OWNER/NAME" -> folder
    gated    names that ask for terms to be accepted
    silent   weights bytes beyond this place are never sent: the connection breaks there
    altered  send other bytes than those listed
    asked    (path, range header) of every GET for a file
    """

    repos: dict[str, Path] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    silent: int | None = None
    altered: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator[SmallHub]:
        hub = self

        class Handler(_Handler):
            def __init__(self, *args: Any) -> None:
                self.hub = hub
                super().__init__(*args)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: SmallHub

    def log_message(self, *_: Any) -> None:
        return

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.split("?")[0]
        match = re.fullmatch(r"/(api/models/)?([\w.-]+/[\w.-]+)(/.*)?", path)
        name = match[2] if match else ""
        if match is None or name not in self.hub.repos:
            return self._refuse(404, "RepoNotFound")
        rest = match[3] or ""
        if name in self.hub.gated and not match[1]:
            return self._refuse(403, "GatedRepo")
        if match[1]:
            return self._describe(name, rest)
        revision, _, file = rest.removeprefix("/resolve/").partition("/")
        if revision not in {"main", COMMIT}:
            return self._refuse(404, "RevisionNotFound")
        return self._file(self.hub.repos[name] / file, body)

    def _describe(self, name: str, rest: str) -> None:
        if rest.startswith("/revision/") and rest.split("/")[-1] not in {"main", COMMIT}:
            return self._refuse(404, "RevisionNotFound")
        folder = self.hub.repos[name]
        files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
        listed = [_entry(folder, p) for p in files]
        if rest.startswith("/tree/"):
            return self._json(listed)
        siblings = []
        for e in listed:
            lfs = e.get("lfs")
            big = (
                {"lfs": {"sha256": lfs["oid"], "size": lfs["size"], "pointerSize": 9}}
                if lfs
                else {}
            )
            siblings.append({"rfilename": e["path"], "size": e["size"], "blobId": e["oid"], **big})
        return self._json({"id": name, "sha": COMMIT, "siblings": siblings, "tags": []})

    def _file(self, path: Path, body: bool) -> None:
        if not path.is_file():
            self._refuse(404, "EntryNotFound")
            return
        data = path.read_bytes()
        if self.hub.altered and path.suffix == ".safetensors":
            data = bytes([data[0] ^ 1]) + data[1:]
        begin = 0
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            begin = int(match[1])
        if body:
            self.hub.asked.append((path.name, self.headers.get("Range", "")))
        self.send_response(206 if begin else 200)
        entry = _entry(path.parent, path)
        self.send_header("ETag", f'"{entry["oid"]}"')
        if "lfs" in entry:
            self.send_header("X-Linked-Etag", f'"{entry["lfs"]["oid"]}"')
            self.send_header("X-Linked-Size", str(len(data)))
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        if not body:
            return
        cut = self.hub.silent if path.suffix == ".safetensors" else None
        self.wfile.write(data[begin : cut if cut is not None else len(data)])
        self.close_connection = True

    def _json(self, found: Any) -> None:
        data = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    oid = hashlib.sha1(data).hexdigest()
    entry: dict[str, Any] = {"type": "file", "path": str(path.relative_to(folder)), "oid": oid}
    entry["size"] = len(data)
    if path.suffix == ".safetensors":
        sha = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"oid": sha, "size": len(data), "pointerSize": 9}
    return entry
