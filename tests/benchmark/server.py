# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server so fast that what is measured is its clients: rows that are ready-made bytes, no
database, nothing per request but joining them.

``python -m tests.benchmark.server --devices 1000 --latency 0.005``: prints its port, and ends when
its standard input does. It speaks the device API below /api/v1/ and as much of NetBox's as its
inventory plugin reads below /api/.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.benchmark import fleet

DEVICES = "/api/v1/inventory_device_name/"
REQUESTS = "/requests/"  # how many there were, of a server that counts them
TYPES = "/api/v1/inventory_type/"
NETBOX = "/api/"
NETBOX_DEVICES = "/api/dcim/devices/"
NETBOX_PAGE = 1000  # its limit=0 means its MAX_PAGE_SIZE, which is this by default
MOST_BYTES = 1 << 20  # of a request's body

Answer = tuple[int, bytes]
NOT_FOUND: Answer = (404, b'{"detail": "Not found."}')


def encoded(value: Any) -> bytes:
    """As JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


class PageServer:
    """The answers to requests. latency: seconds that each answer is held back, which cost no
    processor time.
    """

    def __init__(self, devices: int, latency: float) -> None:
        self.latency = latency
        self.rows = [encoded(fleet.listed(number)) for number in range(devices)]
        self.types = [
            encoded({"id": index, "name": name, "short_name": name})
            for index, name in enumerate(fleet.TYPES, 1)
        ]
        self.changed: dict[int, dict[str, Any]] = {}
        self.address = ""
        self._netbox_rows: list[bytes] = []

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """What a request is answered with."""
        parts = urlsplit(target)
        query = {
            name: int(values[0])
            for name, values in parse_qs(parts.query).items()
            if values[0].isdecimal()
        }
        path = parts.path
        if path == DEVICES and method == "GET":
            return 200, self._page(self.rows, path, query.get("offset", 0), query.get("limit", 100))
        if path.startswith(DEVICES):
            return self._device(
                method, fleet.number_of(unquote(path.removeprefix(DEVICES).rstrip("/"))), body
            )
        if path == TYPES:
            return 200, self._page(
                self.types, path, query.get("offset", 0), query.get("limit", 100)
            )
        if path == NETBOX_DEVICES:
            return 200, self._page(
                self.netbox_rows,
                path,
                query.get("offset", 0),
                min(query.get("limit", 0) or NETBOX_PAGE, NETBOX_PAGE),
            )
        if path.startswith(NETBOX):
            return self._netbox(path)
        return NOT_FOUND

    @property
    def netbox_rows(self) -> list[bytes]:
        """The devices as NetBox has them.

        Made when they are first asked for: most servers are never asked.
        """
        if not self._netbox_rows:
            self._netbox_rows = [
                encoded(fleet.in_netbox(number)) for number in range(len(self.rows))
            ]
        return self._netbox_rows

    def _page(self, rows: list[bytes], path: str, offset: int, limit: int) -> bytes:
        end = offset + limit
        following = (
            encoded(f"{self.address}{path}?limit={limit}&offset={end}")
            if end < len(rows)
            else b"null"
        )
        head = b'{"count":%d,"next":%s,"previous":null,"results":[' % (len(rows), following)
        return b"".join((head, b",".join(rows[offset:end]), b"]}"))

    def _device(self, method: str, number: int, body: bytes) -> Answer:
        if not 0 <= number < len(self.rows):
            return NOT_FOUND
        device = self.changed.get(number) or fleet.detailed(number)
        if method == "PATCH":
            device = self.changed[number] = {**device, **json.loads(body)}
            self.rows[number] = encoded({field: device[field] for field in fleet.listed(number)})
        elif method != "GET":
            return 405, b'{"detail": "Method not allowed."}'
        return 200, encoded(device)

    def _netbox(self, path: str) -> Answer:
        if path == "/api/status/":
            return 200, encoded({"netbox-version": fleet.NETBOX_VERSION})
        if path == "/api/schema/":
            return 200, encoded(fleet.netbox_schema())
        rows = fleet.netbox_tables().get(path.removeprefix(NETBOX), [])
        return 200, self._page([encoded(row) for row in rows], path, 0, NETBOX_PAGE)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive for as long as its client likes."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                line, *headers = (
                    (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                )
                method, target, _version = line.split(" ")
                length = next(
                    (
                        int(header.split(":")[1])
                        for header in headers
                        if header.lower().startswith("content-length:")
                    ),
                    0,
                )
                if length > MOST_BYTES:
                    break
                body = await reader.readexactly(length)
                if self.latency:
                    await asyncio.sleep(self.latency)
                status, content = self.answer(method, target, body)
                head = (
                    f"HTTP/1.1 {status} Answered\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n"
                )
                writer.write(head.encode() + content)
                await writer.drain()
        writer.close()

    async def serve(self) -> None:
        """Serve on a free port of the loopback interface until standard input ends, which it does
        when whoever started this is gone.
        """
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.buffer.read)
        server.close()


def main(make: Callable[[int, float], PageServer] = PageServer) -> None:
    """Serve as the command line says. make: a server of so many devices, at a latency in seconds."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument(
        "--devices", type=int, required=True, help="of each organization, where there are some"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    options = parser.parse_args()
    asyncio.run(make(options.devices, options.latency).serve())


if __name__ == "__main__":
    main()
