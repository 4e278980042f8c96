# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint, the log, and starting and stopping."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.testing import ControlError, Simulator

Call = Callable[..., requests.Response]

DEVICES = "inventory_device_name/"
ROOT = Path(__file__).resolve().parents[2]


def test_status(sim: Simulator) -> None:
    sim.seed(count=10, up=1)
    status = sim.control("GET", "")
    assert (status["devices"], status["up"], status["pending"], status["faults"]) == (10, 10, 0, 0)
    assert status["clock"]["speed"] == 1


def test_reset_empties_everything(sim: Simulator, call: Call) -> None:
    sim.seed(count=3)
    call("PATCH", f"{DEVICES}cpe-00001/", json={"sync": True})
    sim.settings(strict=True)
    sim.fault("status")
    sim.clock(speed=50, advance=1e6)
    sim.add_token("other")
    sim.reset()
    assert call("GET", DEVICES).json()["count"] == 0
    assert call("GET", DEVICES, token="other").status_code == 401
    assert (sim.operations(), sim.events(), sim.faults(), sim.settings()["strict"]) == (
        [],
        [],
        [],
        False,
    )
    assert sim.clock()["now"] < time.time() + 5
    sim.seed(devices=[{"name": "a"}])
    assert sim.device("a")["device"]["id"] == 1
    assert [entry["status"] for entry in sim.log()] == [200, 401]


def test_the_log_holds_no_secret(sim: Simulator, call: Call) -> None:
    sim.seed(types=[{"id": 5, "short_name": "r"}])
    secret = "Xq9-very-secret-71"
    call("POST", DEVICES, json={"name": "a", "type": 5, "password": secret, "description": "d"})
    call(
        "PATCH",
        f"{DEVICES}a/",
        json={"password": secret, "sync": True, "deep": [{"Token": secret}]},
    )
    call("PATCH", f"{DEVICES}a/", data=secret, headers={"Content-Type": "application/json"})
    call("GET", f"{DEVICES}?token={secret}&limit=1")
    entries = sim.log()
    assert secret not in json.dumps(entries)
    assert sim.token not in json.dumps(entries)
    assert entries[0]["body"] == {
        "name": "a",
        "type": 5,
        "password": "********",
        "description": "d",
    }
    assert entries[2]["body"] == {"not_json": len(secret)}
    assert [entry["done"] for entry in entries] == [True, True, False, True]
    assert len({entry["token"] for entry in entries}) == 1
    for shown in (
        sim.device("a"),
        sim.operations(),
        sim.control("GET", ""),
        call("GET", f"{DEVICES}a/").json(),
    ):
        assert secret not in json.dumps(shown)


def test_reading_the_log(sim: Simulator, call: Call) -> None:
    sim.seed(count=3)
    call("GET", DEVICES)
    with sim.recorded() as requests_made:
        call("GET", f"{DEVICES}cpe%2D00001/?pending=true")
        call("PATCH", f"{DEVICES}cpe-00002/", json={"debug": True})
    assert [(entry["seq"], entry["method"]) for entry in requests_made] == [
        (2, "GET"),
        (3, "PATCH"),
    ]
    assert (requests_made[0]["path"], requests_made[0]["query"]) == (
        "/api/v1/inventory_device_name/cpe-00001/",
        "pending=true",
    )
    assert [entry["seq"] for entry in sim.log(method="PATCH,POST")] == [3]
    assert [entry["seq"] for entry in sim.log(path="00001")] == [2]
    sim.clear_log()
    assert sim.log() == []


def test_operations_are_all_on_record(sim: Simulator, call: Call) -> None:
    sim.clock(speed=0)
    sim.seed(count=3, up=1)
    path = f"{DEVICES}cpe-00001/"
    for _ in range(2):
        call("PATCH", path, json={"reboot": True, "reconf": True})
    call("PATCH", path, json={"reboot": False, "factory": False})
    found = [
        (operation["trigger"], operation["outcome"])
        for operation in sim.operations(name="cpe-00001")
    ]
    assert found == [
        ("reboot", "pending"),
        ("reconf", "pending"),
        ("reboot", "merged"),
        ("reconf", "merged"),
    ]
    assert call("GET", path).json()["pending_settings"] == "reboot_pending,reconf_pending"


