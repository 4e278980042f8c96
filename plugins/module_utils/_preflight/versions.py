# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With what the task runs."""

from __future__ import annotations

import json
import platform
import re
from importlib import metadata
from pathlib import Path

from ansible.module_utils.ansible_release import __version__ as ansible_version

from .checks import Checks

ROOT = Path(__file__).resolve().parents[3]
UNKNOWN = "of an unknown version"
VERSION = re.compile(r"^version: *[\"']?([\w.+-]+)", re.MULTILINE)


def check_versions(checks: Checks) -> None:
    checks.ok(
        "versions",
        f"zequenze.control {collection_version(ROOT)}, ansible-core {ansible_version},"
        f" Python {platform.python_version()}, requests {_version_of('requests')}",
    )


def collection_version(root: Path) -> str:
    """Of a collection that is installed, or of a checkout.

    A module that runs on a host of its own has neither file.
    """
    try:
        manifest = json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        found = VERSION.search((root / "galaxy.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return UNKNOWN
    if found:
        return found.group(1)
    return UNKNOWN


def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return UNKNOWN
