# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of the platform, read by pages: of devices, and of their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ._answers import wrong_field
from ._client import Client
from ._errors import ProtocolError
from ._pages import Fetch, Page, page_of, pages_for, read_list, shape
from ._parallel import in_order
from ._reading import UNWATCHED, ListReading, Reading
from ._redact import without_secrets
from ._seams import ascend
from ._selection import check_rows

DEVICES = "inventory_device_name"
TYPES = "inventory_type"
LISTED = "devices"  # what is read here, as who watches calls it

Row = dict[str, Any]
Query = Mapping[str, Any]


@dataclass(frozen=True)
class ListReader:
    """Reads lists. Safe to use from many threads.

    page_size: rows asked for at a time. concurrency: requests under way at once.
    """

    client: Client
    page_size: int
    concurrency: int

    def types(self) -> list[Row]:
        """All device types."""
        return read_list(partial(self._page, TYPES, {}), self.page_size, self.concurrency)

    def first_pages(self, queries: Sequence[Query], limit: int) -> list[Page]:
        """The first page of each query, of so many rows at most."""
        return in_order(lambda query: self._device_page(query, 0, limit), queries, self.concurrency)

    def devices(self, queries: Sequence[Query], firsts: Sequence[Page] = ()) -> list[Row]:
        """The devices of some queries, each once. firsts: their first pages, if they were read."""
        across = max(1, min(self.concurrency, len(queries)))
        within = max(1, self.concurrency // across)
        reading = Reading(LISTED, self.client.reading, len(queries))
        for index, first in enumerate(firsts):
            reading.tell(index, len(first.rows), first.count)

        def read(index: int) -> list[Row]:
            fetch: Fetch = partial(self._device_page, queries[index])
            if firsts:
                fetch = _beginning_with(firsts[index], fetch)
            return self._read(queries[index], fetch, within, reading=reading.of_list(index))

        parts = in_order(read, range(len(queries)), across)
        devices = _each_once(parts)
        if len(parts) > 1 and all(map(_is_ordered_by_id, parts)):
            # Where the server orders by id, that is the order of all of them together.
            devices.sort(key=lambda device: int(device["id"]))
        return devices

    def first_devices(self, queries: Sequence[Query], max_rows: int) -> list[Row]:
        """So many devices of some queries at most, each once, those of the first query first."""
        parts = []
        for query in queries:
            fetch = partial(self._device_page, query)
            reading = Reading(LISTED, self.client.reading).of_list()
            parts.append(self._read(query, fetch, self.concurrency, max_rows, reading))
        return _each_once(parts)[:max_rows]

    def _read(
        self,
        query: Query,
        fetch: Fetch,
        concurrency: int,
        max_rows: int | None = None,
        reading: ListReading = UNWATCHED,
    ) -> list[Row]:
        rows = read_list(fetch, self.page_size, concurrency, max_rows, reading)
        devices = [without_secrets(row) for row in rows]
        check_rows(devices, query)
        return devices

    def _device_page(self, query: Query, offset: int, limit: int) -> Page:
        page = self._page(DEVICES, query, offset, limit)
        for row in page.rows:
            problem = _problem_of_row(row)
            if problem:
                raise ProtocolError(
                    problem,
                    method="GET",
                    url=self.client.url(DEVICES, query=_page_query(query, offset, limit)),
                    status=200,
                )
        self.client.has_listed = True
        return page

    def _page(self, path: str, query: Query, offset: int, limit: int) -> Page:
        asked = _page_query(query, offset, limit)
        return page_of(self.client.get(path, query=asked), self.client.url(path, query=asked))


def _problem_of_row(row: Row) -> str:
    if not isinstance(row.get("name"), str):
        return f"a device has no name: {shape(row)}"
    problem = wrong_field(row)
    if problem:
        return f"the device {row['name']!r} cannot be used: {problem}"
    return ""


def pages_of(firsts: Sequence[Page]) -> int:
    """How many pages the lists have in all whose first pages these are."""
    # A server may cap the limit: what came is what a page holds.
    return sum(pages_for(first.count, len(first.rows)) for first in firsts)


def _page_query(query: Query, offset: int, limit: int) -> dict[str, Any]:
    return {**query, "limit": limit, "offset": offset}


def _each_once(parts: Sequence[Sequence[Row]]) -> list[Row]:
    devices: dict[int, Row] = {}
    for part in parts:
        for device in part:
            devices[device["id"]] = device
    return list(devices.values())


def _is_ordered_by_id(devices: Sequence[Row]) -> bool:
    return ascend([device["id"] for device in devices])


def _beginning_with(first: Page, fetch: Fetch) -> Fetch:
    """The same, with a first page that has been read already.

    It is used once: a list that moved is read anew.
    """
    unused = [first]

    def fetch_page(offset: int, limit: int) -> Page:
        if offset == 0 and unused:
            return unused.pop()
        return fetch(offset, limit)

    return fetch_page
