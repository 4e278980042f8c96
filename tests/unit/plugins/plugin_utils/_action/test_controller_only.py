# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules for the controller alone have in common: arguments, failures, and no connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from unittest import mock

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._action.controller_only import (
    ControllerAction,
)


class Action(ControllerAction):
    """Returns its options, or fails."""

    spec: ClassVar[Mapping[str, Any]] = {
        "count": {"type": "int", "default": 3},
        "name": {"type": "str", "required": True},
    }

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params["count"] < 0:
            raise InputError("count", params["count"], "is less than 0", "Give 0 or more.")
        return {"changed": True, "params": dict(params)}


def ran(plugin: type[ControllerAction] = Action, **arguments: Any) -> dict[str, Any]:
    """The result of a task with these arguments."""
    task = mock.MagicMock(args=arguments, async_val=0, check_mode=False)
    parts = ("connection", "play_context", "loader", "templar", "shared_loader_obj")
    action: Any = plugin(task=task, **{part: mock.MagicMock() for part in parts})
    result: dict[str, Any] = action.run(task_vars={})
    used = [call for call in action._connection.mock_calls if "_shell" not in str(call)]
    assert used == []
    return result


def test_options_are_validated_and_typed() -> None:
    assert ran(name="n", count="5") == {"changed": True, "params": {"name": "n", "count": 5}}


def test_null_is_not_given() -> None:
    assert ran(name="n", count=None)["params"]["count"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": None}, "missing required arguments: name"),
        ({"name": "n", "count": "many"}, "argument 'count' is of type"),
        ({"name": "n", "colour": "red"}, "colour. Supported parameters include: count, name."),
    ],
)
def test_arguments_that_are_not_valid_fail_the_task(
    arguments: dict[str, Any], message: str
) -> None:
    result = ran(**arguments)
    assert message in result.pop("msg")
    assert result == {"failed": True, "status": None, "errors": {}}


def test_an_error_of_the_task_is_the_result_of_a_failed_module() -> None:
    assert ran(name="n", count=-1) == {
        "failed": True,
        "changed": False,
        "msg": "count: -1 is less than 0. Give 0 or more.",
        "status": None,
        "errors": {"count": ["is less than 0"]},
    }


def test_what_is_no_failure_of_the_collection_is_not_hidden() -> None:
    with pytest.raises(NotImplementedError):
        ran(ControllerAction)
