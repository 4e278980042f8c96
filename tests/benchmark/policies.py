# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to hold declared devices to a policy, beside reading their files."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from tests.benchmark.bench import HERE, Bench
from tests.benchmark.results import Requirement, Results, Sizes, Table

A_FILE = 500  # devices
POLICY = r"""
name: {value: '^s(?P<site>[0-9]+)-(?P<function>gw|rt|ap)-(?P<sequence>[0-9]{3})$', why: Found by site.}
required: [location_name, description, serial_number]
forbidden: [debug, password]
allowed_types: [home-gateway, access-point]
allowed_organizations: [101, 102, 103]
unique: [customer_id]
match: {serial_number: '^ACGW', location_name: '^[A-Z]'}
"""


def _device(number: int) -> dict[str, object]:
    site, sequence = divmod(number, A_FILE)
    return {
        "name": f"s{site}-gw-{sequence:03}",
        "type": "home-gateway",
        "organization": 101 + site % 3,
        "serial_number": f"ACGW{number:08}",
        "location_name": f"Mill Lane {sequence}",
        "description": f"Site {number}",
        "customer_id": f"C{number}",
    }


def _write(folder: Path, count: int) -> None:
    """A file for each site, as people write them: a block of lines for each device."""
    folder.mkdir()
    (folder / "policy.yml").write_text(POLICY, encoding="utf-8")
    for first in range(0, count, A_FILE):
        lines = []
        for number in range(first, min(first + A_FILE, count)):
            fields = [f"{key}: {json.dumps(value)}" for key, value in _device(number).items()]
            lines.append("- " + "\n  ".join(fields))
        file = folder / f"site_{first // A_FILE}.yml"
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    folder = bench.folder / "declared"
    _write(folder, sizes.fleet)
    runs = [
        json.loads(bench.run("python", HERE / "hold_to_policy.py", folder).output)
        for _round in range(sizes.rounds)
    ]
    count = f"{sizes.fleet:,} declared devices"
    ratios = [run["holding"] / run["reading"] for run in runs]
    what = f"{count}: holding them to a policy with each rule, to reading their files"
    results.requirements.append(Requirement(what, statistics.median(ratios), 0.1))
    rows = []
    for part, words in (
        ("reading", "reading their files"),
        ("holding", "holding them to a policy with each rule"),
    ):
        seconds = statistics.median(run[part] for run in runs)
        each = f"{seconds / sizes.fleet * 1e6:.1f}"
        rows.append((words, [f"{seconds:.3f}", each]))
    results.tables.append(Table(count, ["", "seconds", "µs a device"], rows))
