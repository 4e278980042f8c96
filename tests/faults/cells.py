# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults, and one cell of it: an operation that meets a kind of fault, against the simulator over HTTP."""

from __future__ import annotations

import importlib
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, inventory_loader

from tests.acceptance.support import UTILS, Platform
from tests.faults.effects import Seen
from tests.faults.kinds import PATIENCE, READS, WRITES, Kind, Scene, kinds
from tests.faults.operations import FLEET, PAGE_SIZE, Operation, exports_of, reading, writing
from tests.faults.verdicts import Happened, Told, wrongs

HANG = 30.0  # seconds: with its two tries a request takes one at most, and a cell has few
RETRIES = 1
BACKOFF = 0.01  # seconds, so that the table has an end

# Before anything of the collection is imported: Ansible's loader has to find it first.
init_plugin_loader([])


@dataclass(frozen=True)
class Cell:
    """An operation and a fault. methods: of the requests that meet it. once: or always."""

    operation: Operation
    kind: Kind
    after: bool
    once: bool
    methods: tuple[str, ...]

    def __str__(self) -> str:
        when = "after the work" if self.after else "before the work"
        often = "once" if self.once else "always"
        met = "reads" if self.methods == READS else "writes"
        return f"{self.operation.name}; {self.kind.name}, {when}, {often}, for {met}"


@dataclass(frozen=True)
class Result:
    """What came of a cell. wrongs: each of verdicts.WRONGS with what it is about."""

    cell: Cell
    told: Told
    wrongs: Sequence[tuple[str, str]]
    requests: int
    met: bool


def table(folder: Path) -> list[Cell]:
    """Every cell. folder: where exports and sources of inventories are put."""
    cells: list[Cell] = []
    for operation in [*writing(), *reading(folder)]:
        for kind in kinds():
            cells += _cells(operation, kind)
    return cells


def _cells(operation: Operation, kind: Kind) -> Iterator[Cell]:
    for once in (True, False):
        # For a read there is no work, and so no before and after.
        yield Cell(operation, kind, next(iter(kind.specs)), once, READS)
        if not operation.reads:
            for after in kind.specs:
                yield Cell(operation, kind, after, once, WRITES)


def sample(cells: Sequence[Cell], number: int, seed: int) -> list[Cell]:
    """So many of them, spread over operations and kinds."""
    drawn = list(cells)
    random.Random(seed).shuffle(drawn)
    return drawn[:number]


def run(platform: Platform, cell: Cell) -> Result:
    """One cell. Slow kinds take seconds, all others about a tenth of one."""
    _prepare(platform, cell)
    told = _told(platform, cell.operation)
    entries = [entry for entry in platform.simulator.log() if entry["token"]]
    seen = _seen(platform)
    happened = [
        Happened(effect.name, effect.done(seen), seen.operations.get(effect.name, 0))
        for effect in cell.operation.effects
    ]
    rows: Sequence[str] = ()
    expected: Sequence[str] = ()
    if cell.operation.rows is not None and not told.failed and not told.error and not told.hung:
        rows, expected = cell.operation.rows(told.result), cell.operation.expected
    return Result(
        cell,
        told,
        list(wrongs(told, happened, rows, expected)),
        len(entries),
        any(entry["fault"] is not None for entry in entries),
    )


def _prepare(platform: Platform, cell: Cell) -> None:
    simulator = platform.simulator
    # What an earlier cell has exported tells nothing of this one.
    shutil.rmtree(exports_of(platform.data), ignore_errors=True)
    simulator.reset()
    simulator.seed(**FLEET)
    simulator.clock(speed=cell.operation.clock)
    scene = Scene(platform.all(), PAGE_SIZE)
    simulator.clear_log()
    for spec in cell.kind.faults(scene, after=cell.after):
        met: dict[str, Any] = {**spec, "methods": list(cell.methods)}
        if cell.once:
            met["times"] = 1
        simulator.fault(**met)


def _seen(platform: Platform) -> Seen:
    names = frozenset(device["name"] for device in platform.all())
    operations = Counter(entry["name"] for entry in platform.simulator.operations())
    return Seen(names, operations, platform)


def _told(platform: Platform, operation: Operation) -> Told:
    ended: list[Told] = []

    def call() -> None:
        ended.append(_call(platform, operation))

    # What hangs is left behind: nothing can end a thread.
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(HANG)
    if not ended:
        return Told({}, hung=True)
    return ended[0]


def _call(platform: Platform, operation: Operation) -> Told:
    given = {"timeout": PATIENCE, "retries": RETRIES, **operation.params}
    call = _CALLS.get(operation.module, _run_module)
    retry = importlib.import_module(f"{UTILS}._retry")
    with mock.patch.object(retry, "FIRST_BACKOFF", BACKOFF):
        try:
            return Told(call(platform, operation.module, given))
        except Exception as error:  # noqa: BLE001 - whatever comes out is what the table tells
            return Told({}, error=f"{type(error).__name__}: {error}")


def _run_module(platform: Platform, module: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    return platform.threaded(module, **given).result


def _run_inventory(platform: Platform, _module: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    from ansible.errors import AnsibleParserError

    source = platform.data / "faults.zq.yml"
    lines = {"plugin": "zequenze.control.zq_inventory", "url": platform.url, **given}
    lines["token"] = platform.token
    source.write_text("".join(f"{key}: {value!r}\n" for key, value in lines.items()), "utf-8")
    plugin = inventory_loader.get("zequenze.control.zq_inventory")
    inventory = InventoryData()
    try:
        plugin.parse(inventory, DataLoader(), str(source), cache=False)
    except AnsibleParserError as error:
        return {"failed": True, "msg": str(error)}
    return {"hosts": list(inventory.hosts)}


_CALLS: Mapping[str, Callable[[Platform, str, Mapping[str, Any]], Mapping[str, Any]]] = {
    "zq_inventory": _run_inventory
}
