# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of the platform: what the client's JSON means.

Devices are read by name or by list, whichever costs less.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ._answers import is_device, why_not_done, wrong_field
from ._client import Client
from ._errors import ForbiddenError, InputError, NotFoundError, ProtocolError, ZqError
from ._lists import DEVICES, ListReader, Query, pages_of
from ._pages import Page, shape
from ._parallel import in_order
from ._plan import Write
from ._reading import Reading
from ._redact import without_secrets
from ._selection import Filter
from ._text import listing
from ._transport import MAX_CONNECTIONS

PAGE_SIZE = 100
CONCURRENCY = 8
READ_CONCURRENCY = 16  # of reading devices one by one, which waits for the platform alone
# So many names are asked for one by one without a look at how long the list is.
MAX_READS_BY_NAME = 4

ONE_BY_ONE = "devices one by one"  # what is read so, as who watches calls it
WITH_PENDING = {"pending": "true"}  # the query that has pending settings reported

Device = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """Devices by name, and how many the selection holds in all where that came to be known.

    listed: all of the selection, where its list was read.
    """

    devices: dict[str, Device]
    total: int | None
    listed: Sequence[Device] = ()


class NoSuchDeviceError(NotFoundError):
    """A device of a task does not exist, and so nothing was begun."""

    refused = True


def no_such_device(names: Sequence[str]) -> NoSuchDeviceError:
    """For a task that does nothing where one of its devices does not exist."""
    return NoSuchDeviceError(
        f"no such device: {listing(names)}",
        status=404,
        errors={"name": [f"{name}: no such device" for name in names]},
        remedy="Nothing was sent to any device. Correct the names.",
        partial={"changed": False},
    )


def reads_at_once(concurrency: int) -> int:
    """How many devices are read at once by a task that has no option for it.

    Who lowers `concurrency` spares the platform, and means the reads as well.
    """
    if concurrency < CONCURRENCY:
        return concurrency
    return max(concurrency, READ_CONCURRENCY)


def check_read_concurrency(number: int) -> None:
    """Raises InputError."""
    if not 1 <= number <= MAX_CONNECTIONS:
        raise InputError(
            "read_concurrency",
            number,
            f"is not a number from 1 to {MAX_CONNECTIONS}",
            f"Correct it; {READ_CONCURRENCY} is usual.",
        )


def is_cheaper_by_name(names: int, firsts: Sequence[Page]) -> bool:
    """Whether to ask for each name takes no more requests than what is left of the list.

    firsts: the first page of each query that makes up the list. They have been read.
    """
    return names <= pages_of(firsts) - len(firsts)


def is_worth_confirming(confirm: str, missing: int, firsts: Sequence[Page]) -> bool:
    """Whether names that the list lacks are asked for: see `DeviceApi.find_in`."""
    if confirm == "cheap":
        return missing <= max(pages_of(firsts), MAX_READS_BY_NAME)
    return confirm == "always"


