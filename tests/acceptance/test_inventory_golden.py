# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each golden inventory is printed as it stands in tests/golden/expected, to the letter.

Meant to differ? `.venv/bin/python tests/golden/refresh.py`, and review what has changed. On another ansible-core: ZQ_ANSIBLE_BIN.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.inventory.programs import Inventory, core
from tests.acceptance.support import Platform
from tests.golden.golden import CONFIGURATIONS, EXPECTED, expected, file_of, listed, prepare


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    made = Inventory(platform, tmp_path)
    prepare(made)
    return made


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_golden_inventory(inventory: Inventory, name: str) -> None:
    file = expected(name)
    assert listed(inventory, name) == file.read_text(encoding="utf-8"), (
        f"{file.name} on ansible-core {core()}"
    )


def test_every_golden_file_is_of_a_configuration_and_differs_where_it_is_of_one_core() -> None:
    common = {file_of(name) for name in CONFIGURATIONS}
    for file in EXPECTED.iterdir():
        of_all = EXPECTED / f"{file.stem.partition('@')[0]}.json"
        assert of_all in common, file.name
        assert file == of_all or file.read_text(encoding="utf-8") != of_all.read_text(
            encoding="utf-8"
        ), file.name
