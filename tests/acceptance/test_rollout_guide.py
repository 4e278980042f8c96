# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide rollouts.rst: its example, run as it stands beside a webhook and a monitoring system, and each of its blocks."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.gitops import Ran, User
from tests.acceptance.pages import blocks as blocks_of
from tests.acceptance.pages import guide, missing, steps
from tests.acceptance.rollouts import BEFORE, SPEED, fleet, sent
from tests.acceptance.support import Platform

ROOT = Path(__file__).resolve().parents[2]
GUIDE = guide("rollouts")
EXAMPLE = ROOT / "docs" / "examples" / "rollout"
COUNT = 12
NAMES = [f"gw-{number:04d}" for number in range(1, COUNT + 1)]
CANARIES = ["gw-0007", "gw-0008"]
TOKENS = {"ANNOUNCE_TOKEN": "Vd4hN8announce", "MONITORING_TOKEN": "Zc7sW2monitoring"}
DIGEST = "firmware_rollout_expected_plan_digest"

# ---------------------------------------------------------------------------------------------------- the systems around


class Systems(ThreadingHTTPServer):
    """The webhook, and the Alertmanager. announced: each message. alarms: the devices that it has alarms of.

    status: what the webhook answers. on_message, on_question: what happens when one has come; asked: how many questions.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.announced: list[dict[str, Any]] = []
        self.asked = 0
        self.alarms: list[str] = []
        self.status = 204
        self.on_message: Callable[[dict[str, Any]], None] = lambda message: None
        self.on_question: Callable[[], None] = lambda: None

    @property
    def variables(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.server_port}"
        return {"announce_url": f"{address}/hook", "monitoring_url": address}

    @property
    def waves(self) -> list[int]:
        return [one["wave"] for one in self.announced]


class _Handler(BaseHTTPRequestHandler):
    server: Systems

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the standard library names it
        """Nothing is printed."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == f"Bearer {TOKENS['ANNOUNCE_TOKEN']}"
        if self.server.status == 204:
            self.server.announced.append(message)
            self.server.on_message(message)
        self.send_response(self.server.status)
        self.end_headers()

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == f"Bearer {TOKENS['MONITORING_TOKEN']}"
        assert self.path.startswith("/api/v2/alerts?")
        self.server.asked += 1
        self.server.on_question()
        alerts = [{"labels": {"alertname": "Loss", "device": name}} for name in self.server.alarms]
        body = json.dumps([*alerts, {"labels": {"alertname": "Watchdog"}}]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def systems() -> Iterator[Systems]:
    server = Systems()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def user(platform: Platform, systems: Systems, tmp_path: Path) -> User:
    """Somebody in a copy of the example's folder, to whose variables the simulator's are added."""
    folder = tmp_path / "a user's folder"
    shutil.copytree(EXAMPLE, folder)
    (folder / "home").mkdir()
    given = yaml.safe_load((folder / "rollout.yml").read_text(encoding="utf-8"))
    given |= {"firmware_rollout_speed": SPEED, **systems.variables}
    (folder / "rollout.yml").write_text(yaml.safe_dump(given), encoding="utf-8")
    home = {"id": 6, "name": "Home gateway", "short_name": "home-gateway"}
    fleet(
        platform,
        COUNT,
        {"boot_seconds": 20, "download_seconds": 20},
        name="gw-{n:04d}",
        organizations=[101, 102, 103],
        types=[home],
    )
    return User(platform, folder, {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json", **TOKENS})


def roll_out(user: User, *options: str, succeeds: bool = True) -> Ran:
    """The example, as the guide has it run."""
    ran = user.program(
        *user.command("firmware_rollout"), "-e", "@rollout.yml", "-vvv", "--diff", *options
    )
    assert (ran.code == 0) is succeeds, ran.text
    assert not [secret for secret in TOKENS.values() if secret in ran.text]
    return ran


def report(user: User) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / "report.json").read_text(encoding="utf-8")))


def wave_of(user: User) -> dict[str, int]:
    return {one["name"]: one["wave"] for one in report(user)["devices"] if one["wave"]}


# ----------------------------------------------------------------------------------------------------------- the example


