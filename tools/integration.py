# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-test integration needs: a platform, where it is, and whether every target has run.

ansible-test empties the environment, so that the address and the token reach the targets by
``tests/integration/integration_config.yml``. Where it finds nothing to do, it says so and succeeds:
the targets that ran are counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.testing import Simulator
from tools.common import ROOT, Failed, environment

FOLDER = ROOT / "tests" / "integration"
CONFIG = "integration_config.yml"
# Roles of these names are what targets depend on; ansible-test does not run them by themselves.
HIDDEN = ("setup_", "prepare_")
ORGANIZATION = 7
# How many times faster than real the platform lives: a device calls in every five seconds.
SPEED = 60
# Devices of one type connect by themselves half a minute after they are registered.
FIRST: dict[str, Any] = {
    "types": [
        {"id": 5, "name": "Enterprise router", "short_name": "enterprise-router"},
        {"id": 6, "name": "Home gateway", "short_name": "home-gateway"},
    ],
    "images": {"17": "1.4.2", "18": "2.0.0"},
    "behaviours": {
        "types": {
            "home-gateway": {"first_connect_after": 30, "reports": {"software_version": "1.4.2"}}
        }
    },
}


def targets() -> set[str]:
    """Return the names of all targets that are to run."""
    found = {folder.name for folder in (FOLDER / "targets").iterdir() if folder.is_dir()}
    return {name for name in found if not name.startswith(HIDDEN)}


def values(url: str, token: str) -> dict[str, Any]:
    """Return what the targets are told of the simulated platform."""
    return {
        "control_url": url,
        "control_token": token,
        "control_organization": ORGANIZATION,
        "control_type": "home-gateway",
        "control_type_waiting": "enterprise-router",
        "control_version_first": "1.4.2",
        "control_image": 18,
        "control_version": "2.0.0",
        "control_speed": SPEED,
    }


@contextmanager
def platform() -> Iterator[dict[str, Any]]:
    """Start a simulated platform without devices. Gives what the targets are told of it."""
    # A proxy of the machine is none for it, and its own Python finds no user's modules.
    with Simulator("--speed", str(SPEED), "--workers", "2", environment=environment()) as simulator:
        simulator.seed(**FIRST)
        yield values(simulator.url, simulator.token)


def configure(collection: Path, told: dict[str, Any]) -> None:
    """Write the configuration into a copy of the collection, readable by its owner alone."""
    file = collection / "tests" / "integration" / CONFIG
    file.touch(mode=0o600)
    # JSON is YAML.
    file.write_text(json.dumps(told, indent=2), encoding="utf-8")


def judge(code: int, output: str, wanted: set[str]) -> str:
    """Return how many targets ran; raise when one failed, or was left out."""
    ran = re.findall(r"^Running (\S+) integration test (?:role|script)", output, re.MULTILINE)
    if code:
        raise Failed(f"ansible-test integration ended with {code}\n{output}")
    if not wanted:
        raise Failed("there is no integration target")
    if left_out := sorted(wanted - set(ran)):
        raise Failed(f"ansible-test integration did not run {', '.join(left_out)}\n{output}")
    return f"{len(set(ran))} targets"