class DeviceApi:
    """Reads and writes devices. Safe to use from many threads.

    page_size: rows asked for at a time. concurrency: requests under way at once.
    read_concurrency: the same of devices that are read one by one; None for what `concurrency`
    makes of it.
    """

    def __init__(
        self,
        client: Client,
        *,
        page_size: int = PAGE_SIZE,
        concurrency: int = CONCURRENCY,
        read_concurrency: int | None = None,
    ) -> None:
        self.client = client
        self.page_size = page_size
        self.concurrency = concurrency
        self.read_concurrency = read_concurrency or reads_at_once(concurrency)
        self._lists = ListReader(client, page_size, concurrency)
        self._types: list[dict[str, Any]] | None = None
        self._lock = threading.Lock()
        self._platform_lock = threading.Lock()

    @property
    def read_only(self) -> bool:
        """Whether this run may change nothing."""
        return self.client.read_only

    def get(self, name: str, query: Query | None = None) -> Device | None:
        """One device with all its fields, or None where there is none of this name.

        Raises ProtocolError where the answer is not that device.
        """
        try:
            answer = self.client.get(DEVICES, name, query=query)
        except NotFoundError as error:
            # Only the API itself can say so: any other 404 says that the address is wrong.
            if not error.by_api:
                raise
            self._see_that_it_is_the_platform(error)
            return None
        problem = _problem_of_device(answer, name)
        if problem:
            raise ProtocolError(
                problem,
                method="GET",
                url=self.client.url(DEVICES, name, query=query),
                status=200,
            )
        return without_secrets(answer)

    def _see_that_it_is_the_platform(self, absent: NotFoundError) -> None:
        """Below a wrong address every name is absent: once a client, its list has to be there."""
        with self._platform_lock:
            if self.client.has_listed:
                return
            try:
                self._lists.first_pages([{}], 1)
            except (NotFoundError, ProtocolError) as error:
                raise ProtocolError(
                    f"{absent.what} That does not say that there is no such device, for the list"
                    f" of devices cannot be read either: {error.what}",
                    method=absent.method,
                    url=absent.url,
                    status=absent.status,
                ) from error

    def select(
        self, selection: Filter, query: Query | None = None, max_rows: int | None = None
    ) -> list[Device]:
        """The devices that a filter selects, in the server's order, each once."""
        queries = self._queries(selection, query)
        if max_rows is None:
            return self._lists.devices(queries)
        return self._lists.first_devices(queries, max_rows)

    def find(
        self,
        names: Sequence[str],
        query: Query | None = None,
        *,
        detail: bool = False,
        within: Filter | None = None,
    ) -> dict[str, Device]:
        """Devices by name, in the order of the names; what does not exist is left out.

        detail: all fields of each. within: what is known to select all of them.
        Otherwise as `find_in`.
        """
        if detail:
            return self.find_each(names, query)
        return self.find_in(within or Filter(), names, query).devices

    def find_each(self, names: Sequence[str], query: Query | None = None) -> dict[str, Device]:
        """Devices by name with all their fields, each asked for."""
        reading = Reading(ONE_BY_ONE, self.client.reading).of_list()
        found = in_order(lambda name: self.get(name, query), names, self.read_concurrency, reading)
        return {name: device for name, device in zip(names, found) if device is not None}

    def find_in(
        self,
        selection: Filter,
        names: Sequence[str],
        query: Query | None = None,
        *,
        confirm: str = "cheap",
        max_reads_by_name: int = MAX_READS_BY_NAME,
    ) -> Found:
        """Devices by name: asked for one by one, or found in the list where that costs less.

        The list has fewer fields (`DETAIL_ONLY` are not in it).
        confirm: whether a name that the list lacks is asked for, "always", "never", or "cheap"
        where that costs no more than the list.
        max_reads_by_name: so many are asked for without a look at how long the list is.
        """
        if len(names) <= max_reads_by_name:
            return Found(self.find_each(names, query), None)
        queries = self._queries(selection, query)
        firsts = self._lists.first_pages(queries, self.page_size)
        total = sum(first.count for first in firsts)
        if is_cheaper_by_name(len(names), firsts):
            return Found(self.find_each(names, query), total)
        listed = self._lists.devices(queries, firsts)
        by_name = {device["name"]: device for device in listed}
        missing = [name for name in names if name not in by_name]
        if is_worth_confirming(confirm, len(missing), firsts):
            by_name.update(self.find_each(missing, query))
        found = {name: by_name[name] for name in names if name in by_name}
        return Found(found, total, listed)

    def count(self, selection: Filter) -> int:
        """How many devices a filter selects, by one short request for each of its queries."""
        firsts = self._lists.first_pages(self._queries(selection), 1)
        return sum(first.count for first in firsts)

    def details(self, devices: Sequence[Device], query: Query | None = None) -> list[Device]:
        """All fields of each device; one that is gone meanwhile is left out."""
        names = [device["name"] for device in devices]
        return list(self.find_each(names, query).values())

    def carry_out(self, write: Write, device_id: int | None = None) -> Device:
        """Send one planned write. Returns the device as the answer shows it, {} of a deletion.

        device_id: of the device that is changed, where it is known.
        Raises ProtocolError, with `maybe_done`, where the answer does not say that it was done.
        """
        segments = [DEVICES]
        if write.name is not None:
            segments.append(write.name)
        answer = self.client.write(write.method, *segments, body=write.payload or None)
        problem = why_not_done(write, answer.status, answer.data, device_id)
        if problem:
            raise ProtocolError(
                problem,
                method=write.method,
                url=self.client.url(*segments),
                status=answer.status,
                maybe_done=True,
            )
        if write.method == "DELETE":
            return {}
        return without_secrets(answer.data)

    def type_id(self, value: int | str) -> int:
        """The id of a device type; an id is taken as it is, a short name is looked up.

        Raises InputError for a name that no type has, or several have.
        """
        if isinstance(value, int):
            return value
        types = self._all_types()
        ids = [row["id"] for row in types if row.get("short_name") == value]
        if len(ids) == 1:
            return int(ids[0])
        if ids:
            raise InputError(
                "type",
                value,
                f"is the short name of {len(ids)} device types",
                f"Give the id: {', '.join(map(str, ids))}.",
            )
        known = sorted(str(row.get("short_name")) for row in types)
        raise InputError(
            "type",
            value,
            "is not the short name of a device type",
            f"The platform knows: {listing(known) or 'none'}.",
        )

    def _all_types(self) -> list[dict[str, Any]]:
        with self._lock:
            if self._types is None:
                try:
                    self._types = self._lists.types()
                except (ForbiddenError, NotFoundError) as error:
                    raise _no_types(error) from error
            return self._types

    def _queries(self, selection: Filter, query: Query | None = None) -> list[dict[str, Any]]:
        """The queries of a filter, each with what `query` asks for beside it."""
        also = query or {}
        return [{**one, **also} for one in selection.queries(self.type_id)]


def _problem_of_device(answer: Any, name: str) -> str:
    if not is_device(answer, name):
        return f"expected the device {name!r}, got {_what_came(answer)}"
    problem = wrong_field(answer)
    if problem:
        return f"the device {name!r} cannot be used: {problem}"
    return ""


def _what_came(answer: Any) -> str:
    if isinstance(answer, dict) and "name" in answer:
        return f"the device {answer['name']!r}"
    return shape(answer)


def _no_types(error: ZqError) -> ZqError:
    """The error of a token that may not list the device types."""
    problem = (
        "is given as a short name, and this platform does not list its device types to this token"
    )
    return type(error)(
        f"type: {problem} ({error.what})",
        method=error.method,
        url=error.url,
        status=error.status,
        errors={"type": [problem]},
        remedy="Give the type's id.",
    )
