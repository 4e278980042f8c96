# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether there is an ansible-core that was not tried: meta/runtime.yml lets newer ones in.

``python -m tools.cores`` asks the package registry. It fails for a release newer than the newest of
the matrix, and tells of newer ones of the series that were tried.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence

from packaging.version import Version

from tools.ansible_test import CORES
from tools.common import VENV_PYTHON, Failed, environment, say

# Whatever Python it needs: one that does not run on this Python is to be known of, too.
ASK = (
    *("-m", "pip", "--retries", "1", "index", "versions", "ansible-core", "--pre"),
    *("--python-version", "3.99", "--only-binary", ":all:"),
)


def listed(said: str) -> list[Version]:
    """The versions that pip has listed; none where it did not."""
    found = re.search(r"^Available versions: (.*)$", said, re.MULTILINE)
    return [Version(one.strip()) for one in found[1].split(",")] if found else []


def untried(there: Sequence[Version], tried: Sequence[str]) -> tuple[list[str], list[str]]:
    """Releases and previews after the newest that was tried, and newer ones of tried series."""
    versions = [Version(one) for one in tried]
    newest = max(versions)
    by_series = {one.release[:2]: one for one in versions}
    after = sorted(one for one in there if one > newest)
    within = []
    for series, known in by_series.items():
        same = [one for one in there if one.release[:2] == series and not one.is_prerelease]
        if known < newest and same and max(same) > known:
            within.append(max(same))
    return [str(one) for one in after], [str(one) for one in sorted(within)]


def look() -> str:
    """Return what came of it. Raises Failed where a release was not tried."""
    done = subprocess.run(
        [VENV_PYTHON, *ASK], env=environment(), check=False, capture_output=True, text=True
    )
    there = listed(done.stdout)
    if not there:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        return f"NOT RUN: the package registry did not list ansible-core: {reason}"
    tried = [core.version for core in CORES]
    after, within = untried(there, tried)
    if within:
        say(f"newer ones of the series that were tried: {', '.join(within)}")
    released = [one for one in after if not Version(one).is_prerelease]
    if released:
        raise Failed(
            f"ansible-core {', '.join(released)} was released, and meta/runtime.yml lets it in, but"
            f" {tried[-1]} is the newest that was tried: add it to CORES in tools/ansible_test.py"
            " and run make matrix CORES=newest"
        )
    if after:
        return f"there are previews after {tried[-1]}: {', '.join(after)}"
    return f"{tried[-1]} is the newest ansible-core, and in the matrix"


if __name__ == "__main__":
    try:
        say(look())
    except Failed as error:
        sys.exit(f"error: {error}")
