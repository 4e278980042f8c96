# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API said to a query, kept between runs by Ansible's cache plugins."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleError

VERSION = 1  # of the format below


@dataclass(frozen=True)
class Kept:
    """A cached answer. age: seconds since it was fetched."""

    devices: list[dict[str, Any]]
    age: float


def binding(url: str, token: str, query: Mapping[str, Any]) -> str:
    """What an answer belongs to: the platform, the user, the question. A digest, for the token is in it."""
    text = json.dumps(
        [VERSION, url, hashlib.sha256(token.encode()).hexdigest(), query],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def keep(
    cache: MutableMapping[str, Any], key: str, bound: str, devices: list[dict[str, Any]]
) -> None:
    """Put an answer into the cache. As one text, which no cache plugin or deep copy has to walk through."""
    cache[key] = {"bound": bound, "fetched": time.time(), "devices": json.dumps(devices)}


def kept(cache: MutableMapping[str, Any], key: str, bound: str) -> Kept | None:
    """The cached answer to this very question, of whatever age; None where there is none."""
    try:
        entry = cache[key]
        if entry["bound"] != bound:
            return None
        return Kept(json.loads(entry["devices"]), max(0.0, time.time() - float(entry["fetched"])))
    except (KeyError, TypeError, ValueError, AnsibleError):
        # AnsibleError: a file that is broken, which its cache plugin has removed.
        return None
