# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout that is killed at random moments, and run again until it ends: each thing is done once, and told.

A few kills of each feature are a part of `make thorough`. `make kills` makes twenty of each; KILLS=50 another number, and
KILLS_SEED=7 draws other moments.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.kills import kill
from tests.acceptance.rollouts import BEFORE, EVERYWHERE, OURS, VERSION, fleet
from tests.acceptance.support import Platform

pytestmark = pytest.mark.thorough

KILLS = int(os.environ.get("KILLS", "2"))  # of each feature
SEED = int(os.environ.get("KILLS_SEED", "1"))

COUNT = 10
NAMES = [f"cpe-{number:04d}" for number in range(1, COUNT + 1)]
QUICK = {"boot_seconds": 20, "download_seconds": 20}
GIVEN: dict[str, Any] = {
    **OURS,
    "filter": EVERYWHERE,
    "waves": [3, "100%"],
    "report_dir": "reports",
}
# Kills of one rollout, at most; then it is left to come to its end.
IN_A_ROW = 4
# Tasks of a run that nobody kills, about; and what is long for one of them.
TASKS = 70
LONG = 0.3
# One write of one line.
NOTE = """
- name: Note it
  ansible.builtin.shell: cat >> "$NOTES"
  args:
    stdin: "{{ ['%s', firmware_rollout_wave.number] | to_json }}"
  environment:
    NOTES: "{{ lookup('env', 'NOTES') }}"
  delegate_to: localhost
  changed_when: false
"""
MARKS = ("before_tasks", "after_tasks", "paused")
# What can become of a device.
ENDS = {"done", "failed", "excluded"}


@dataclass(frozen=True)
class Seen:
    """What there was before a run, or when it had ended or was killed and nothing of it was left.

    sends: names of devices, each as often as it was sent the image, in their order.
    notes: of the user's tasks, when they were run and in which wave.
    """

    report: Mapping[str, Any]
    sends: list[str]
    notes: list[tuple[str, int]]

    @property
    def state(self) -> str:
        return str(self.report.get("state") or "")

    @property
    def waves(self) -> dict[int, Mapping[str, Any]]:
        return {one["number"]: one for one in self.report.get("waves") or ()}

    @property
    def wave_of(self) -> dict[str, int | None]:
        return {one["name"]: one["wave"] for one in self.report.get("devices") or ()}

    def marks(self, mark: str) -> dict[int, str]:
        """Number of a wave → when that was noted of it."""
        return {number: str(one[mark]) for number, one in self.waves.items() if one[mark]}


