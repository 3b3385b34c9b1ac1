"""Who asks: the host, or one of the visitors of a page that is open to other machines.

There are no accounts. Each browser draws a key once, keeps it and sends it along with all that it
asks; what is begun with a key belongs to whoever has it. The host is who asks from the machine
itself: the connection comes from there, it was called by a name that only there leads to it, and
no proxy has passed it on, behind which all the world would seem to be at home.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names by which a machine calls itself."""
KEY = re.compile(r"[0-9a-f]{32}")
PASSED_ON = ("x-forwarded-for", "x-real-ip", "forwarded", "via")
"""Headers of a request that came through another machine, or claims to."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """host: may do everything; name: of a browser, a hash of its key; empty for none."""

    host: bool = True
    name: str = ""

    def owns(self, owner: str) -> bool:
        """Whether what belongs to `owner`, the name of a visitor or none, may be changed."""
        return self.host or (bool(self.name) and self.name == owner)


def visitor(key: object, client: str, headers: Mapping[str, str], shared: bool) -> Visitor:
    """Who asks with `key` from the address `client`; `shared`: others can reach the page."""
    known = isinstance(key, str) and KEY.fullmatch(key)
    name = hashlib.sha256(str(key).encode()).hexdigest() if shared and known else ""
    return Visitor(not shared or _at_home(client, headers), name)


def _at_home(client: str, headers: Mapping[str, str]) -> bool:
    called = urlsplit(f"//{headers.get('host', '')}").hostname
    return called in LOOPBACK and _is_loopback(client) and not any(h in headers for h in PASSED_ON)


def _is_loopback(client: str) -> bool:
    try:
        address: Any = ip_address(client)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return bool(address.is_loopback)
