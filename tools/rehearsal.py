# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rehearse a playbook: a fleet is loaded into the simulator, and the very playbook and variables of
production are run against it.

``python -m tools.rehearsal --fleet FLEET --variables rollout.yml --fail 3% --speed 60``
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
    UnreadableError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._window_wait import window_from

from simulator.testing import ControlError, Simulator, SimulatorError
from tools.common import CACHE, ROOT, VENV, Clock, Failed, environment, heading, say, shown, stop
from tools.demo import playbook_environment, simulated_platform

EXAMPLES = "docs/examples/rehearsal"
FLEET, VARIABLES = f"{EXAMPLES}/fleet.yml", f"{EXAMPLES}/rollout.yml"
PLAYBOOK = "zequenze.control.firmware_rollout"
# Whatever address a playbook of one's own has in it: a rehearsal reaches this machine, and no
# other.
NOWHERE = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")} | {
    "no_proxy": "127.0.0.1,localhost"
}
# What a role needs to know of a rehearsal, by the name of its playbook.
ROLES = {"firmware_rollout": "firmware_rollout", "onboard": "onboarding"}


def main() -> None:
    """Rehearse, and end with the playbook's own exit code."""
    options = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    variables = mapping_of(Path(options.variables))
    seed = seed_of(Path(options.fleet), options.software_version)
    seed["behaviours"] = merged_behaviours(seed.get("behaviours") or {}, options)
    seed["images"] = {
        **(seed.get("images") or {}),
        **images_of(variables, options.software_version),
    }
    extra = extra_variables(options, variables)
    with simulated_platform("--speed", str(options.speed)) as platform:
        count = load(platform, seed)
        fleet_page = urllib.parse.urljoin(platform.control_url, "/fleet/")
        say(
            f"{count:,} devices from {options.fleet}, {options.speed:g} times as fast as the clock;"
            f" watch it at {fleet_page}"
        )
        if "firmware_rollout_begin" in extra:
            say(f"By its clock it is {extra['firmware_rollout_begin']}.")
        clock = Clock()
        code = play(options, extra, platform)
        heading("rehearsed")
        elapsed = clock.seconds * options.speed
        expected = dt.timedelta(seconds=round(elapsed))
        say(f"It took {clock}; in production it would take about {expected}.")
        report = Path(options.report) / "report.html"
        if report.is_file() and report.stat().st_mtime >= time.time() - clock.seconds - 1:
            say(f"The report: {report}")
        if options.stay:
            say(f"The simulated fleet stays until Ctrl-C: {fleet_page}")
            signal.pause()
    sys.exit(code)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make rehearsal OPTIONS=", description=__doc__)
    parser.add_argument(
        "--fleet",
        default=FLEET,
        help="a snapshot (JSON), a folder that zequenze.control.export wrote, or a seed (YAML)",
    )
    parser.add_argument(
        "--variables", default=VARIABLES, help="the variables meant for production (YAML or JSON)"
    )
    parser.add_argument("--playbook", default=PLAYBOOK, help="by its name or as a file")
    parser.add_argument(
        "--fail",
        type=rate,
        default=0.03,
        help="the part of devices on which the upgrade fails: 3%% or 0.03",
    )
    parser.add_argument(
        "--never-return", type=rate, default=0.0, help="the part that stays down after it"
    )
    parser.add_argument(
        "--chance", type=int, default=0, help="another number lets other devices fail"
    )
    parser.add_argument(
        "--speed", type=float, default=60.0, help="how many times faster than the clock"
    )
    parser.add_argument(
        "--software-version",
        default="1.0.0",
        help="what devices report where the fleet does not tell",
    )
    parser.add_argument(
        "--report", default=str(CACHE / "rehearsal"), help="the folder of the report"
    )
    parser.add_argument("--check", action="store_true", help="only the plan")
    parser.add_argument("--stay", action="store_true", help="keep the simulated fleet until Ctrl-C")
    options = parser.parse_args()
    if not 0 < options.speed <= 1000:
        parser.error(f"--speed {options.speed:g}: give more than 0, and at most 1000")
    return options


def rate(text: str) -> float:
    """A part, from 3% or 0.03."""
    number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no part: give 0% to 100%")
    return number


def text_of(path: Path) -> str:
    """A file's text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{path}: cannot be read: {error}") from None


def bytes_of(path: Path) -> bytes:
    """What a file holds."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed(f"{path}: cannot be read: {error}") from None


def mapping_of(path: Path) -> dict[str, Any]:
    """The variables of a file, as far as a rehearsal has to know them; Ansible reads it too."""
    if text_of(path).startswith("$ANSIBLE_VAULT"):
        raise Failed(f"{path}: is encrypted. A rehearsal needs no secret: give it a file without")
    try:
        value = yaml.safe_load(text_of(path))
    except yaml.YAMLError as error:
        raise Failed(f"{path}: is neither YAML nor JSON: {error}") from None
    if not isinstance(value, dict):
        raise Failed(f"{path}: holds no mapping of variables")
    return value


