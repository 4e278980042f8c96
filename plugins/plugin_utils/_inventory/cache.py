# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API said to a query, stored between runs by Ansible's cache plugins.

A source has one entry in the cache, under the name that Ansible gives it. The entry says by a key
which query it answers, so that another user, platform or filter never gets it.
"""

from __future__ import annotations

import hashlib
import json
import stat
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.cache import BaseFileCacheModule

VERSION = 1  # of the format below

OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


@dataclass(frozen=True)
class CachedAnswer:
    """age: seconds since it was fetched."""

    devices: list[dict[str, Any]]
    age: float


def cache_key(url: str, token: str, query: Mapping[str, Any]) -> str:
    """The platform, the user and the question. A digest, for the token is in it."""
    token_digest = hashlib.sha256(token.encode()).hexdigest()
    text = json.dumps([VERSION, url, token_digest, query], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def store(
    cache: MutableMapping[str, Any],
    source: str,
    key: str,
    devices: list[dict[str, Any]],
) -> None:
    """Put an answer into the cache.

    As one text, which no cache plugin or deep copy has to walk through.
    """
    cache[source] = {"key": key, "fetched": time.time(), "devices": json.dumps(devices)}


def load(cache: MutableMapping[str, Any], source: str, key: str) -> CachedAnswer | None:
    """The stored answer to this very query, of whatever age; None where there is none."""
    try:
        entry = cache[source]
        if entry["key"] != key:
            return None
        age = time.time() - float(entry["fetched"])
        return CachedAnswer(json.loads(entry["devices"]), max(0.0, age))
    except (KeyError, TypeError, ValueError, AnsibleError):
        # AnsibleError: a file that is broken, which its cache plugin has removed.
        return None


def keep_private(cache: Any, source: str) -> str | None:
    """Let nobody but its owner read the file of a source, which names all customers.

    Cache plugins that write files make them readable to others, whatever the umask is. Returns what
    to warn of, where that cannot be changed.
    """
    plugin = getattr(cache, "_plugin", None)
    if not isinstance(plugin, BaseFileCacheModule):
        return None
    # Newer cores put the version of their format before the name.
    folder = Path(plugin._get_cache_file_name(source)).parent
    for file in folder.glob(f"*{source}"):
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & ~OWNER_ONLY:
                file.chmod(mode & OWNER_ONLY)
        except OSError as error:
            return f"others may read the cache, {file}: {error.strerror}"
    return None
