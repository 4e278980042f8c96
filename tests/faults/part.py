# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of the table of faults, in a process and with a simulator of its own."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from simulator.testing import Simulator
from tests.acceptance.support import Platform
from tests.faults.cells import Result, run, table
from tests.faults.verdicts import UNKNOWN
from tools.common import CACHE, say

LOGS = CACHE / "logs"


def run_all(names: Sequence[str]) -> Counter[str]:
    """Those cells of the table, in a process with a simulator of its own."""
    found = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="zq-faults-") as name:
        folder = Path(name)
        wanted = set(names)
        cells = [cell for cell in table(folder) if str(cell) in wanted]
        data = folder / "platform"
        data.mkdir()
        with _quiet(), Simulator("--data-dir", str(data), "--workers", "2") as simulator:
            platform = Platform(simulator, folder)
            for cell in cells:
                result = run(platform, cell)
                found.update(_counts(result))
                for wrong, about in result.wrongs:
                    say(f"{wrong}: {cell}: {about}")
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """The server's own words about connections that it was told to break, into a file."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"faults-{os.getpid()}.log").open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
        yield


def _counts(result: Result) -> Iterator[str]:
    yield "cells"
    yield from ["requests"] * result.requests
    if result.met:
        yield "fault was met"
    yield "failed" if result.told.failed else "succeeded"
    claims = [result.told.claim(effect.name) for effect in result.cell.operation.effects]
    if UNKNOWN in claims:
        yield UNKNOWN
    for wrong, _about in result.wrongs:
        yield wrong
