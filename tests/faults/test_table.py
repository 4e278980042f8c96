# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of the table of faults, spread over its operations; `make faults` is the whole of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.support import Platform
from tests.faults.cells import Cell, run, sample, table
from tests.faults.kinds import AFTER, BEFORE, kinds
from tests.faults.operations import reading, writing

CELLS = 16  # of each operation
SEED = 10

NAMES = [operation.name for operation in [*writing(), *reading(Path())]]


def cells_of(platform: Platform, name: str) -> list[Cell]:
    return [cell for cell in table(platform.data) if cell.operation.name == name]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_done_twice_denied_or_told_as_done_that_was_not(
    platform: Platform, name: str
) -> None:
    drawn = sample(cells_of(platform, name), CELLS, SEED)
    met = 0
    for cell in drawn:
        result = run(platform, cell)
        assert result.wrongs == [], (str(cell), result.told)
        met += result.met
    assert met > CELLS / 2, "most of the faults are met"


def test_the_table_holds_every_operation_and_kind() -> None:
    cells = table(Path())
    assert len({str(cell) for cell in cells}) == len(cells)
    assert len({kind.name for kind in kinds()}) == len(kinds()) >= 82
    assert {cell.operation.name for cell in cells} == set(NAMES)
    assert {cell.kind.name for cell in cells} == {kind.name for kind in kinds()}
    either = [kind for kind in kinds() if set(kind.specs) == {BEFORE, AFTER}]
    times = Counter((cell.operation.name, cell.kind.name) for cell in cells)
    for operation in writing():
        # Before and after the work, and for the reads beside it; once and always.
        assert {times[operation.name, kind.name] for kind in either} == {6}
