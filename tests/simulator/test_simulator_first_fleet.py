# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the platform starts with: the example fleet, and what is said of options that cannot be followed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import Simulator

ROOT = Path(__file__).resolve().parent.parent.parent


def get(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        request, timeout=30
    ) as answer:
        return json.load(answer)


def said_at_start(*options: str) -> str:
    """What a person reads, until the last line of it; and then Ctrl-C."""
    command = [sys.executable, "-m", "simulator", "--workers", "1", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    late = threading.Timer(60, process.kill)
    late.start()
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("The control endpoint"):
            break
    process.terminate()
    assert process.wait(10) == 0
    late.cancel()
    process.stdout.close()
    return "".join(lines)


def refused(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_person_is_told_what_to_export_and_where_to_look() -> None:
    said = said_at_start("--speed", "60")
    assert said.startswith("The simulated platform: 60 devices in 3 organizations, 60 times")
    url, token = re.findall(r"^  export ZQ_(?:URL|TOKEN)=(\S+)$", said, re.MULTILINE)
    address = re.findall(r"^  (http\S+)$", said, re.MULTILINE)
    assert address == [f"{url.removesuffix('/api/v1')}/fleet/?token={token}"]


def test_an_empty_one_has_neither_devices_nor_types() -> None:
    said = said_at_start("--empty")
    assert said.startswith("The simulated platform: 0 devices in 0 organizations, in real time.")


def devices_of(sim: Simulator) -> list[dict[str, Any]]:
    return list(get(f"{sim.url}/inventory_device_name/?limit=100", sim.token)["results"])


def write(sim: Simulator, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {sim.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{sim.url}/inventory_device_name/{path}", json.dumps(body).encode(), headers, method=method
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30):
        pass


def documented() -> dict[str, list[str]]:
    """What README.md says of the example: state → names."""
    readme = (ROOT / "simulator" / "README.md").read_text(encoding="utf-8")
    section = readme.split("### The example fleet")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|`]+) \| (.+) \|$", section, re.MULTILINE)
    return {state: sorted(re.findall(r"[a-z]+-cpe-\d{4}", names)) for state, names in rows}


def test_the_example_fleet_is_what_its_documentation_says(tmp_path: Path) -> None:
    options = ("--data-dir", str(tmp_path / "data"), "--workers", "1")
    with Simulator(*options, example=True) as sim:
        fleet = devices_of(sim)
    assert len(fleet) == 60
    assert len({(device["organization_id"], device["type_short_name"]) for device in fleet}) == 9
    told = documented()
    never = sorted(device["name"] for device in fleet if device["last_connection"] is None)
    down = sorted(device["name"] for device in fleet if device["status"] == "Down")
    assert told["never connected, and never will"] == never
    assert sorted([*told["down"], *never]) == down
    assert told["inactive"] == sorted(d["name"] for d in fleet if not d["is_active"])
    assert told["pending"] == sorted(d["name"] for d in fleet if d["pending_settings"])
    assert told["on 1.4.1"] == sorted(d["name"] for d in fleet if d["software_version"] == "1.4.1")
    # Once more on the same folder: the fleet is there, and not made again.
    with Simulator(*options, example=True) as sim:
        assert [device["name"] for device in devices_of(sim)] == [d["name"] for d in fleet]


def test_what_the_devices_of_the_example_do_later() -> None:
    told = documented()
    failing, lost = told["an upgrade fails"], told["does not come back from an upgrade"]
    upgraded = [*failing, *lost, "acme-cpe-0001", "coastal-cpe-0005"]
    with Simulator("--workers", "1", example=True) as sim:
        write(sim, "POST", "", {"name": "new", "type": 5, "organization_id": 101})
        for name in upgraded:
            write(
                sim, "PATCH", f"{name}/", {"firmware_image": 18, "firmware_image_is_pending": True}
            )
        sim.clock(advance=3600)
        fleet = {device["name"]: device for device in devices_of(sim)}
    versions = {name: fleet[name]["software_version"] for name in upgraded}
    assert versions == {
        name: "1.4.2" if name in [*failing, *lost] else "2.0.0" for name in upgraded
    }
    assert [name for name in upgraded if fleet[name]["status"] == "Down"] == lost
    assert (fleet["new"]["status"], fleet["new"]["software_version"]) == ("Up", "1.4.2")
    assert {fleet[name]["status"] for name in told["never connected, and never will"]} == {"Down"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        ("", "the file is empty; --empty starts without devices"),
        ("# nothing\n", "the file is empty"),
        ("- {name: a}\n", "a mapping is expected, with any of the keys behaviours, count,"),
        ("devices: [", "neither YAML nor JSON"),
        ("\udcff", "not UTF-8; save it as UTF-8"),
        ("devices: [{name: a}, {name: a}]", "two devices have the same name"),
        ("devices: [{nmae: a}]", "unknown field of a device: nmae"),
        ("devcies: []", "unknown key of a seed: devcies"),
        ("devices: 3", "--seed"),
        ("devices: [a]", "--seed"),
        ("{count: many}", "--seed"),
        ("types: 5", "--seed"),
    ],
)
def test_a_seed_that_cannot_be_followed(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "fleet.yml"
    if text is not None:
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, error = refused("--seed", str(file))
    assert code == 1
    assert error.startswith(f"error: --seed {file}: ")
    assert said in error
    assert error.count("\n") == 1


def test_a_start_that_failed_is_none(tmp_path: Path) -> None:
    kept = ("--data-dir", str(tmp_path / "data"))
    for seed in ("/nowhere.yml", str(tmp_path / "twice.yml")):
        (tmp_path / "twice.yml").write_text("devices: [{name: a}, {name: a}]", encoding="utf-8")
        assert refused(*kept, "--seed", seed)[0] == 1
    with Simulator(*kept, example=True) as sim:
        assert len(devices_of(sim)) == 60


def test_a_second_seed(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yml"
    file.write_text("devices: [{name: a}]", encoding="utf-8")
    code, error = refused("--seed", str(file), "--seed", str(file))
    assert code == 2
    assert error.endswith("error: --seed may be given once; put both fleets into one file\n")
    data = tmp_path / "data"
    with Simulator("--seed", str(file), "--data-dir", str(data), "--workers", "1"):
        pass
    code, error = refused("--seed", str(file), "--data-dir", str(data))
    assert code == 1
    assert "an earlier start; to go on with what is there, leave the option out" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--empty", "--devices", "3"], "--empty means no fleet: leave out --seed and --devices"),
        (["--devices", "-3"], "argument --devices: -3 is not at least 0"),
        (["--devices", "many"], "argument --devices: invalid whole number value: 'many'"),
        (["--port", "70000"], "argument --port: 70000 is not 0 to 65535"),
        (["--speed", "-1"], "argument --speed: -1 is not 0 or more"),
        (["--speed", "nan"], "argument --speed: nan is not 0 or more"),
        (["--cert", "/none.pem", "--key", "/none.key"], "--cert /none.pem: cannot be read"),
        (["--key", "/none.key"], "--key needs --cert"),
        (["--data-dir", "/dev/null/x"], "--data-dir /dev/null/x: cannot be made: Not a directory"),
    ],
)
def test_options_that_cannot_be_followed(options: list[str], said: str) -> None:
    code, error = refused(*options)
    assert code in (1, 2)
    assert said in error
    assert "Traceback" not in error
