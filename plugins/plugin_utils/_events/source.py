# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source: looks again and again, and puts what is new into the queue of the rulebook."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from ...module_utils._client import REQUESTS_ERROR, Client
from ...module_utils._devices import DeviceApi
from ...module_utils._errors import (
    ForbiddenError,
    InputError,
    StoppedError,
    UnauthorizedError,
    ZqError,
    as_zq_error,
)
from .changes import Fleet
from .look import Looker
from .memory import Memory, StateFile
from .options import Options

LOGGER = logging.getLogger("zequenze.control.devices")
# After these nothing can be read any more. Every other error passes.
ENDING = (UnauthorizedError, ForbiddenError)
FIRST_BACKOFF = 1.0  # seconds after a look that failed, doubled for each further one
MAX_BACKOFF = 15.0
TURNS = 100  # of the event loop, within which an engine with time on its hands takes an event
TAKEN_INTERVAL = 0.02  # seconds between two looks whether a busy one has


class Source:
    """One source of one rulebook.

    queue: anything with an asyncio `put`; of ansible-rulebook a queue of one event behind filters.
    """

    def __init__(self, queue: Any, options: Options) -> None:
        self.queue = queue
        self.options = options
        self.client = Client(options.connection, read_only=True)
        self.client.keep_going = lambda: not self.stopped
        self.stopped = False
        self.looked = False
        self.failures = 0
        self.file = StateFile(options.state_file, self._complain)
        of = [options.connection.url, repr(options.filters)]
        self.memory = Memory(of, Fleet(options.settle, max_down_per_hour=options.max_down_per_hour))
        self.looker = Looker(
            DeviceApi(self.client), options.filters, options.full_interval, self.memory
        )
        self._complaint = ""

    async def run(self) -> None:
        """Until it is cancelled. Raises ZqError for a refused token or an option alone."""
        self.file.load(self.memory)
        try:
            while True:
                await self._deliver()
                pause = await asyncio.to_thread(self.look)
                await self._deliver()
                await asyncio.sleep(pause)
        finally:
            self.stopped = True

    def look(self) -> float:
        """Look once, and remember what is new. For how many seconds to pause then. Blocks."""
        began = time.monotonic()
        try:
            self.looker.look(self.options.kinds, initial=self.options.initial)
        except ENDING:
            raise
        except StoppedError:
            return 0.0
        except InputError as error:
            # Of the filter: a type that does not exist shows at the first look.
            if not self.looked:
                raise
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rulebook goes on
            return self._failed(as_zq_error(error, self.client.redact.text))
        self.looked = True
        self.failures = 0
        if not self.memory.connected:
            LOGGER.warning("The platform can be read again.")
            self._tell_connection("back")
        self.file.save(self.memory)
        return max(0.0, self.options.interval - (time.monotonic() - began))

    def _failed(self, error: ZqError) -> float:
        if self.memory.connected:
            LOGGER.warning("The platform cannot be read: %s", error.message)
            self._tell_connection("lost", error.message)
            self.file.save(self.memory)
        pause = min(FIRST_BACKOFF * 2.0**self.failures, MAX_BACKOFF)
        self.failures = min(self.failures + 1, 10)
        return pause

    def _tell_connection(self, state: str, reason: str = "") -> None:
        if "connection" in self.options.kinds:
            self.memory.tell_connection(state, reason)
        self.memory.connected = state == "back"

    async def _deliver(self) -> None:
        """Hand the events on, one after the other; each is noted once the engine has taken it."""
        while self.memory.outbox:
            event = self.memory.outbox[0]
            await self.queue.put(event)
            await self._taken()
            self.memory.outbox.pop(0)
            self.file.delivered(event)

    async def _taken(self) -> None:
        # Behind its filters, what ansible-rulebook gives is a queue of asyncio.
        queue = getattr(self.queue, "queue", self.queue)
        if not isinstance(queue, asyncio.Queue):
            return
        for _turn in range(TURNS):
            if queue.empty():
                return
            await asyncio.sleep(0)
        while not queue.empty():
            await asyncio.sleep(TAKEN_INTERVAL)

    def _complain(self, problem: str) -> None:
        if problem != self._complaint:
            LOGGER.error("%s Events may be told twice after a restart.", problem)
        self._complaint = problem


async def main(queue: Any, args: Mapping[str, Any]) -> None:
    """What ansible-rulebook calls."""
    if REQUESTS_ERROR is not None:
        raise InputError(
            "requests",
            None,
            "the Python library is missing in the Python of ansible-rulebook",
            "Install it there: python -m pip install 'requests>=2.28'.",
        )
    await Source(queue, Options.from_args(args)).run()
