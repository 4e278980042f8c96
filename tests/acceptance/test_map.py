# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The map for newcomers in CONTRIBUTING.md, held against the tree."""

from __future__ import annotations

import re

from tests.unit.test_imports import PLUGINS, RULES

TEXT = (PLUGINS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAP = TEXT[TEXT.index("## The map") : TEXT.index("## Where the rest is")]


def test_it_names_every_room_and_every_module() -> None:
    rooms = {room.rpartition("/")[2] for room in RULES if "/" in room}
    modules = {file.stem for file in (PLUGINS / "modules").glob("zq_*.py")}
    assert not [name for name in sorted(rooms | modules) if f"`{name}`" not in MAP]


def test_it_names_nothing_that_is_not_there() -> None:
    known = {file.stem for file in PLUGINS.rglob("*.py")} | {
        file.name for file in PLUGINS.rglob("*")
    }
    named = {
        part for name in re.findall(r"`([a-z_/]+)/?`", MAP) for part in name.split("/") if part
    }
    assert not sorted(named - known - {"plugins", "tests", "unit"})
