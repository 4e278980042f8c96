# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every operation with every kind of fault, and what went wrong, counted.

``python -m tests.faults [--sample N] [--seed S] [--only TEXT]``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.faults.cells import sample, table
from tests.faults.kinds import kinds
from tests.faults.operations import reading, writing
from tests.faults.part import run_all
from tests.faults.verdicts import UNKNOWN, WRONGS
from tools.common import Clock, Failed, heading, say

PROCESSES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many cells, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only cells that hold this text")
    options = parser.parse_args()
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="zq-faults-") as name:
        folder = Path(name)
        cells = [cell for cell in table(folder) if options.only in str(cell)]
        if options.sample is not None:
            cells = sample(cells, options.sample, options.seed)
        names = [str(cell) for cell in cells]
        heading(
            f"{len(names):,} faults: {len(kinds())} kinds, {len(writing())} operations that write"
            f" and {len(reading(folder))} that read"
        )
    found = Counter[str]()
    shares = [names[one::PROCESSES] for one in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for counts in pool.map(run_all, shares):
            found.update(counts)
    if found["cells"] != len(names):
        raise Failed(f"{found['cells']} of {len(names)} were tried")
    _tell(found, clock)
    if any(found[wrong] for wrong in WRONGS):
        raise Failed("see above")


def _tell(found: Counter[str], clock: Clock) -> None:
    heading("what happened")
    for name in ("cells", "fault was met", "succeeded", "failed", UNKNOWN, "requests", *WRONGS):
        say(f"{found[name]:>9,}  {name}")
    say(f"in {clock}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
