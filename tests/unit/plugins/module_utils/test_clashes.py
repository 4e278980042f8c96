# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no two devices have in common, and renames that form circles."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._clashes import (
    DeclaredDevice,
    find_clashes,
)
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems

A: dict[str, Any] = {"name": "a"}


def clashes(*devices: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Place and field, device, and what is said."""
    problems = Problems()
    placed = [DeclaredDevice(f"line {number}", one) for number, one in enumerate(devices)]
    find_clashes(placed, problems)
    return [(one.where(" "), one.device, one.text) for one in problems.found]


@pytest.mark.parametrize(
    ("devices", "where", "device", "text"),
    [
        ([A, A], "line 1 name", "a", "'a' is given in line 0 too"),
        (
            [{**A, "serial_number": "S"}, {"name": "b", "serial_number": " S "}],
            "line 1 serial_number",
            "b",
            "'S' is given in line 0 (a) too",
        ),
        (
            [{"serial_number": "S"}, {"name": "b", "serial_number": "S"}],
            "line 1 serial_number",
            "b",
            "'S' is given in line 0 too",
        ),
        ([A, {"name": "b", "new_name": "a"}], "line 1 new_name", "b", "'a' is given in line 0 too"),
        ([{"name": "b", "new_name": "a"}, A], "line 1 name", "a", "'a' is given in line 0 (b) too"),
        (
            [{**A, "new_name": "c"}, {"name": "b", "new_name": "c"}],
            "line 1 new_name",
            "b",
            "'c' is given in line 0 (a) too",
        ),
    ],
)
def test_what_is_declared_twice_is_a_problem_of_the_later_device(
    devices: list[dict[str, Any]], where: str, device: str, text: str
) -> None:
    assert clashes(*devices) == [(where, device, f"{text}. Keep one of the two.")]


@pytest.mark.parametrize(
    "devices",
    [
        [A, {"name": "b"}],
        [{**A, "serial_number": ""}, {"name": "b", "serial_number": " "}],
        [{**A, "new_name": "a"}],
        [{**A, "new_name": "b"}, {"name": "b", "new_name": "c"}],
        [{}, {}],
        [{**A, "serial_number": "1"}, {"name": "b", "serial_number": "01"}],
    ],
)
def test_what_is_no_clash(devices: list[dict[str, Any]]) -> None:
    assert clashes(*devices) == []


def test_each_circle_of_renames_is_a_problem_once() -> None:
    renames = {"x": "a", "a": "b", "b": "c", "c": "a", "d": "e", "e": "d", "f": "g"}
    found = clashes(*({"name": name, "new_name": target} for name, target in renames.items()))
    rest = "go round in a circle. Give one another name first."
    assert found == [
        ("line 3 new_name", "c", "'a' is given in line 0 (x) too. Keep one of the two."),
        ("line 1 new_name", "a", f"the renames a → b → c → a {rest}"),
        ("line 4 new_name", "d", f"the renames d → e → d {rest}"),
    ]
