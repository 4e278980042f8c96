# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of steps: what gives up a name or a serial number goes first, and a circle is found."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._fleet.order import (
    Order,
    Step,
    order_steps,
)
from ansible_collections.zequenze.control.plugins.module_utils._plan import (
    Declaration,
    plan_device,
)
from hypothesis import given
from hypothesis import strategies as st


def step(declaration: Declaration, actual: dict[str, Any] | None) -> Step:
    return Step(declaration.name, declaration, actual, plan_device(declaration, actual))


def there(name: str) -> dict[str, Any]:
    return {"id": 1, "name": name, "type": 5, "serial_number": f"S-{name}", "description": ""}


def renamed(name: str, new_name: str, **fields: Any) -> Step:
    return step(Declaration(name, new_name=new_name, fields=fields), there(name))


def changed(name: str, **fields: Any) -> Step:
    return step(Declaration(name, fields=fields), there(name))


def created(name: str, **fields: Any) -> Step:
    return step(Declaration(name, fields={"type": 5, **fields}), None)


def deleted(name: str) -> Step:
    return step(Declaration(name, absent=True), there(name))


def names(order: Order) -> list[list[str]]:
    return [[one.name for one in level] for level in order.levels]


def test_no_steps_have_no_levels() -> None:
    assert order_steps([]) == Order([], {}, [])


def test_steps_that_wait_for_nothing_are_one_level_in_their_order() -> None:
    order = order_steps([changed("b", description="x"), created("n"), renamed("a", "z")])
    assert names(order) == [["b", "n", "a"]]
    assert order.waits == {}
    assert order.stuck == []


def test_a_chain_of_renames_is_a_level_each_the_last_one_first() -> None:
    order = order_steps([renamed("a", "b"), renamed("b", "c"), renamed("c", "d")])
    assert names(order) == [["c"], ["b"], ["a"]]
    assert order.waits == {"a": ["b"], "b": ["c"]}


def test_deletions_that_nothing_waits_for_come_last() -> None:
    steps = [
        deleted("x"),
        deleted("y"),
        created("n", serial_number="S-y"),
        changed("a", debug=True),
    ]
    order = order_steps(steps)
    assert names(order) == [["y", "a"], ["n"], ["x"]]
    assert order.waits == {"n": ["y"]}


def test_deletions_alone_are_one_level() -> None:
    assert names(order_steps([deleted("x"), deleted("y")])) == [["x", "y"]]


def test_a_creation_under_a_new_name_waits_for_the_device_that_has_the_name() -> None:
    declaration = Declaration("x", fields={"type": 5})
    creation = Step("a", declaration, None, plan_device(declaration, None))
    order = order_steps([creation, renamed("x", "y")])
    assert order.waits == {"a": ["x"]}
    assert names(order) == [["x"], ["a"]]


def test_no_step_waits_for_itself() -> None:
    order = order_steps([renamed("a", "b", serial_number="S-a"), changed("c", serial_number="S-c")])
    assert order.waits == {}


def test_a_step_waits_for_several() -> None:
    steps = [
        renamed("a", "b", serial_number="S-c"),
        renamed("b", "z"),
        changed("c", serial_number="new"),
    ]
    order = order_steps(steps)
    assert order.waits == {"a": ["b", "c"]}
    assert names(order) == [["b", "c"], ["a"]]


def test_a_step_that_takes_name_and_serial_number_of_one_device_waits_for_it_once() -> None:
    order = order_steps([renamed("a", "b", serial_number="S-b"), deleted("b")])
    assert order.waits == {"a": ["b"]}
    assert names(order) == [["b"], ["a"]]


def test_steps_that_become_free_at_once_keep_the_order_of_the_steps() -> None:
    steps = [
        changed("late", serial_number="S-y"),
        changed("early", serial_number="S-x"),
        deleted("x"),
        deleted("y"),
    ]
    assert names(order_steps(steps)) == [["x", "y"], ["late", "early"]]
    assert names(order_steps([*steps[:2], *steps[:1:-1]])) == [["y", "x"], ["late", "early"]]


def test_serial_numbers_are_compared_as_the_platform_does() -> None:
    order = order_steps([changed("a", serial_number=" S-b "), changed("b", serial_number="new")])
    assert order.waits == {"a": ["b"]}


def test_what_a_device_keeps_is_not_waited_for() -> None:
    order = order_steps([created("n", serial_number="S-a"), changed("a", description="x")])
    assert order.waits == {}


@pytest.mark.parametrize("value", ["", None])
def test_no_serial_number_is_waited_for(value: Any) -> None:
    without = {**there("b"), "serial_number": value}
    gone = step(Declaration("b", absent=True), without)
    order = order_steps([changed("a", serial_number=""), gone])
    assert order.waits == {}


def test_a_circle_is_stuck_and_so_is_what_waits_for_it() -> None:
    steps = [
        changed("behind", serial_number="S-a"),
        renamed("a", "b", serial_number="S-new"),
        renamed("b", "z", serial_number="S-a"),
        changed("c", serial_number="S-d"),
        changed("d", serial_number="S-free"),
        deleted("x"),
    ]
    order = order_steps(steps)
    assert [one.name for one in order.stuck] == ["behind", "a", "b"]
    assert names(order) == [["d"], ["c"], ["x"]]


def test_two_circles_are_stuck() -> None:
    steps = [
        changed("a", serial_number="S-b"),
        changed("b", serial_number="S-a"),
        changed("c", serial_number="S-d"),
        changed("d", serial_number="S-c"),
    ]
    order = order_steps(steps)
    assert [one.name for one in order.stuck] == ["a", "b", "c", "d"]
    assert order.levels == []


DEVICES = ["a", "b", "c", "d", "e"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(DEVICES),
            st.sampled_from(DEVICES),
            st.sampled_from(["change", "create", "delete"]),
        ),
        unique_by=lambda one: one[0],
    )
)
def test_each_step_is_in_a_level_after_what_it_waits_for_or_is_stuck(
    given: list[tuple[str, str, str]],
) -> None:
    steps = []
    for name, other, action in given:
        if action == "delete":
            steps.append(deleted(name))
        elif action == "create":
            steps.append(created(name, serial_number=f"S-{other}"))
        elif name != other:
            steps.append(changed(name, serial_number=f"S-{other}"))
    order = order_steps(steps)
    done: set[str] = set()
    for level in order.levels:
        assert level
        for one in level:
            assert set(order.waits.get(one.name, ())) <= done
        done |= {one.name for one in level}
    stuck = {one.name for one in order.stuck}
    assert sorted([*done, *stuck]) == sorted(one.name for one in steps)
    assert all(set(order.waits[name]) & stuck for name in stuck)
