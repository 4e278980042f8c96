# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that keep one core busy, run side by side, and told of as if one came after the other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tools.common import ROOT, VENV_PYTHON, Clock, Failed, say, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# As many at once: the machines of the project's workflows have two cores.
LANES = 2
POLL_SECONDS = 0.1


class Check(Protocol):
    """What has to be known of a check to run it beside another.

    seconds: about how long it takes. needs: those that must have passed before it begins.
    """

    @property
    def name(self) -> str: ...
    @property
    def seconds(self) -> int: ...
    @property
    def needs(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Outcome:
    """What became of a check. reason: why it was not run; failure: what it failed with."""

    name: str
    seconds: str
    reason: str = ""
    failure: str = ""


def command(name: str, result: Path) -> list[str | Path]:
    """Return how a check is run in a process of its own."""
    return [VENV_PYTHON, "-m", "tools.check", "--one", name, result]


class _Begun:
    """A check in a process of its own, which writes into files."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.clock = Clock()
        self._output = folder / f"{name}.log"
        self._result = folder / f"{name}.json"
        self._shown = 0
        self.outcome: Outcome | None = None
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command(name, self._result),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def look(self) -> bool:
        """Whether it has ended."""
        if self.outcome is None and self._process.poll() is not None:
            self.outcome = self._read()
        return self.outcome is not None

    def _read(self) -> Outcome:
        if not self._result.is_file():
            failure = f"ended by itself, with exit code {self._process.returncode}"
            return Outcome(self.name, str(self.clock), failure=failure)
        return Outcome(**json.loads(self._result.read_text(encoding="utf-8")))

    def show(self) -> None:
        """Print what it has said since the last time."""
        with self._output.open("rb") as output:
            output.seek(self._shown)
            text = output.read()
        self._shown += len(text)
        sys.stdout.write(text.decode("utf-8", "replace"))
        sys.stdout.flush()

    def end(self) -> None:
        """Stop it, with all that it has started."""
        if self._process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        stop(self._process)


def outcome_of(name: str, check: Callable[[], str | None]) -> Outcome:
    """Run a check in this process."""
    clock = Clock()
    reason = failure = ""
    try:
        reason = check() or ""
    except Failed as error:
        failure = str(error)
    return Outcome(name, str(clock), reason, failure)


def write_outcome(file: Path, outcome: Outcome) -> None:
    """Hand on what became of a check to the process that has begun this one."""
    file.write_text(json.dumps(vars(outcome)), encoding="utf-8")


class _Lanes:
    """Checks that wait, run, and have ended."""

    def __init__(self, checks: Sequence[Check], folder: Path, lanes: int) -> None:
        self._waiting = sorted(checks, key=lambda check: -check.seconds)
        self._names = {check.name for check in checks}
        self._folder = folder
        self._lanes = lanes
        self.begun: dict[str, _Begun] = {}

    def advance(self) -> None:
        """Begin what can begin, unless one has failed."""
        running = [one for one in self.begun.values() if not one.look()]
        for check in list(self._waiting):
            if self.failed() or len(running) >= self._lanes:
                return
            if all(self._has_ended(name) for name in check.needs if name in self._names):
                self._waiting.remove(check)
                self.begun[check.name] = _Begun(check.name, self._folder)
                running.append(self.begun[check.name])

    def failed(self) -> Outcome | None:
        """Return what became of the one that failed, if one has."""
        for one in self.begun.values():
            if one.outcome and one.outcome.failure:
                return one.outcome
        return None

    def _has_ended(self, name: str) -> bool:
        return name in self.begun and self.begun[name].outcome is not None

    def wait(self, name: str) -> Outcome | None:
        """Show a check until it has ended. None where another one failed first."""
        while True:
            self.advance()
            one = self.begun.get(name)
            if one is not None:
                one.show()
                if one.outcome:
                    return one.outcome
            if self.failed():
                return None
            time.sleep(POLL_SECONDS)

    def end(self) -> None:
        """Stop all that runs."""
        for one in self.begun.values():
            one.end()


def side_by_side(
    checks: Sequence[Check], begins: Callable[[str], None], *, lanes: int = LANES
) -> Iterator[Outcome]:
    """Run all, the longest first, and yield their outcomes in their order, each after its output.

    begins: called with the name of each before its output is printed. After a failure nothing
    else begins, what runs is stopped, and the one that failed is the last that is yielded.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zq-checks-")))
        run = _Lanes(checks, folder, lanes)
        stack.callback(run.end)
        for check in checks:
            begins(check.name)
            outcome = run.wait(check.name)
            if outcome is None:
                say("not finished: another check has failed")
                break
            yield outcome
            if outcome.failure:
                return
        if failed := run.failed():
            begins(failed.name)
            run.begun[failed.name].show()
            yield failed
