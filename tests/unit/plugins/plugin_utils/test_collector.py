# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.zequenze.control.plugins.inventory.zq_inventory import InventoryModule
from ansible_collections.zequenze.control.plugins.plugin_utils._collector import (
    OBJECTS_AT_ONCE,
    collect_seldom_in_worker,
    collecting_seldom,
)


@pytest.fixture(autouse=True)
def _as_python_comes() -> Iterator[None]:
    former = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*former)


def state() -> tuple[int, tuple[int, int, int]]:
    return gc.get_freeze_count(), gc.get_threshold()


def test_what_goes_on_afterwards_collects_as_before() -> None:
    before = state()
    with collecting_seldom():
        assert state() == (before[0], (OBJECTS_AT_ONCE, *before[1][1:]))
        assert gc.isenabled()
    assert state() == before
    with pytest.raises(ValueError, match="no inventory"), collecting_seldom():
        raise ValueError("no inventory")
    assert state() == before


@pytest.mark.parametrize("threshold", [0, OBJECTS_AT_ONCE + 1])
def test_who_collects_never_or_more_seldom_still_does(threshold: int) -> None:
    gc.set_threshold(threshold)
    with collecting_seldom():
        assert gc.get_threshold()[0] == threshold
    assert gc.get_threshold()[0] == threshold


def test_an_inventory_is_read_so(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def note(*_args: object) -> None:
        read.append(gc.get_threshold()[0])

    monkeypatch.setattr(InventoryModule, "_read_config_data", lambda *_args: None)
    monkeypatch.setattr(InventoryModule, "_read", note)
    InventoryModule().parse(InventoryData(), DataLoader(), "fleet.zq.yml")
    assert read == [OBJECTS_AT_ONCE]


def _collecting(told: Any) -> None:
    collect_seldom_in_worker()
    told.put(state())


def test_only_a_worker_of_ansible_leaves_alone_what_was_there() -> None:
    before = state()
    collect_seldom_in_worker()
    assert state() == before
    fork = multiprocessing.get_context("fork")
    told = fork.SimpleQueue()
    worker = fork.Process(target=_collecting, args=(told,))
    worker.start()
    frozen, threshold = told.get()
    worker.join()
    assert frozen > 0
    assert threshold[0] == OBJECTS_AT_ONCE