@pytest.mark.thorough
def test_each_wave_is_announced_once_with_the_names_of_its_devices(
    user: User, systems: Systems
) -> None:
    roll_out(user, "--check")
    assert not systems.announced
    roll_out(user)
    assert report(user)["state"] == "finished"
    assert systems.waves == [1, 2, 3]
    assert systems.asked == 3
    announced = {name: one["wave"] for one in systems.announced for name in one["devices"]}
    assert announced == wave_of(user)
    assert set(announced) == set(NAMES)
    first = systems.announced[0]
    assert first["text"] == "Firmware 2.0.0, the canaries: 2 devices restart from now on."
    assert first["devices"] == CANARIES
    assert set(first["organizations"]) <= {101, 102, 103}
    # Nothing is left to do, and nobody is told.
    roll_out(user)
    assert systems.waves == [1, 2, 3]


@pytest.mark.thorough
def test_alarms_after_a_wave_halt_it_and_mended_it_goes_on(user: User, systems: Systems) -> None:
    def alarm(message: dict[str, Any]) -> None:
        if message["wave"] == 2:
            systems.alarms = [message["devices"][0], "of another network"]

    systems.on_message = alarm
    for _time in range(2):
        roll_out(user, succeeds=False)
        told = report(user)
        assert told["state"] == "halted"
        assert "Halted after wave 2" in told["reason"]
        assert f"1 of 3 devices with alarms: {systems.alarms[0]}." in told["reason"]
        assert {wave for name, wave in wave_of(user).items() if name in sent(user.platform)} == {
            1,
            2,
        }
    assert systems.waves == [1, 2]
    systems.alarms = []
    roll_out(user)
    assert report(user)["state"] == "finished"
    assert systems.waves == [1, 2, 3]
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


@pytest.mark.thorough
def test_a_wave_that_cannot_be_announced_is_not_begun(user: User, systems: Systems) -> None:
    systems.status = 503
    roll_out(user, succeeds=False)
    told = report(user)
    assert told["state"] == "halted"
    assert "Halted before the canaries" in told["reason"]
    assert "has not taken the message (status 503)" in told["reason"]
    assert not user.platform.writes()
    systems.status = 204
    roll_out(user)
    assert systems.waves == [1, 2, 3]


@pytest.mark.thorough
def test_a_device_that_joins_a_wave_is_in_its_outcomes_and_was_not_announced(
    user: User, systems: Systems
) -> None:
    late = {"name": "late", "type": 6, "organization_id": 101, "software_version": BEFORE}
    user.platform.seed({**late, "status": "Down"})

    def come(message: dict[str, Any]) -> None:
        if message["wave"] == 2:
            user.platform.simulator.device("late", status="Up")
            systems.alarms = ["late"]

    systems.on_message = come
    roll_out(user, succeeds=False)
    assert "1 of 4 devices with alarms: late." in report(user)["reason"]
    assert wave_of(user)["late"] == 2
    assert not [one for one in systems.announced if "late" in one["devices"]]