@dataclass
class Story:
    """A rollout from its first run to its end, over the runs that are killed.

    Each feature is one. Which devices there are, and what is asked for, is in `prepare` and `given`.

    brief: with no more runs than it takes to show the feature.
    """

    user: User
    draw: random.Random
    brief: bool
    seen: list[Seen] = field(default_factory=list)
    killed: list[bool] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        fleet(self.user.platform, COUNT, QUICK)

    def given(self) -> dict[str, Any]:
        return GIVEN

    def meanwhile(self) -> None:
        """What happens on the platform while a run is under way."""

    def after_a_kill(self) -> None:
        """What happens on the platform before the next run."""

    def goes_on(self) -> bool:
        """Whether there is something to do for one more run, once one has finished."""
        return False

    def names(self) -> list[str]:
        """The devices that there are in the end."""
        return NAMES

    def check(self) -> None:
        """What holds of this feature alone."""

    def seed(self, name: str, **more: Any) -> None:
        """One more device. What the log has stays there."""
        one = {"name": name, "type": 9, "organization_id": 1, "software_version": BEFORE}
        self.user.platform.simulator.seed(devices=[{**one, "status": "Up", **more}])

    # Runs

    def tell(self, kills: int) -> int:
        """From the first run to the end. Returns how often it was killed, `kills` at most."""
        self.prepare()
        self.seen.append(self._look())
        while True:
            self._run(dies=sum(self.killed) < kills)
            if self.killed[-1]:
                self.after_a_kill()
            elif self.seen[-1].state != "paused" and not self.goes_on():
                break
        self._check_all()
        self.check()
        return sum(self.killed)

    def _run(self, *, dies: bool) -> None:
        output = self.user.folder / "output"
        command = self.user.command("firmware_rollout", **self.given())
        reached = self._moment(output) if dies else lambda: False
        with (
            output.open("wb") as file,
            subprocess.Popen(
                command,
                cwd=self.user.folder,
                env=self.user.environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            while process.poll() is None and not reached():
                self.meanwhile()
                time.sleep(0.01)
            if process.poll() is None:
                time.sleep(self.draw.choice([0.0, self.draw.uniform(0, LONG)]))
                kill(process, self.user.folder, self.draw)
            killed = process.wait() == -signal.SIGKILL
        self.texts.append(output.read_text(encoding="utf-8", errors="replace"))
        assert killed or process.returncode == 0, self.texts[-1]
        self.killed.append(killed)
        self.seen.append(self._look())

    def _moment(self, output: Path) -> Callable[[], bool]:
        """A random one: as a task begins, one is sent to, the user's tasks run, or a report is there."""
        before = self.seen[-1]
        written: set[int] = set()

        def reports() -> int:
            with contextlib.suppress(FileNotFoundError):
                written.add(self._report.stat().st_mtime_ns)
            return len(written)

        def tasks() -> int:
            return output.read_bytes().count(b"\nTASK [")

        def sends() -> int:
            return len(self._sends()) - len(before.sends)

        def notes() -> int:
            return len(self._notes()) - len(before.notes)

        clocks = [(tasks, TASKS)] * 3 + [(sends, COUNT // 2), (reports, 6)]
        if self._notes():
            clocks += [(notes, 3)]
        clock, most = self.draw.choice(clocks)
        reports()
        number = self.draw.randint(2 if clock is reports else 1, most)
        return lambda: clock() >= number

    # What there is

    @property
    def _report(self) -> Path:
        return self.user.folder / "reports" / "report.json"

    def _look(self) -> Seen:
        told = json.loads(self._report.read_text(encoding="utf-8")) if self._report.exists() else {}
        return Seen(told, self._sends(), self._notes())

    def _sends(self) -> list[str]:
        asked = [
            entry
            for entry in self.user.platform.simulator.log(method="PATCH")
            if (entry["body"] or {}).get("firmware_image_is_pending") is True
        ]
        return [entry["path"].rstrip("/").rsplit("/", 1)[1] for entry in asked]

    def _notes(self) -> list[tuple[str, int]]:
        path = self.user.folder / "notes"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(when, number) for when, number in map(json.loads, lines)]

    # What holds of all of them

    def _check_all(self) -> None:
        last = self.seen[-1]
        assert last.state == "finished", self.texts[-1]
        self._every_outcome_is_told(last)
        assert max(Counter(last.sends).values()) <= 1 + self.given().get("retries", 0)
        assert set(last.sends) == {one["name"] for one in last.report["devices"] if one["wave"]}
        for before, after in zip(self.seen, self.seen[1:], strict=False):
            self._nothing_is_forgotten(before, after)
        # One wave after the other.
        turns = [last.wave_of[name] or 0 for name in dict.fromkeys(last.sends)]
        assert turns == sorted(turns), (turns, last.sends)

    def _every_outcome_is_told(self, last: Seen) -> None:
        told = {one["name"]: one for one in last.report["devices"]}
        assert sorted(told) == sorted(self.names())
        now = {one["name"]: one["software_version"] for one in self.user.platform.all()}
        for name, one in told.items():
            assert one["status"] in ENDS, one
            assert (one["status"] == "done") is (now[name] == VERSION), one
            assert one["status"] == "done" or one["reason"], one
            assert one["before"] == BEFORE, one
        assert sum(wave["size"] for wave in last.waves.values()) <= len(told)
        assert {wave["state"] for wave in last.waves.values()} <= {"done", "skipped"}

    def _nothing_is_forgotten(self, before: Seen, after: Seen) -> None:
        """Each device keeps its wave, and what was noted of a wave, once a report has told it."""
        for name, wave in before.wave_of.items():
            assert wave in (None, after.wave_of.get(name)), (name, wave)
        for mark in MARKS:
            noted = before.marks(mark)
            assert noted.items() <= after.marks(mark).items(), (noted, after.marks(mark))


class OwnTasks(Story):
    """The user's tasks are not run again once a report has told that they have ended."""

    def prepare(self) -> None:
        super().prepare()
        for when in ("before", "after"):
            self.user.write(f"{when}.yml", NOTE % when)

    def given(self) -> dict[str, Any]:
        return {**GIVEN, "before_wave": "before.yml", "after_wave": "after.yml"}

    def check(self) -> None:
        last = self.seen[-1]
        expected = [(when, wave) for wave in (1, 2) for when in ("before", "after")]
        assert list(dict.fromkeys(last.notes)) == expected
        # A kill came in each gap between the end of tasks and its report, or there was none.
        for note, times in Counter(last.notes).items():
            in_gaps = [
                one
                for one, killed in zip(self.seen[1:], self.killed, strict=True)
                if killed and note in one.notes and not self._is_told(one, note)
            ]
            assert times <= 1 + len(in_gaps), (note, times)
        for before, after in zip(self.seen, self.seen[1:], strict=False):
            added = after.notes[len(before.notes) :]
            assert max(Counter(added).values(), default=0) <= 1
            assert not [note for note in added if self._is_told(before, note)]
            self._in_their_order(after)
        # Nothing of a wave comes after something of the next.
        assert last.notes == sorted(last.notes, key=expected.index)

    @staticmethod
    def _is_told(seen: Seen, note: tuple[str, int]) -> bool:
        when, wave = note
        return wave in seen.marks(f"{when}_tasks")

    def _in_their_order(self, seen: Seen) -> None:
        """Nobody of a wave was sent to before the tasks before it, and those after the last one."""
        for name in seen.sends:
            wave = self.seen[-1].wave_of[name] or 0
            assert self._is_told(seen, ("before", wave)), (name, seen.report)
            assert wave == 1 or self._is_told(seen, ("after", wave - 1)), (name, seen.report)


class Pauses(Story):
    """The rollout pauses once after each wave, however often it is killed."""

    @property
    def pauses(self) -> list[int]:
        return [1] if self.brief else [1, 2]

    def given(self) -> dict[str, Any]:
        waves = [3, "100%"] if self.brief else [2, "50%", "100%"]
        return {**GIVEN, "waves": waves, "pause_after": self.pauses}

    def check(self) -> None:
        moments = {moment for one in self.seen for moment in one.marks("paused").items()}
        assert sorted(number for number, _moment in moments) == self.pauses, moments
        for before, after in zip(self.seen, self.seen[1:], strict=False):
            # A run comes to the first pause that the one before had not.
            may_send = 1 + len(before.marks("paused"))
            for name in after.sends[len(before.sends) :]:
                assert (self.seen[-1].wave_of[name] or 0) == may_send, (name, before.report)
            if after.state == "paused":
                assert len(after.marks("paused")) in (may_send, may_send - 1)
        ends = [
            one.marks("paused")
            for one, killed in zip(self.seen[1:], self.killed, strict=True)
            if not killed and one.state == "paused"
        ]
        assert all(list(one) == list(range(1, len(one) + 1)) for one in ends)
        assert len({len(one) for one in ends}) == len(ends)


class Retries(Story):
    """What failed is tried again, and not more often than that over all runs."""

    def prepare(self) -> None:
        fleet(self.user.platform, COUNT, {**QUICK, "fail_rate": {"firmware": 0.4}})

    def given(self) -> dict[str, Any]:
        return {**GIVEN, "retries": 2, "max_failures": "100%"}

    def check(self) -> None:
        last = self.seen[-1]
        times = Counter(last.sends)
        for one in last.report["devices"]:
            assert 1 + len(one.get("tries", [])) <= times[one["name"]], one
        # What a run has told of its tries, the last one still tells.
        tries = {one["name"]: one.get("tries", []) for one in last.report["devices"]}
        for seen in self.seen[1:]:
            for one in seen.report.get("devices", []):
                told = one.get("tries", [])
                assert tries[one["name"]][: len(told)] == told, one


class Down(Story):
    """Devices that are down come while a run is under way, but for one."""

    LATE = ("late-1", "late-2", "late-3")
    NEVER = "never"
    coming: list[str]

    def prepare(self) -> None:
        super().prepare()
        for name in (*self.LATE, self.NEVER):
            self.seed(name, status="Down")
        self.coming = list(self.LATE)
        self.comes_after = self.draw.randint(0, 2)

    def given(self) -> dict[str, Any]:
        return {**GIVEN, "wait_for_down": 240}

    def meanwhile(self) -> None:
        if self.coming and len(self._sends()) >= self.comes_after:
            self.user.platform.simulator.device(self.coming.pop(), status="Up")
            self.comes_after = len(self._sends()) + self.draw.randint(1, 4)

    def goes_on(self) -> bool:
        """Those that have come too late for a run are for the next one."""
        while self.coming:
            self.user.platform.simulator.device(self.coming.pop(), status="Up")
        return not set(self.LATE) <= set(self._sends())

    def names(self) -> list[str]:
        return [*NAMES, *self.LATE, self.NEVER]

    def _check_all(self) -> None:
        last = self.seen[-1]
        assert last.state == "finished", self.texts[-1]
        self._every_outcome_is_told(last)
        assert set(Counter(last.sends).values()) == {1}
        assert set(last.sends) == {*NAMES, *self.LATE}
        of_the_plan = [name for name in last.sends if name in NAMES]
        turns = [last.wave_of[name] or 0 for name in of_the_plan]
        assert turns == sorted(turns)
        (never,) = [one for one in last.report["devices"] if one["name"] == self.NEVER]
        assert never["status"] == "excluded"


class Order(Story):
    """One organization after the other, or one location."""

    by: str

    def prepare(self) -> None:
        self.by = self.draw.choice(["organization", "location"])
        fleet(self.user.platform, 0, QUICK)
        for number, name in enumerate(NAMES):
            site = f"Site {number // 2 % 2}" if self.by == "location" else ""
            self.seed(name, organization_id=1 + number % 2, location_name=site)

    def given(self) -> dict[str, Any]:
        return {**GIVEN, "order": self.by, "waves": [2, "100%"]}

    def check(self) -> None:
        last = self.seen[-1]
        site = {
            one["name"]: (one["organization_id"], one["location_name"])
            for one in last.report["devices"]
        }
        turns = [site[name] for name in last.sends]
        assert len(set(turns)) == {"organization": 2, "location": 4}[self.by]
        assert turns == sorted(turns, key=list(dict.fromkeys(turns)).index)


class Newcomers(Story):
    """Devices appear between the runs: each is sent to once, in a wave that comes after the others."""

    new: list[str]

    def prepare(self) -> None:
        super().prepare()
        self.new = []

    def after_a_kill(self) -> None:
        for _one in range(self.draw.randint(0, 2)):
            self.new.append(f"new-{len(self.new) + 1}")
            self.seed(self.new[-1])

    def names(self) -> list[str]:
        return [*NAMES, *self.new]


@pytest.mark.parametrize(
    "feature",
    [OwnTasks, Pauses, Retries, Down, Order, Newcomers],
    ids=lambda feature: feature.__name__,
)
def test_killed_and_run_again(platform: Platform, tmp_path: Path, feature: type[Story]) -> None:
    draw = random.Random(f"{SEED} {feature.__name__}")
    kills, rollouts = 0, 0
    while kills < KILLS:
        rollouts += 1
        folder = tmp_path / f"a user's folder {rollouts}"
        (folder / "home").mkdir(parents=True)
        user = User(platform, folder, {"NOTES": str(folder / "notes")})
        story = feature(user, draw, brief=rollouts == 1)
        kills += story.tell(min(KILLS - kills, draw.randint(2, IN_A_ROW)))
