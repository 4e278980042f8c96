# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `zq_window_wait`: options in, a result with every documented key out."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible import constants
from ansible_collections.zequenze.control.plugins.action.zq_window_wait import ActionModule
from ansible_collections.zequenze.control.plugins.modules import zq_window_wait

# It never opens within the week to come that a test takes.
NEVER_SOON = {
    "days": f"{datetime.now(timezone.utc) + timedelta(days=3):%a}",
    "from": "10:00",
    "to": "11:00",
}
RETURNED: dict[str, Any] = yaml.safe_load(zq_window_wait.RETURN)


def run(check_mode: bool = False, run_once: bool = False, **arguments: Any) -> dict[str, Any]:
    task = mock.MagicMock(args=arguments, async_val=0, check_mode=check_mode, run_once=run_once)
    task.get_play.return_value.strategy = "linear"
    task.get_name.return_value = "Keep to the window"
    parts = ("connection", "play_context", "loader", "templar", "shared_loader_obj")
    plugin = ActionModule(task=task, **{part: mock.MagicMock() for part in parts})
    plugin._display = mock.MagicMock()
    result: dict[str, Any] = plugin.run(task_vars={"inventory_hostname": "one"})
    return {**result, "displayed": [call.args[0] for call in plugin._display.display.mock_calls]}


def test_without_an_option_it_may_begin() -> None:
    result = run()
    assert (result["state"], result["changed"]) == ("open", False)
    documented = {key for key, row in RETURNED.items() if row["returned"] == "always"}
    assert set(result) == documented | {"changed", "displayed"}
    assert set(result["clock"]) == set(RETURNED["clock"]["contains"])
    assert result["displayed"] == []


def test_empty_text_is_not_given() -> None:
    for nothing in ("", None):
        arguments: dict[str, Any] = dict.fromkeys(zq_window_wait.SPEC, nothing)
        assert run(**arguments)["state"] == "open"


def test_a_task_that_runs_once_says_on_which_host() -> None:
    assert "host" not in run()
    assert run(run_once=True)["host"] == "one"


def test_a_refusal_fails_and_tells_the_state() -> None:
    result = run(window=NEVER_SOON, subject="wave 1")
    assert result["failed"] is True
    assert result["state"] == "closed"
    assert "wave 1 was not begun" in result["msg"]
    assert set(result) == {*RETURNED, "changed", "failed", "displayed"} - {"host"}


def test_check_mode_does_not_wait() -> None:
    result = run(check_mode=True, window=NEVER_SOON, outside="wait")
    assert not result.get("failed")
    assert "it would be waited for the window" in result["msg"]
    assert result["displayed"] == []


def test_it_waits_and_tells_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", "default")
    result = run(
        window={"from": "22:00", "to": "23:00"},
        outside="wait",
        clock={"begin": "2026-03-28T21:00:00Z", "speed": "36000"},
    )
    assert result["state"] == "open"
    assert 0.1 <= result["waited"] < 5
    (line,) = result["displayed"]
    assert line.startswith(
        "Keep to the window: Waiting for the window, which opens at 2026-03-28T22:00:00+00:00, in"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"outside": "hope"}, "value of outside must be one of: refuse, wait"),
        ({"needs": "long"}, "needs"),
        ({"clock": {"pace": 2}}, "pace"),
        ({"window": {"days": "someday"}}, "window.days: 'someday' is not a day of the week"),
    ],
)
def test_a_wrong_option_fails_without_a_state(arguments: dict[str, Any], message: str) -> None:
    result = run(**arguments)
    assert result["failed"] is True
    assert message in result["msg"]
    assert "state" not in result
