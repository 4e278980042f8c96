# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the source remembers: the fleet as it was told last, and the events that are to be told.

With a state file it outlives the process: the first line is the whole memory, put in place at once
after each look; each line after it names an event that was delivered.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._files import PRIVATE, open_to_append, read_text, write_text
from .changes import Change, Fleet, Seen, Waiting

VERSION = 1
SOURCE = "zequenze.control.devices"
REMEDY = "Give another path, or remove the file: what changed meanwhile is not told then."

Event = dict[str, Any]


@dataclass
class Memory:
    """The state of the source.

    of: the platform and the filter that it is the memory of.
    series, number: events are numbered within a series, and so have ids of their own.
    cursor: the newest change of a status that was seen, by the platform's clock, ISO 8601.
    connected: whether the platform was reached last.
    outbox: events that are not delivered yet.
    """

    of: list[Any]
    fleet: Fleet
    series: str = field(default_factory=lambda: str(uuid.uuid4()))
    number: int = 0
    cursor: str = ""
    begun: bool = False
    connected: bool = True
    outbox: list[Event] = field(default_factory=list)

    def tell(self, changes: Iterable[Change]) -> None:
        """Make an event of each change."""
        for change in changes:
            meta = {"hosts": change.device["name"], **self._meta()}
            self.outbox.append(
                {
                    "kind": change.kind,
                    "device": change.device,
                    "before": change.before,
                    "meta": meta,
                }
            )

    def tell_connection(self, state: str, reason: str = "") -> None:
        """Make an event of the connection: `lost`, or `back`."""
        event: Event = {"kind": "connection", "state": state, "meta": self._meta()}
        if reason:
            event["reason"] = reason
        self.outbox.append(event)

    def _meta(self) -> dict[str, Any]:
        self.number += 1
        name = str(uuid.uuid5(uuid.UUID(self.series), str(self.number)))
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        # `uuid` is what the rule engine itself tells events by.
        return {"id": name, "uuid": name, "source": {"type": SOURCE}, "received_at": now}

    def to_json(self) -> str:
        return json.dumps(
            {
                "version": VERSION,
                "of": self.of,
                "series": self.series,
                "number": self.number,
                "cursor": self.cursor,
                "begun": self.begun,
                "connected": self.connected,
                "outbox": self.outbox,
                "downs": self.fleet.downs,
                "waiting": [[one.since, one.row] for one in self.fleet.waiting.values()],
                "seen": [[device_id, *seen] for device_id, seen in self.fleet.seen.items()],
            },
            separators=(",", ":"),
        )

    def load(self, line: str) -> None:
        """Raises ValueError, KeyError or TypeError for what is no memory, or another one's."""
        data = json.loads(line)
        if data["version"] != VERSION:
            raise ValueError("is of another version of the collection")
        if data["of"] != self.of:
            raise ValueError("is the memory of another platform or of another filter")
        uuid.UUID(data["series"])
        self.series = data["series"]
        self.number = int(data["number"])
        self.cursor = str(data["cursor"])
        self.begun = bool(data["begun"])
        self.connected = bool(data["connected"])
        self.outbox = list(data["outbox"])
        self.fleet.seen = {row[0]: Seen(*row[1:]) for row in data["seen"]}
        self.fleet.downs = [float(one) for one in data["downs"]]
        self.fleet.waiting = {row["id"]: Waiting(since, row) for since, row in data["waiting"]}


class StateFile:
    """Where a memory is kept; nowhere, if there is no path. Mode 0600.

    complain: called with a problem of the file, after which the source goes on without it.
    """

    def __init__(self, path: str | None, complain: Callable[[str], None]) -> None:
        self.path = path
        self.complain = complain

    def load(self, memory: Memory) -> None:
        """Raises InputError where what is there is no memory of this source."""
        if self.path is None or not Path(self.path).exists():
            return
        text = read_text("state_file", Path(self.path))
        if text is None:
            raise InputError("state_file", self.path, "is no state of this source", REMEDY)
        if not text:
            return
        first, *rest = text.split("\n")
        try:
            memory.load(first)
            known = {event["meta"]["id"] for event in memory.outbox}
        except (KeyError, TypeError, AttributeError, IndexError):
            raise InputError(
                "state_file", self.path, "is no state of this source", REMEDY
            ) from None
        except ValueError as error:
            problem = str(error)
            if isinstance(error, json.JSONDecodeError) or not problem.startswith("is "):
                problem = "is no state of this source"
            raise InputError("state_file", self.path, problem, REMEDY) from None
        delivered = known.intersection(rest)
        memory.outbox = [event for event in memory.outbox if event["meta"]["id"] not in delivered]

    def save(self, memory: Memory) -> None:
        if self.path is None:
            return
        try:
            write_text("state_file", self.path, memory.to_json() + "\n", PRIVATE)
        except InputError as error:
            self.complain(error.message)

    def delivered(self, event: Event) -> None:
        """Note it, with one short line, so that it costs nothing for a large fleet."""
        if self.path is None:
            return
        try:
            handle = open_to_append("state_file", self.path, PRIVATE)
            try:
                os.write(handle, f"{event['meta']['id']}\n".encode())
            finally:
                os.close(handle)
        except InputError as error:
            self.complain(error.message)
        except OSError as error:
            self.complain(f"state_file: {self.path}: {error.strerror}")