def seed_of(path: Path, software_version: str) -> dict[str, Any]:
    """What the simulator is given: the devices of an export, or a seed as it is."""
    if path.is_dir():
        try:
            devices: Any = read(
                [str(path)], Files(lambda name: bytes_of(Path(name)), undecryptable)
            )
        except FileError as error:
            raise Failed(str(error)) from None
        return {
            "devices": numbered(
                [
                    {"status": "Up", "software_version": software_version, **device}
                    for device in devices
                ]
            )
        }
    try:
        value = (
            yaml.safe_load(text_of(path))
            if path.suffix in {".yml", ".yaml"}
            else json.loads(text_of(path))
        )
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise Failed(f"{path}: cannot be read: {error}") from None
    if isinstance(value, list):
        value = {"devices": value}
    if not isinstance(value, dict) or not (value.get("devices") or value.get("count")):
        raise Failed(
            f"{path}: holds no devices: give a snapshot of zequenze.control.export,"
            " or a seed of the simulator"
        )
    return {**value, "devices": numbered([dict(device) for device in value.get("devices") or []])}


def undecryptable(_text: str) -> str:
    """A rehearsal has no use for a secret."""
    raise UnreadableError("is encrypted: a rehearsal needs no secret, leave it out.")


def numbered(devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Devices as the simulator takes them: a type has a number there, and what only the platform
    decides is left to it.
    """
    known = {
        str(device["type_short_name"]): device["type"]
        for device in devices
        if "type_short_name" in device and "type" in device
    }
    taken = {int(device["type"]) for device in devices if str(device.get("type")).isdecimal()}
    for device in devices:
        for name in (
            "id",
            "uuid",
            "password",
            "update_password",
            "new_name",
            "sync",
            "pending_settings",
            "firmware_image_is_pending",
        ):
            device.pop(name, None)
        given = str(device.get("type"))
        if not given.isdecimal():
            if given not in known:
                known[given] = max(taken, default=0) + 1
                taken.add(known[given])
            device.update(type=known[given], type_short_name=given)
    return devices


def merged_behaviours(given: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """How devices behave: as the fleet says, and failing at the rates that were chosen."""
    rates = {
        "fail_rate": {"firmware": options.fail},
        "never_return_rate": {"firmware": options.never_return},
        "seed": options.chance,
    }
    # Those that are registered in a rehearsal of it call in one day.
    registered = {"first_connect_after": 120} if role_of(options) == "onboarding" else {}
    return {**given, "default": {**registered, **(given.get("default") or {}), **rates}}


def role_of(options: argparse.Namespace) -> str | None:
    """The role behind the playbook, where it is one that knows of rehearsals."""
    return ROLES.get(str(options.playbook).rsplit(".", 1)[-1])


def images_of(variables: Mapping[str, Any], software_version: str) -> dict[str, str]:
    """The images that the variables name, with the version that a device reports then."""
    images = {}
    if variables.get("firmware_rollout_rollback_image") is not None:
        before = [str(one) for one in variables.get("firmware_rollout_from") or [software_version]]
        images[str(variables["firmware_rollout_rollback_image"])] = before[-1]
    if variables.get("firmware_rollout_image") is not None:
        images[str(variables["firmware_rollout_image"])] = str(
            variables.get("firmware_rollout_version")
        )
    return images


def extra_variables(options: argparse.Namespace, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What is not as in production: the speed, the moment at which it begins, the folder of the
    report.
    """
    role = role_of(options)
    if role is None:
        return {}
    extra: dict[str, Any] = {f"{role}_speed": options.speed, f"{role}_report_dir": options.report}
    window = variables.get(f"{role}_window")
    if window:
        try:
            status = window_from(window, f"{role}_window").status(dt.datetime.now(dt.UTC))
        except InputError as error:
            raise Failed(error.message) from None
        extra[f"{role}_begin"] = f"{status.opens:%Y-%m-%dT%H:%M:%S}Z"
    return extra


def play(options: argparse.Namespace, extra: Mapping[str, Any], platform: Simulator) -> int:
    """Run the playbook as it is run in production, and return its exit code."""
    arguments = [
        options.playbook,
        "-e",
        f"@{options.variables}",
        *(["-e", json.dumps(extra)] if extra else []),
    ]
    arguments += ["--check"] if options.check else []
    say(f"$ {shown(['ansible-playbook', *arguments])}")
    process = subprocess.Popen(
        [str(VENV / "bin" / "ansible-playbook"), "-i", "localhost,", *arguments],
        cwd=ROOT,
        env=environment(
            {**playbook_environment(platform), **NOWHERE, "ANSIBLE_LOCALHOST_WARNING": "false"}
        ),
    )
    try:
        return process.wait()
    finally:
        stop(process)


def load(platform: Simulator, seed: Mapping[str, Any]) -> int:
    """Load the fleet, and return how many devices it has."""
    try:
        return platform.seed(**seed)
    except ControlError as error:
        raise Failed(f"the fleet could not be loaded: {error}") from None


if __name__ == "__main__":
    try:
        main()
    except (Failed, SimulatorError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped")
