# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure, tell, and fail where a ratio that must hold is missed.

``python -m tests.benchmark [--quick]``
"""

from __future__ import annotations

import argparse
import sys

from tests.benchmark import (
    chart,
    fleets,
    from_files,
    inventories,
    million,
    policies,
    report,
    tasks,
    watching,
)
from tests.benchmark import details as one_by_one
from tests.benchmark.bench import HOME, new_bench, ready_venv
from tests.benchmark.results import FULL, QUICK, Results
from tools.common import ROOT, Clock, Failed, heading, say


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small sizes, to see that it works: ratios are told and not required",
    )
    quick = parser.parse_args().quick
    sizes, folder = (QUICK, HOME) if quick else (FULL, ROOT / "docs")
    clock = Clock()
    ready_venv()
    results = Results()
    with new_bench() as bench:
        for title, part in (
            ("inventories", inventories.measure),
            ("tasks", tasks.measure),
            ("one by one", one_by_one.measure),
            ("fleets", fleets.measure),
            ("files", from_files.measure),
            ("watching", watching.measure),
            ("policies", policies.measure),
            ("a million devices", million.measure),
        ):
            heading(title)
            part(bench, sizes, results)
    page = report.markdown(results)
    heading("results")
    say(page)
    (folder / "benchmark.md").write_text(page, encoding="utf-8")
    (folder / "benchmark.svg").write_text(chart.svg(results.charts), encoding="utf-8")
    say(f"Written to {(folder / 'benchmark.md').relative_to(ROOT)} and benchmark.svg, in {clock}.")
    missed = [
        f"{one.what}: {one.ratio:.2f}, {one.wanted} is required"
        for one in results.requirements
        if not one.holds
    ]
    if missed and not quick:
        raise Failed("\n  ".join(["missed:", *missed]))


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
