# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The next free name of a kind."""

from __future__ import annotations

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._sequence import FreeNames


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "gw-001-x"),
        (["gw-001-x"], "gw-002-x"),
        (["gw-007-x", "gw-001-x", "gw-009-y", "ap-020-x", "gw-x"], "gw-008-x"),
        # As wide as those that there are.
        (["gw-0007-x"], "gw-0008-x"),
        (["gw-9-x"], "gw-10-x"),
        (["gw-9-x", "gw-10-x"], "gw-11-x"),
        (["gw-999-x", "gw-1000-x"], "gw-1001-x"),
        # What is too long for a number is none.
        (["gw-402211000101-x"], "gw-001-x"),
        (["gw-٣-x"], "gw-001-x"),
    ],
)
def test_the_next_name(taken: list[str], expected: str) -> None:
    assert FreeNames(taken).next("gw-", "-x") == expected


def test_no_name_is_given_twice() -> None:
    names = FreeNames(["gw-1"])
    assert [names.next("gw-", ""), names.next("gw-", ""), names.next("ap-", "", width=2)] == [
        "gw-2",
        "gw-3",
        "ap-01",
    ]


def test_a_number_that_follows_a_digit() -> None:
    names = FreeNames(["site1001"])
    assert names.next("site1", "") == "site1002"
