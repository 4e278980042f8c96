# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins: the same as their modules, and no trace of theirs in the process that runs them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._action import (
    in_process as _in_process,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._action.in_process import (
    InProcessAction,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import TOKEN, URL, Platform

PLUGINS = "ansible_collections.zequenze.control.plugins"
MODULES = ("zq_device", "zq_device_action", "zq_device_info")


@pytest.fixture(autouse=True)
def network(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients whose network is the platform in memory, and none that another test has left."""

    def client(connection: Any, *, read_only: bool) -> Any:
        made = platform.client(read_only=read_only, token=connection.token)
        made.connection = connection
        return made

    monkeypatch.setattr(_in_process, "Client", client)
    _in_process._client.cache_clear()
    yield
    _in_process._client.cache_clear()


def action(name: str, arguments: dict[str, Any], **task: Any) -> InProcessAction:
    """An action plugin as Ansible makes it, but of nothing real."""
    given = {
        "async_val": 0,
        "check_mode": False,
        "delegate_to": None,
        "environment": None,
        "action": f"zequenze.control.{name}",
    }
    its_task = mock.MagicMock(args={"url": URL, "token": TOKEN, **arguments}, **{**given, **task})
    its_task.get_name.return_value = "a task"
    templar = mock.MagicMock()
    templar.template.side_effect = lambda value, **_more: value
    parts = {
        "task": its_task,
        "connection": mock.MagicMock(),
        "play_context": mock.MagicMock(),
        "loader": mock.MagicMock(),
    }
    plugin = import_module(f"{PLUGINS}.action.{name}").ActionModule
    made: InProcessAction = plugin(**parts, templar=templar, shared_loader_obj=mock.MagicMock())
    made._display = mock.MagicMock()
    return made


def test_every_module_has_an_action_of_its_name() -> None:
    modules = {file.stem for file in Path(zq_device.__file__).parent.glob("zq_*.py")}
    plugins = Path(_in_process.__file__).parents[2]
    assert modules == {file.stem for file in (plugins / "action").glob("zq_*.py")}
    for name in MODULES:
        plugin = import_module(f"{PLUGINS}.action.{name}").ActionModule
        module = import_module(f"{PLUGINS}.modules.{name}")
        assert plugin.spec is module.SPEC
        assert plugin.module_run is module.run
        assert plugin._requires_connection is False
        assert plugin._supports_check_mode is plugin._supports_async is True


@pytest.mark.parametrize("name", MODULES)
def test_signal_handlers_and_the_environment_stay_as_they_are(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    platform.add("one")
    for member in ("signal", "sigaction", "set_wakeup_fd", "setitimer", "alarm", "pthread_sigmask"):
        if hasattr(signal, member):
            monkeypatch.setattr(signal, member, mock.Mock(side_effect=AssertionError(member)))
    before = {number: signal.getsignal(number) for number in signal.Signals}
    state = (dict(os.environ), os.getcwd(), socket.getdefaulttimeout(), os.umask(0o022))  # noqa: PTH109
    arguments = {
        "zq_device": {"name": "one", "description": "d"},
        "zq_device_action": {"name": "one", "action": "sync"},
        "zq_device_info": {},
    }
    result = action(name, arguments[name]).run(task_vars={})
    assert not result.get("failed"), result
    assert {number: signal.getsignal(number) for number in signal.Signals} == before
    folder = os.getcwd()  # noqa: PTH109
    now = (dict(os.environ), folder, socket.getdefaulttimeout(), os.umask(state[3]))
    assert now == (*state[:3], 0o022)


def test_no_connection_is_touched(platform: Platform) -> None:
    platform.add("one")
    made = action("zq_device_info", {"name": "one"})
    assert made.run(task_vars={})["count"] == 1
    connection: Any = made._connection
    used = [call for call in connection.mock_calls if "_shell" not in str(call)]
    assert used == []


def test_check_mode_only_reads(platform: Platform) -> None:
    platform.add("one")
    for name, arguments in (
        ("zq_device", {"name": "one", "description": "d"}),
        ("zq_device_action", {"all": True, "action": "sync"}),
    ):
        result = action(name, arguments, check_mode=True).run(task_vars={})
        assert result["changed"]
    assert {call[0] for call in platform.sent()} == {"GET"}


@pytest.mark.parametrize(
    ("variables", "task", "here"),
    [
        ({}, {}, True),
        ({"zq_in_process": True}, {}, True),
        ({"zq_in_process": False}, {}, False),
        ({"zq_in_process": "no"}, {}, False),
        ({"zq_in_process": "yes"}, {}, True),
        ({}, {"async_val": 10}, False),
        ({}, {"delegate_to": "localhost"}, True),
        ({}, {"delegate_to": "127.0.0.1"}, True),
        ({"inventory_hostname": "h"}, {"delegate_to": "h"}, True),
        ({"inventory_hostname": "h"}, {"delegate_to": "other"}, False),
        ({"inventory_hostname": "h"}, {"delegate_to": "other", "async_val": 10}, False),
    ],
)
def test_where_it_is_run(
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, Any],
    task: dict[str, Any],
    here: bool,
) -> None:
    made = action("zq_device_info", {}, **task)
    module = mock.Mock(return_value={"from": "module"})
    monkeypatch.setattr(made, "_execute_module", module)
    monkeypatch.setattr(made, "_remove_tmp_path", mock.Mock())
    made._connection.has_native_async = False
    result = made.run(task_vars=variables)
    assert ("from" in result) is not here
    assert bool(platform.sent()) is here
    if not here:
        assert module.call_args.kwargs["wrap_async"] == ("async_val" in task)


def test_the_same_client_for_a_loop_and_another_for_another_user(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    whole: Any = vars(_in_process)["Client"]

    def noted(connection: Any, **more: Any) -> Any:
        made.append(connection.token)
        return whole(connection, **more)

    monkeypatch.setattr(_in_process, "Client", noted)
    for token in ("a1b2c3", "a1b2c3", "d4e5f6", "a1b2c3"):
        action("zq_device_info", {"token": token}).run(task_vars={})
    assert made == ["a1b2c3", "d4e5f6"]
    action("zq_device_info", {"token": "a1b2c3", "timeout": 7}).run(task_vars={})
    action("zq_device_info", {"token": "a1b2c3"}, check_mode=True).run(task_vars={})
    assert made == ["a1b2c3", "d4e5f6", "a1b2c3", "a1b2c3"]
    monkeypatch.setattr(os, "getpid", lambda: -1)
    action("zq_device_info", {"token": "a1b2c3"}).run(task_vars={})
    assert len(made) == 5, "a process that was forked has sockets of its own"


def test_nothing_is_sent_once_the_controller_is_gone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        platform.add(f"d{number}")
    parents = [7] * 5 + [1] * 100
    monkeypatch.setattr(os, "getppid", lambda: parents.pop(0))
    result = action("zq_device_action", {"all": True, "action": "sync", "concurrency": 1}).run(
        task_vars={}
    )
    sent = [call for call in platform.sent() if call[0] == "PATCH"]
    assert result["failed"]
    assert 0 < len(sent) < 6
    assert {entry["status"] for entry in result["results"]} == {"accepted", "failed", "skipped"}
    assert "controller is gone" in result["msg"]


@pytest.mark.parametrize("told", [True, False])
def test_arguments_are_told_where_the_core_wants_them(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """Always before ansible-core 2.21, and on request since."""
    asked = mock.Mock(return_value=told)
    real: Any = constants.config.get_config_value

    def value(name: str, *more: Any, **named: Any) -> Any:
        return asked(name, **named) if name == "INJECT_INVOCATION" else real(name, *more, **named)

    monkeypatch.setattr(constants.config, "get_config_value", value)
    result = action("zq_device_info", {}).run(task_vars={"a": 1})
    assert ("invocation" in result) is told
    assert asked.call_args == mock.call("INJECT_INVOCATION", variables={"a": 1})
    asked.side_effect = AnsibleError("Requested entry was not defined")
    assert "invocation" in action("zq_device_info", {}).run(task_vars={})


def test_the_token_is_masked_wherever_it_stands(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_in_process, "_with_invocation", lambda variables: True)
    platform.add("one", description=f"it is {TOKEN}")
    result = action("zq_device_info", {"name": "one"}).run(task_vars={})
    assert TOKEN not in str(result)
    assert result["devices"][0]["description"] == "it is ********"
    assert result["invocation"]["module_args"]["token"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_without_requests_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_in_process, "REQUESTS_ERROR", ImportError("none"))
    with pytest.raises(Exception, match="requests"):
        action("zq_device_info", {}).run(task_vars={})


@pytest.mark.parametrize("module", [zq_device, zq_device_action, zq_device_info])
def test_bad_arguments_fail_as_the_module_says(module: ModuleType) -> None:
    name = module.__name__.rpartition(".")[2]
    result = action(
        name,
        {
            "colour": "red",
            **({} if module is zq_device_info else {"name": "one", "action": "sync"}),
        },
    ).run(task_vars={})
    assert result["failed"]
    assert result["msg"].startswith(
        f"Unsupported parameters for (zequenze.control.{name}) module: "
    )
    assert "colour" in result["msg"]
    assert (result["status"], result["errors"]) == (None, {})


def test_the_digest_key_is_that_of_the_tasks_environment(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "dk-7Xw2vQ9r"
    config = [{"name": "n", "type": 5, "password": "pw-Zk81"}]
    monkeypatch.setenv("ZQ_DIGEST_KEY", "dk-of-the-controller")
    by_option = action("zq_fleet", {"config": config, "digest_key": key}, check_mode=True)
    by_task = action(
        "zq_fleet",
        {"config": config, "digest_key": ""},
        check_mode=True,
        environment=[{"ZQ_DIGEST_KEY": key}],
    )
    by_controller = action("zq_fleet", {"config": config}, check_mode=True)
    results = [one.run(task_vars={}) for one in (by_option, by_task, by_controller)]
    assert key not in str(results)
    assert "dk-of-the-controller" not in str(results)
    digests = [result["plan_digest"] for result in results]
    assert digests[0] == digests[1] != digests[2]


def test_the_garbage_collector_looks_seldom_before_anything_is_read(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        _in_process, "collect_seldom_in_worker", lambda: seen.append(len(platform.seen))
    )
    action("zq_device_info", {"name": "r1"}).run(task_vars={})
    assert seen == [0]
    assert platform.seen


@pytest.mark.parametrize("module", ["zq_fleet", "zq_drift"])
def test_no_declared_device_comes_back_with_the_options(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(_in_process, "_with_invocation", lambda variables: True)
    config = [{"name": "r1", "description": "here"}, {"name": "r2", "description": "there"}]
    for one in config:
        platform.add(**one)
    given = {"config": config, "include_results": "problems"}
    result = action(module, given, check_mode=True).run(task_vars={})
    assert not result.get("failed"), result
    assert result["invocation"]["module_args"]["config"] == "2 elements"
    assert "there" not in str(result)