def test_concurrent_writers_do_not_lose_anything(sim: Simulator, call: Call) -> None:
    sim.seed(types=[{"id": 5, "short_name": "r"}])

    def create(number: int) -> int:
        headers = {"Authorization": f"Bearer {sim.token}"}
        body = {"name": f"n{number % 40}", "type": 5}
        return requests.post(
            f"{sim.url}/{DEVICES}", json=body, headers=headers, timeout=60
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(80)))
    assert answers == [201] * 40 + [400] * 40
    assert len(sim.events()) == 40


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("seed/", {"cuont": 3}),
        ("seed/", {"devices": [{"nmae": "a"}]}),
        ("seed/", {"devices": [{"name": "a"}, {"name": "a"}]}),
        ("seed/", {"devices": [{"name": "a", "status": "up"}]}),
        ("seed/", {"behaviours": {"default": {"boot": 3}}}),
        ("settings/", {"strikt": True}),
        ("clock/", {"advance": -1}),
        ("tokens/", {"token": ""}),
        ("check_password/", {}),
    ],
)
def test_mistakes_are_told_and_change_nothing(
    sim: Simulator, path: str, body: dict[str, Any]
) -> None:
    with pytest.raises(ControlError, match="400"):
        sim.control("POST", path, body)
    assert sim.control("GET", "")["devices"] == 0


def start(
    *options: str, tmp_path: Path, **environment: str
) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    facts = tmp_path / "facts.json"
    command = [
        sys.executable,
        str(ROOT / "simulator"),
        "--facts",
        str(facts),
        "--workers",
        "1",
        *options,
    ]
    kept = {key: value for key, value in os.environ.items() if key not in ("HOME", "PYTHONPATH")}
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not facts.exists():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert facts.stat().st_mode & 0o777 == 0o600
    return process, json.loads(facts.read_text(encoding="utf-8"))


def get(url: str, token: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        request, timeout=30
    ) as answer:
        return dict(json.load(answer))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_start_and_stop(tmp_path: Path, sent: signal.Signals) -> None:
    seed = tmp_path / "fleet.yaml"
    seed.write_text(
        "types: [{id: 4, short_name: x}]\ndevices:\n  - {name: a, created: 2024-01-15T10:00:00Z}\n"
    )
    work = tmp_path / "work"
    work.mkdir()
    process, facts = start(
        "--seed", str(seed), "--devices", "5", "--prefix", "/some/where", "--token", "Tok", "--max-limit", "3",
        "--strict", tmp_path=work, TMPDIR=str(work),
    )  # fmt: skip
    assert facts["url"].endswith("/some/where")
    page = get(f"{facts['url']}/{DEVICES}?limit=10", "Tok")
    assert (page["count"], len(page["results"])) == (6, 3)
    process.send_signal(sent)
    printed, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    for told in (facts["url"], "Tok", facts["control_url"]):
        assert told in printed
    assert list(work.iterdir()) == []


def test_data_can_be_kept(tmp_path: Path) -> None:
    options = ("--data-dir", str(tmp_path / "data"), "--speed", "1000", "--quiet", "--token", "t")
    process, facts = start(*options, "--devices", "2", tmp_path=tmp_path)
    first = get(f"{facts['control_url']}", "")["clock"]["now"]
    process.terminate()
    assert process.communicate(timeout=10) == ("", "")
    process, facts = start(*options, tmp_path=tmp_path)
    assert get(f"{facts['url']}/{DEVICES}", "t")["count"] == 2
    assert get(f"{facts['control_url']}", "")["clock"]["now"] > first
    process.terminate()
    process.communicate(timeout=10)


def test_it_goes_with_its_parent(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    script = (
        "import subprocess, sys, time, pathlib\n"
        "subprocess.Popen([sys.executable, sys.argv[1], '--exit-with-parent', '--quiet', '--facts', sys.argv[2]])\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(0.02)\n"
        "print(pathlib.Path(sys.argv[2]).read_text())\n"
    )
    command = [sys.executable, "-c", script, str(ROOT / "simulator"), str(facts)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    told = json.loads(done.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{told['pid']}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{told['pid']}").exists()
    assert list(tmp_path.iterdir()) == []
