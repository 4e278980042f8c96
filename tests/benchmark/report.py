# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results as Markdown, which reads well in a terminal too."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
from collections.abc import Sequence

from tests.benchmark.bench import VENV
from tests.benchmark.results import Requirement, Results, Table
from tools.common import ROOT, captured

VERSIONS = (
    "from importlib.metadata import version;"
    " print(*map(version, ('ansible-core', 'ansible', 'requests')))"
)

EXPLANATION = """\
Each ratio is of figures that were measured side by side in one run, and the median where there
are several; the seconds are this machine's. All is answered by a page server on the loopback
interface, with ready-made pages and no database: [tests/benchmark](../tests/benchmark)."""


def machine() -> str:
    """Where it was measured, as far as it matters."""
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {system}, {platform.python_implementation()} {python}"


def versions() -> str:
    """What was measured."""
    core, ansible, requests = captured([VENV / "bin" / "python", "-c", VERSIONS]).split()
    manifest = next(
        VENV.glob("lib/python*/site-packages/ansible_collections/netbox/netbox/MANIFEST.json")
    )
    netbox = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    own = re.search(
        r"^version: (\S+)", (ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE
    )
    version = own[1] if own else "?"
    return (
        f"zequenze.control {version}, ansible-core {core},"
        f" netbox.netbox {netbox} of ansible {ansible}, requests {requests}"
    )


def markdown(results: Results) -> str:
    """The page."""
    today = dt.datetime.now(dt.UTC).date()
    parts = [
        "# Benchmark",
        f"Written by `make benchmark` on {today}. Measured: {versions()}. Machine: {machine()}.",
        EXPLANATION,
        "![Seconds of an inventory and of tasks, beside the alternatives](benchmark.svg)",
        "## What must hold",
        _requirements(results.requirements),
        *(part for table in results.tables for part in _table(table)),
    ]
    return "\n\n".join(parts) + "\n"


def _requirements(requirements: Sequence[Requirement]) -> str:
    rows = []
    for one in requirements:
        verdict = "holds" if one.holds else "**missed**"
        rows.append((one.what, [f"{one.ratio:.2f}", one.wanted, verdict]))
    return _grid(["ratio of", "measured", "required", ""], rows)


def _table(table: Table) -> list[str]:
    return [
        f"## {table.title}",
        _grid(table.columns, table.rows),
        *([table.note] if table.note else []),
    ]


def _grid(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    cells = [list(columns), *([name, *values] for name, values in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    lines = [
        " | ".join(
            (
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            )
        )
        for row in cells
    ]
    rule = " | ".join(("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])))
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))
