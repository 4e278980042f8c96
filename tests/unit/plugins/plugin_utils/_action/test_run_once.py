# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done once for a play is done by one host of it under every strategy: the first to come."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible import constants
from ansible_collections.zequenze.control.plugins.plugin_utils._action.run_once import (
    claim,
    run_once_host,
)

HOSTS = ["a", "b", "c"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of an ansible-playbook."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return tmp_path


def task(strategy: str, *, play: str = "p") -> Any:
    made = mock.MagicMock()
    made.get_play.return_value = mock.MagicMock(strategy=strategy, _uuid=play)
    return made


def runs(one: Any, host: str, batch: list[str] | None = None) -> bool:
    variables = {"inventory_hostname": host, "ansible_play_batch": batch or HOSTS}
    return run_once_host(one, variables) == host


@pytest.mark.parametrize(
    "strategy",
    [
        "free",
        "ansible.builtin.free",
        "host_pinned",
        "ansible.builtin.host_pinned",
        "some.thing.new",
    ],
)
@pytest.mark.parametrize("order", list(itertools.permutations(HOSTS)))
def test_the_first_host_that_comes_does_it_and_no_other(
    strategy: str, order: tuple[str, ...]
) -> None:
    one = task(strategy)
    assert [runs(one, host) for host in order] == [True, False, False]


@pytest.mark.parametrize(
    "strategy", ["linear", "ansible.builtin.linear", "debug", "mitogen_linear"]
)
def test_a_strategy_that_keeps_run_once_is_left_alone(strategy: str, folder: Path) -> None:
    one = task(strategy)
    assert [runs(one, host) for host in HOSTS] == [True, True, True]
    assert list(folder.iterdir()) == []


def test_all_of_a_play_is_done_by_the_same_host() -> None:
    assert runs(task("free"), "b")
    # Another role of the play, to which another host has come first.
    assert not runs(task("free"), "a")
    assert runs(task("free"), "b")


def test_a_host_that_has_failed_keeps_its_claim() -> None:
    assert runs(task("free"), "a")
    assert [runs(task("free"), host, ["b", "c"]) for host in ("b", "c")] == [False, False]


def test_each_batch_has_a_host_of_its_own_and_so_has_each_play() -> None:
    first, second = ["a", "b"], ["c", "d"]
    assert [runs(task("free"), host, first) for host in first] == [True, False]
    assert [runs(task("free"), host, second) for host in second] == [True, False]
    assert runs(task("free", play="q"), "b", first)


def test_hosts_that_come_at_once_are_told_one_owner(folder: Path) -> None:
    hosts = [f"host-{number}" for number in range(40)]
    with ThreadPoolExecutor(len(hosts)) as pool:
        owners = set(pool.map(lambda host: claim(folder / "claims", host, hosts), hosts))
    assert len(owners) == 1
