# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection into .cache/build, and refuse what a user would have no use for.

``python -m tools.build`` prints the path of the tarball.
"""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

from tools.common import CACHE, ROOT, VENV, Failed, captured, fresh, say

# All that is shipped: a file elsewhere means that build_ignore in galaxy.yml lacks an entry.
SHIPPED_FOLDERS = {
    "LICENSES",
    "changelogs",
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}
SHIPPED_FILES = {"CHANGELOG.rst", "FILES.json", "MANIFEST.json", "README.md", "REUSE.toml"}
# Without these it is not a release.
NEEDED = {
    "CHANGELOG.rst",
    "LICENSES/GPL-3.0-or-later.txt",
    "README.md",
    "meta/runtime.yml",
    "meta/ee-requirements.txt",
    # What ansible-rulebook finds.
    "extensions/eda/plugins/event_source/devices.py",
    "extensions/eda/rulebooks/notify.yml",
    "extensions/eda/rulebooks/recover.yml",
    # What plugins read beside Python.
    "plugins/plugin_utils/_report/filter.js",
    "plugins/plugin_utils/_report/page.css",
    "plugins/plugin_utils/_report/templates/base.html.j2",
}


def strangers(names: list[str]) -> list[str]:
    """Return the files of a tarball that are not meant to be shipped."""
    found = []
    for name in names:
        top, _, rest = name.partition("/")
        if (
            top not in SHIPPED_FOLDERS if rest else name not in SHIPPED_FILES
        ) or "__pycache__" in name:
            found.append(name)
    return sorted(found)


def build() -> Path:
    """Build the tarball, look at what is in it, and return its path."""
    output = fresh(CACHE / "build")
    captured(
        [VENV / "bin" / "ansible-galaxy", "collection", "build", ROOT, "--output-path", output]
    )
    tarballs = list(output.glob("zequenze-control-*.tar.gz"))
    if len(tarballs) != 1:
        raise Failed(f"one tarball was expected, there are {len(tarballs)}")
    with tarfile.open(tarballs[0]) as archive:
        names = [member.name for member in archive.getmembers() if not member.isdir()]
    if extra := strangers(names):
        raise Failed(
            f"not meant to be shipped (see build_ignore in galaxy.yml): {', '.join(extra)}"
        )
    if missing := sorted(NEEDED - set(names)):
        raise Failed(f"missing in the built collection: {', '.join(missing)}")
    return tarballs[0]


if __name__ == "__main__":
    try:
        say(str(build().relative_to(ROOT)))
    except Failed as error:
        sys.exit(f"error: {error}")
