# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that run side by side: what is begun when, what is printed in which order, and what a failure ends."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import check, side_by_side
from tools.common import Failed, say

# Notes that it has begun, waits for a file, prints, and writes what became of it.
PROGRAM = """
import json, os, pathlib, sys, time
name, result, folder, failure, until = sys.argv[1:]
with open(f"{folder}/begun", "a") as file: file.write(f"{name} {os.getpid()}\\n")
pathlib.Path(folder, f"{name}.begun").touch()
while until and not pathlib.Path(folder, until).exists(): time.sleep(0.01)
print(f"this is {name}", flush=True)
pathlib.Path(folder, name).touch()
if failure != "killed":
    outcome = {"name": name, "seconds": "1.0 s", "reason": "", "failure": failure}
    pathlib.Path(result).write_text(json.dumps(outcome))
"""


@dataclass(frozen=True)
class One:
    """A check. until: the file that another one leaves when it begins, or when it ends."""

    name: str
    seconds: int = 1
    needs: tuple[str, ...] = ()
    failure: str = ""
    until: str = ""


class Side:
    """Checks in a folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = patch

    def run(self, *checks: One) -> list[side_by_side.Outcome]:
        known = {one.name: one for one in checks}

        def command(name: str, result: Path) -> list[str | Path]:
            given = [str(self.folder), known[name].failure, known[name].until]
            return [sys.executable, "-c", PROGRAM, name, result, *given]

        self.patch.setattr(side_by_side, "command", command)
        return list(side_by_side.side_by_side(checks, lambda name: say(f"== {name}")))

    def begun(self) -> dict[str, int]:
        """The process of each that has begun, in that order."""
        lines = (self.folder / "begun").read_text(encoding="utf-8").splitlines()
        return {line.split()[0]: int(line.split()[1]) for line in lines}


@pytest.fixture
def side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Side:
    return Side(tmp_path, monkeypatch)


def test_they_run_at_once_and_are_told_of_in_their_order(
    side: Side, capsys: pytest.CaptureFixture[str]
) -> None:
    done = side.run(One("first", until="second"), One("second"), One("third"))
    assert [outcome.name for outcome in done] == ["first", "second", "third"]
    told = [f"== {name}\nthis is {name}" for name in ("first", "second", "third")]
    assert capsys.readouterr().out.splitlines() == "\n".join(told).splitlines()


def test_the_longest_begin_and_none_before_what_it_needs(side: Side) -> None:
    side.run(One("short"), One("needs", 9, ("long",)), One("long", 5), One("middle", 3))
    begun = list(side.begun())
    assert set(begun[:2]) == {"long", "middle"}
    assert begun.index("needs") > begun.index("long")


@pytest.mark.parametrize(("failure", "said"), [("it is wrong", "it is wrong"), ("killed", "0")])
def test_a_failure_ends_the_others_and_is_told_of_last(
    side: Side, capsys: pytest.CaptureFixture[str], failure: str, said: str
) -> None:
    checks = [
        One("first", 9, until="never"),
        One("second", 8, failure=failure, until="first.begun"),
    ]
    checks.append(One("third"))
    done = side.run(*checks)
    assert [outcome.name for outcome in done] == ["second"]
    assert done[0].failure.endswith(said)
    assert set(side.begun()) == {"first", "second"}
    told = capsys.readouterr().out
    assert told == "== first\nnot finished: another check has failed\n== second\nthis is second\n"
    # Nothing is left behind.
    with pytest.raises(ProcessLookupError):
        os.kill(side.begun()["first"], 0)


def test_what_became_of_a_check_is_handed_on(tmp_path: Path) -> None:
    def fails() -> str | None:
        raise Failed("two problems")

    def left_out() -> str | None:
        return "NOT RUN: no Java"

    file = tmp_path / "result.json"
    side_by_side.write_outcome(file, side_by_side.outcome_of("one", fails))
    assert json.loads(file.read_text(encoding="utf-8"))["failure"] == "two problems"
    assert side_by_side.outcome_of("one", left_out).reason == "NOT RUN: no Java"


def test_what_each_stage_needs_is_there_and_comes_before_it() -> None:
    names = [stage.name for stage in check.STAGES]
    for number, stage in enumerate(check.STAGES):
        assert set(stage.needs) <= set(names[:number]), stage.name
        assert stage.seconds > 0
    # The tests are about times, and keep both cores busy.
    assert {stage.name for stage in check.STAGES if stage.alone} == {
        "unit",
        "simulator",
        "acceptance",
        "faults",
    }