@pytest.mark.thorough
# How often the monitoring system is asked by then, of three waves. Without a report the check of wave 1 is made again, before wave 2.
@pytest.mark.parametrize(("folder", "asked"), [("reports", 4), ("", 5)])
def test_killed_in_tasks_it_runs_them_again(
    user: User, systems: Systems, folder: str, asked: int
) -> None:
    given = ("-e", json.dumps({"firmware_rollout_report_dir": folder}))

    def run_until_killed() -> None:
        process = subprocess.Popen(
            [*user.command("firmware_rollout"), "-e", "@rollout.yml", *given],
            cwd=user.folder,
            env=user.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

        def kill_before_wave_2(message: dict[str, Any]) -> None:
            if systems.waves == [1, 2]:
                os.killpg(process.pid, signal.SIGKILL)

        def kill_after_wave_2() -> None:
            if systems.asked == asked - 2 and systems.waves == [1, 2, 2]:
                os.killpg(process.pid, signal.SIGKILL)

        systems.on_message = kill_before_wave_2
        systems.on_question = kill_after_wave_2
        assert process.wait() == -signal.SIGKILL

    run_until_killed()
    assert set(sent(user.platform)) == set(CANARIES)
    run_until_killed()
    systems.on_question = lambda: None
    ran = roll_out(user, *given)
    assert "Finished: 12 devices have 2.0.0." in ran.text
    assert ("no report tells whether the tasks" in ran.text) is not bool(folder)
    assert systems.waves == [1, 2, 2, 3]
    assert systems.asked == asked
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


# ------------------------------------------------------------------------------------------------- the blocks of the guide

HANDED = "firmware_rollout_wave"
# Tasks that write down what they are told.
NOTE = """
- name: Note it
  ansible.builtin.copy:
    content: "{{ firmware_rollout_wave | to_json }}"
    dest: "{{ lookup('env', 'NOTES') }}/%s"
    mode: "0600"
  delegate_to: localhost
"""


def blocks(language: str) -> list[str]:
    """Those that are marked as tested here."""
    marked = [one for one in blocks_of(GUIDE) if one.reason.endswith(Path(__file__).name)]
    return [one.text for one in marked if one.language == language]


FILE = "# inventory/"


def settings() -> list[dict[str, Any]]:
    """The blocks that are variables of a rollout."""
    loaded = [yaml.safe_load(text) for text in blocks("yaml") if not text.startswith(FILE)]
    return [one for one in loaded if HANDED not in one]


def files() -> dict[str, str]:
    """The blocks that are files, by the paths that they begin with."""
    found = {}
    for text in blocks("yaml"):
        first, rest = text.split("\n", 1)
        if first.startswith(FILE):
            found[first.removeprefix("# ")] = rest
    return found


def handed() -> dict[str, Any]:
    """The block that shows what tasks are told."""
    (text,) = [text for text in blocks("yaml") if text.startswith(f"{HANDED}:")]
    return dict(yaml.safe_load(text)[HANDED])


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    # Text is what a wave tells of itself: `test_wave_progress` has its words.
    assert {one.language for one in blocks_of(GUIDE)} == {"console", "yaml", "text"}


@pytest.mark.thorough
def test_variables_of_the_guide(user: User) -> None:
    """All at once: none of them is in two blocks."""
    names = [name for given in settings() for name in given]
    assert len(names) == len(set(names)) == 8
    user.write("given.yml", "".join(yaml.safe_dump(given) for given in settings()))
    ran = roll_out(user, "-e", "@given.yml", "--check")
    # One organization after the other, each cut at the sizes of the waves.
    assert "upgraded to 2.0.0 (image 18) in 5 waves." in ran.text
    assert not user.platform.writes()


def test_the_inventory_of_organizations(user: User) -> None:
    for path, text in files().items():
        user.write(path, text)
    ran = user.program("ansible-inventory", "-i", "inventory", "--list")
    assert ran.code == 0, ran.text
    listed = json.loads(ran.text[ran.text.index("{") :])
    hosts = [f"organization-{number}" for number in (101, 102, 103)]
    assert listed["zq_organizations"]["hosts"] == hosts
    variables = listed["_meta"]["hostvars"][hosts[0]]
    assert variables["firmware_rollout_window"]["timezone"] == "Pacific/Auckland"


@pytest.mark.thorough
def test_what_tasks_are_told(user: User) -> None:
    for when in ("before", "after"):
        user.write(f"{when}.yml", NOTE % when)
    tasks = {f"firmware_rollout_{when}_wave": f"{when}.yml" for when in ("before", "after")}
    user.env["NOTES"] = str(user.folder)
    roll_out(user, "-e", json.dumps(tasks))
    before, after = (
        json.loads((user.folder / when).read_text(encoding="utf-8")) for when in ("before", "after")
    )
    shown = handed()
    assert list(after) == list(shown)
    assert list(before) == [name for name in shown if name != "outcomes"]
    assert {name: type(value) for name, value in after.items()} == {
        name: type(value) for name, value in shown.items()
    }
    outcome, shown_outcome = after["outcomes"][0], shown["outcomes"][0]
    assert {name: outcome[name] for name in shown_outcome} == {
        **shown_outcome,
        "name": outcome["name"],
    }


@pytest.mark.thorough
def test_commands_of_the_guide(user: User, systems: Systems) -> None:
    """In their order, in one folder; each prints the lines below it, with anything in place of …"""
    for text in blocks("yaml"):
        name = re.match(r"# (\S+\.yml)\n", text)
        if name:
            user.write(name[1], text)
    typed = [step for one in blocks_of(GUIDE) if one.language == "console" for step in steps(one)]
    for step in typed:
        ran = user.program(*shlex.split(step.command, comments=True))
        assert ran.code == 0, ran.text
        assert not missing(step.expected, ran.text), ran.text
    assert len(typed) == 3
    assert systems.waves == [1, 2, 3]
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)
