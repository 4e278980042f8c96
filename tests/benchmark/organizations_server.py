# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page server of as many organizations as are asked for, each of as many devices, which are made
for an answer and not kept: a million of them need no more memory than ten thousand.

``python -m tests.benchmark.organizations_server --devices 10000``: prints its port, and ends when
its standard input does. A list of devices has to be of one organization: any other is not found.
``/requests/`` tells how many requests there were of each.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.benchmark import fleet
from tests.benchmark.server import DEVICES, NOT_FOUND, REQUESTS, Answer, PageServer, encoded, main

ORGANIZATION = "organization"
MARK = "@organization@"
DIGITS = 6  # of the number of a device within its organization


def name_of(organization: object, number: int) -> str:
    """The name of a device of an organization."""
    return f"cpe-{organization}-{number:0{DIGITS}d}"


def row(number: int) -> bytes:
    """A device in a list, whose organization is put in where the mark is."""
    device: dict[str, Any] = {
        **fleet.listed(number),
        "id": f"{MARK}{number:0{DIGITS}d}",
        "name": name_of(MARK, number),
        "serial_number": f"SN{MARK}{number:0{DIGITS}d}",
        "organization_id": MARK,
    }
    text = encoded(device)
    for field in ("id", "organization_id"):
        value = encoded(device[field])
        text = text.replace(
            b'"%s":%s' % (field.encode(), value), b'"%s":%s' % (field.encode(), value.strip(b'"'))
        )
    return text


class OrganizationsServer(PageServer):
    """The answers to requests. each: devices of an organization."""

    def __init__(self, each: int, latency: float) -> None:
        super().__init__(0, latency)
        self.rows = [row(number) for number in range(each)]
        self.requests: Counter[str] = Counter()

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """What a request is answered with."""
        parts = urlsplit(target)
        if parts.path == REQUESTS:
            return 200, encoded(self.requests)
        query = parse_qs(parts.query)
        organizations = query.get(ORGANIZATION, ["none"])
        self.requests[",".join(organizations)] += 1
        if not parts.path.startswith(DEVICES):
            return super().answer(method, target, body)
        if method != "GET" or parts.path != DEVICES or not organizations[0].isdecimal():
            return NOT_FOUND
        offset, limit = (
            int(query.get(key, [usual])[0]) for key, usual in (("offset", "0"), ("limit", "100"))
        )
        page = self._page(self.rows, parts.path, offset, limit)
        return 200, page.replace(MARK.encode(), organizations[0].encode())


if __name__ == "__main__":
    main(OrganizationsServer)
