# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the table calls wrong: a verdict that could not fail would show nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.effects import ALL, NONE, SOME
from tests.faults.verdicts import (
    BARE,
    CLAIMED,
    DENIED,
    HANGS,
    LOST,
    TWICE,
    Happened,
    Told,
    wrongs,
)


def entry(status: str, *, changed: bool) -> dict[str, Any]:
    return {"results": [{"name": "a", "status": status, "reason": "", "changed": changed}]}


CHANGED = {"changed": True}
UNCHANGED = {"changed": False}
FAILED = {"failed": True, "changed": False, "msg": "it failed"}
MAYBE = {"failed": True, "changed": True, "msg": "it may have been done"}


@pytest.mark.parametrize(
    ("result", "share", "wrong"),
    [
        (CHANGED, ALL, None),
        (CHANGED, SOME, CLAIMED),
        (CHANGED, NONE, CLAIMED),
        (UNCHANGED, ALL, DENIED),
        (UNCHANGED, NONE, CLAIMED),
        (FAILED, ALL, DENIED),
        (FAILED, SOME, DENIED),
        (FAILED, NONE, None),
        (MAYBE, ALL, None),
        (MAYBE, NONE, None),
        (entry("done", changed=True), ALL, None),
        (entry("accepted", changed=True), NONE, CLAIMED),
        (entry("unknown", changed=True), ALL, None),
        (entry("unknown", changed=True), NONE, None),
        (entry("failed", changed=False), ALL, DENIED),
        (entry("failed", changed=True), ALL, None),
        (entry("skipped", changed=False), NONE, None),
        ({"results": []}, NONE, CLAIMED),
        ({"results": [], "failed": True}, ALL, DENIED),
    ],
)
def test_what_is_said_is_held_against_what_happened(
    result: dict[str, Any], share: str, wrong: str | None
) -> None:
    found = {kind for kind, _about in wrongs(Told(result), [Happened("a", share, 1)])}
    assert (wrong in found) if wrong else not found


def test_what_happened_twice() -> None:
    found = list(wrongs(Told(MAYBE), [Happened("a", ALL, 2)]))
    assert found == [(TWICE, "a: 2 times")]


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (Told({}, hung=True), HANGS),
        (Told({}, error="TypeError: 'int' object is not iterable"), BARE),
        (Told({"failed": True, "msg": "'NoneType' object has no attribute 'x'"}), BARE),
        (Told({"failed": True, "msg": "internal error: KeyError: 'a'. a bug of zequenze"}), BARE),
        (Told({"failed": True, "msg": "GET https://x/: answered 502."}), None),
    ],
)
def test_ends_that_are_no_answers(told: Told, wrong: str | None) -> None:
    assert [kind for kind, _about in wrongs(told, [])] == ([wrong] if wrong else [])


def test_a_list_that_lacks_a_device() -> None:
    assert list(wrongs(Told({}), [], ["a"], ["a", "b"])) == [(LOST, "b")]
    assert list(wrongs(Told({"failed": True}), [], [], ["a"])) == []
