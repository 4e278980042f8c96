# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of the platform: what the client's JSON means, read by name or by list, whichever costs less."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ._client import Client
from ._errors import ForbiddenError, InputError, NotFoundError, ProtocolError
from ._pages import Page, page_of, read_list, shape
from ._parallel import in_order
from ._plan import Write
from ._redact import without_secrets
from ._selection import Filter, check_rows, names_from
from ._text import listing

DEVICES = "inventory_device_name"
TYPES = "inventory_type"
PAGE_SIZE = 100
CONCURRENCY = 8
FEW = 4  # names that are asked for one by one without looking how long the list is

WITH_PENDING = {"pending": "true"}  # the query that has pending settings reported

Device = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """Devices by name, and how many the selection holds in all where that came to be known."""

    devices: dict[str, Device]
    total: int | None


def no_such_device(names: Sequence[str]) -> NotFoundError:
    """For a task that does nothing where one of its devices does not exist."""
    return NotFoundError(
        f"no such device: {listing(names)}",
        status=404,
        errors={"name": [f"{name}: no such device" for name in names]},
        remedy="Nothing was sent to any device. Correct the names.",
        partial={"changed": False},
    )


class DeviceApi:
    """Reads and writes devices. Safe to use from many threads.

    page_size: rows asked for at a time. concurrency: requests under way at once.
    """

    def __init__(
        self, client: Client, *, page_size: int = PAGE_SIZE, concurrency: int = CONCURRENCY
    ) -> None:
        self.client = client
        self.page_size = page_size
        self.concurrency = concurrency
        self._types: list[dict[str, Any]] | None = None
        self._lock = threading.Lock()

    @property
    def read_only(self) -> bool:
        """Whether this run may change nothing."""
        return self.client.read_only

    def get(self, name: str, query: Mapping[str, Any] | None = None) -> Device | None:
        """One device with all its fields, or None where there is none of this name."""
        try:
            answer = self.client.get(DEVICES, name, query=query)
        except NotFoundError as error:
            # Only the API itself can say so: any other 404 says that the address is wrong.
            if not error.by_api:
                raise
            return None
        if (
            not isinstance(answer, dict)
            or not isinstance(answer.get("id"), int)
            or answer.get("name") != name
        ):
            got = (
                f"the device {answer['name']!r}"
                if isinstance(answer, dict) and "name" in answer
                else shape(answer)
            )
            raise ProtocolError(
                f"expected the device {name!r}, got {got}",
                method="GET",
                url=self.client.url(DEVICES, name, query=query),
                status=200,
            )
        return without_secrets(answer)

    def select(
        self, selection: Filter, query: Mapping[str, Any] | None = None, most: int | None = None
    ) -> list[Device]:
        """The devices that a filter selects, in the server's order, each once. most: no more than so many."""
        queries = selection.queries(self.type_id)
        if not queries:
            return []
        asked = [{**one, **(query or {})} for one in queries]
        if most is not None:
            parts = [self._list(one, self.concurrency, most) for one in asked]
            return list({device["id"]: device for part in parts for device in part}.values())[:most]
        return self._list_all(asked)

    def find(
        self,
        names: Sequence[str],
        query: Mapping[str, Any] | None = None,
        *,
        detail: bool = False,
        within: Filter | None = None,
    ) -> dict[str, Device]:
        """Devices by name, in the order of the names; what does not exist is left out.

        detail: all fields of each. within: what is known to select all of them. Otherwise as `find_in`.
        """
        if detail:
            return self.find_each(names, query)
        return self.find_in(within or Filter(), names, query).devices

    def find_each(
        self, names: Sequence[str], query: Mapping[str, Any] | None = None
    ) -> dict[str, Device]:
        """Devices by name with all their fields, each asked for."""
        found = in_order(lambda name: self.get(name, query), names, self.concurrency)
        return {name: device for name, device in zip(names, found) if device is not None}

    def find_in(
        self,
        selection: Filter,
        names: Sequence[str],
        query: Mapping[str, Any] | None = None,
        *,
        confirm: str = "cheap",
        few: int = FEW,
    ) -> Found:
        """Devices by name: asked for one by one, or found in the list where that takes fewer requests (with the fields of a list only).

        confirm: whether a name that the list lacks is asked for, "always", "never", or "cheap" where that costs no more than the list.
        few: so many names are asked for without a look at how long the list is.
        """
        if len(names) <= few:
            return Found(self.find_each(names, query), None)
        queries = [{**one, **(query or {})} for one in selection.queries(self.type_id)]
        firsts = in_order(
            lambda one: self._fetcher(DEVICES, one)(0, self.page_size), queries, self.concurrency
        )
        total = sum(first.count for first in firsts)
        pages = sum(math.ceil(first.count / max(1, len(first.rows))) for first in firsts)
        if pages - len(queries) >= len(names):
            return Found(self.find_each(names, query), total)
        wanted = set(names)
        begun = dict(enumerate(firsts))
        listed = {
            device["name"]: device
            for device in self._list_all(queries, begun)
            if device["name"] in wanted
        }
        missing = [name for name in names if name not in listed]
        if missing and (
            confirm == "always" or (confirm == "cheap" and len(missing) <= max(pages, FEW))
        ):
            listed.update(self.find_each(missing, query))
        return Found({name: listed[name] for name in names if name in listed}, total)

    def count(self, selection: Filter) -> int:
        """How many devices a filter selects, by one short request for each of its queries."""
        queries = selection.queries(self.type_id)
        return sum(
            page.count
            for page in in_order(
                lambda one: self._fetcher(DEVICES, one)(0, 1), queries, self.concurrency
            )
        )

    def details(
        self, devices: Sequence[Device], query: Mapping[str, Any] | None = None
    ) -> list[Device]:
        """All fields of each device; one that is gone meanwhile is left out."""
        return list(self.find_each([device["name"] for device in devices], query).values())

    def carry_out(self, write: Write) -> None:
        """Send one planned write."""
        segments = (DEVICES,) if write.name is None else (DEVICES, write.name)
        self.client.write(write.method, *segments, body=write.payload or None)

    def type_id(self, value: int | str) -> int:
        """The id of a device type; an id is taken as it is, a short name is looked up."""
        if isinstance(value, int):
            return value
        found = [row for row in self._all_types() if row.get("short_name") == value]
        if len(found) == 1:
            return int(found[0]["id"])
        if found:
            raise InputError(
                "type",
                value,
                f"is the short name of {len(found)} device types",
                f"Give the id: {', '.join(str(row['id']) for row in found)}.",
            )
        known = sorted(str(row.get("short_name")) for row in self._all_types())
        raise InputError(
            "type",
            value,
            "is not the short name of a device type",
            f"The platform knows: {', '.join(known[:20]) or 'none'}{' …' if len(known) > 20 else ''}.",
        )

    def _all_types(self) -> list[dict[str, Any]]:
        with self._lock:
            if self._types is None:
                try:
                    self._types = read_list(
                        self._fetcher(TYPES, {}), self.page_size, self.concurrency
                    )
                except (ForbiddenError, NotFoundError) as error:
                    problem = "is given as a short name, and this platform does not list its device types to this token"
                    raise type(error)(
                        f"type: {problem} ({error.what})",
                        method=error.method,
                        url=error.url,
                        status=error.status,
                        errors={"type": [problem]},
                        remedy="Give the type's id.",
                    ) from error
            return self._types

    def _list_all(
        self, queries: Sequence[Mapping[str, Any]], firsts: Mapping[int, Page] | None = None
    ) -> list[Device]:
        """The devices of some queries, each once. firsts: first pages that have been read already, by the query's index."""
        across = min(self.concurrency, len(queries))
        within = max(1, self.concurrency // across)
        parts = in_order(
            lambda index: self._list(queries[index], within, None, (firsts or {}).get(index)),
            range(len(queries)),
            across,
        )
        devices = list({device["id"]: device for part in parts for device in part}.values())
        if len(parts) > 1 and all(
            part[index]["id"] < part[index + 1]["id"]
            for part in parts
            for index in range(len(part) - 1)
        ):
            # Where the server orders by id, that is the order of all of them together.
            devices.sort(key=lambda device: int(device["id"]))
        return devices

    def _list(
        self,
        query: Mapping[str, Any],
        concurrency: int,
        most: int | None,
        first: Page | None = None,
    ) -> list[Device]:
        fetch = self._fetcher(DEVICES, query)
        begun = [first] if first else []

        def fetch_with_first(offset: int, limit: int) -> Page:
            return begun.pop() if begun and offset == 0 else fetch(offset, limit)

        devices = [
            without_secrets(row)
            for row in read_list(fetch_with_first, self.page_size, concurrency, most)
        ]
        check_rows(devices, query)
        return devices

    def _fetcher(self, path: str, query: Mapping[str, Any]) -> Callable[[int, int], Page]:
        def fetch(offset: int, limit: int) -> Page:
            asked = {**query, "limit": limit, "offset": offset}
            page = page_of(self.client.get(path, query=asked), self.client.url(path, query=asked))
            for row in page.rows:
                if path == DEVICES and not isinstance(row.get("name"), str):
                    raise ProtocolError(
                        f"a device has no name: {shape(row)}",
                        method="GET",
                        url=self.client.url(path, query=asked),
                        status=200,
                    )
            return page

        return fetch


def query_devices(client: Client, params: Mapping[str, Any]) -> list[Device]:
    """The devices that the options select. Raises InputError."""
    selection = Filter.from_params(params)
    page_size, most = params["page_size"], params.get("max_results")
    if page_size < 1:
        raise InputError(
            "page_size", page_size, "is less than 1", "Give 1 or more; 50 to 100 is advised."
        )
    if most is not None and most < 0:
        raise InputError("max_results", most, "is negative", "Give 0 or more.")
    query = {key: "true" for key in ("pending", "update_status") if params.get(key)}
    api = DeviceApi(client, page_size=page_size)
    detail = bool(params.get("detail"))
    if params.get("name") is not None:
        if not selection.empty:
            raise InputError(
                "name", params["name"], "is given together with a filter", "Give one of them."
            )
        names = names_from("name", params["name"])
        return list(api.find(names, query, detail=detail).values())[:most] if names else []
    devices = api.select(selection, query, most)
    return api.details(devices, query) if detail else devices
