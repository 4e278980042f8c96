# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the devices of a folder, hold them to its policy, and print the seconds of each as JSON.

Run where ansible and the collection are installed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ansible_collections.zequenze.control.plugins.module_utils._policy_parser import parse_policy
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import (
    read,
    read_policy_of,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import Files

FILES = Files(lambda path: Path(path).read_bytes(), str)


def main() -> None:
    """Argument: the folder, of which nothing breaks the policy."""
    folder = Path(sys.argv[1])
    files = [str(file) for file in folder.iterdir() if file.stem != "policy"]
    begun = time.monotonic()
    devices = read(files, FILES)
    reading = time.monotonic() - begun
    given = read_policy_of(str(folder), FILES)
    begun = time.monotonic()
    policy = parse_policy(given, str, Problems())
    broken = [one for device in devices for one in policy.violations(device)]
    clashes = list(policy.clashes((str(device["name"]), device) for device in devices))
    holding = time.monotonic() - begun
    if broken or clashes:
        sys.exit("a device breaks the policy")
    sys.stdout.write(json.dumps({"reading": reading, "holding": holding}))


if __name__ == "__main__":
    main()
