# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A platform in memory, put in the place of the network. It records each request, and fails as it is told.

Small on purpose: what the platform really does is the simulator's matter. This one shows what the collection sends.
"""

from __future__ import annotations

import io
import json
import os
import random
import threading
import time
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.module_utils._schema import FIELDS
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

URL = "https://acs.example.com/prefix/api/v1"
TOKEN = "tok-5f2c9e7b1a"
BASE = "/prefix/api/v1/"
DEVICES = f"{BASE}inventory_device_name/"
TYPES = f"{BASE}inventory_type/"

POST = {field.name for field in FIELDS if field.post}
PUT = {field.name for field in FIELDS if field.put}
PATCH = {field.name for field in FIELDS if field.patch}
DETAIL = [field.name for field in FIELDS if field.detail]
LISTED = [field.name for field in FIELDS if field.lists]
# Seconds by which a request of a thread may be late, to find tests that hold by the luck of threads: `make shake`.
LATE = float(os.environ.get("ZQ_LATE", "0"))


class Platform(BaseAdapter):
    """calls: (method, path below the API, body or query) of each request, in the order in which they came.

    faults: what the next requests meet, None for nothing; fail() is for the next requests of one method.
    created, deleted, triggers: what was really done, whatever was answered.
    """

    def __init__(self) -> None:
        super().__init__()
        self.devices: dict[str, dict[str, Any]] = {}
        self.types = [
            {"id": 5, "name": "Router", "short_name": "router"},
            {"id": 7, "name": "ONT", "short_name": "ont"},
        ]
        self.calls: list[tuple[str, str, Any]] = []
        self.faults: list[Fault | None] = []
        self.faults_by_method: dict[str, list[Fault | None]] = {}
        self.created: list[str] = []
        self.deleted: list[str] = []
        self.triggers: list[tuple[str, str]] = []
        self.passwords: dict[str, str] = {}
        self.limit = 100
        self.on_request: Callable[[str, str], object] = lambda method, path: None
        self.seen: list[requests.PreparedRequest] = []
        self.kwargs: list[dict[str, Any]] = []
        self._lock = threading.RLock()

    def client(self, *, read_only: bool = False, **params: Any) -> Client:
        """A client whose network is this platform."""
        connection = Connection.from_params({"url": URL, "token": TOKEN, **params}, {})
        client = Client(connection, read_only=read_only)
        client.transport = self
        return client

    def add(self, name: str, **fields: Any) -> dict[str, Any]:
        """A device that exists already."""
        device: dict[str, Any] = dict.fromkeys(DETAIL)
        device.update(
            id=len(self.devices) + 1,
            uuid=f"u-{name}",
            name=name,
            is_active=True,
            status="Down",
            type=5,
        )
        device.update(organization_id=1, debug=False, firmware_image_is_pending=False)
        device.update({key: value for key, value in fields.items() if key != "password"})
        device["type_short_name"] = self._short_name(device["type"])
        device["id"] = max([one["id"] for one in self.devices.values()], default=0) + 1
        if "password" in fields:
            self.passwords[name] = fields["password"]
        self.devices[name] = device
        return device

    def fail(self, method: str, *faults: Fault | None) -> None:
        """What the next requests of a method meet, None for nothing."""
        self.faults_by_method.setdefault(method, []).extend(faults)

    def sent(self) -> list[tuple[str, str, Any]]:
        """The calls so far, which are forgotten."""
        calls, self.calls = self.calls, []
        return calls

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **kwargs: Any
    ) -> requests.Response:
        if LATE and threading.current_thread() is not threading.main_thread():
            time.sleep(random.uniform(0, LATE))
        with self._lock:
            return self._send(request, kwargs)

    def _send(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> requests.Response:
        self.seen.append(request)
        self.kwargs.append(kwargs)
        parts = urlsplit(str(request.url))
        path = parts.path[len(BASE) :]
        body = json.loads(request.body) if request.body else None
        query = dict(parse_qsl(parts.query))
        method = str(request.method)
        self.calls.append((method, path, body if method != "GET" else query))
        self.on_request(method, path)
        waiting = self.faults or self.faults_by_method.get(method) or [None]
        fault = waiting.pop(0)
        if fault and not fault.after:
            return fault.answer(request)
        status, headers, content = self.answer(method, path, query, body)
        if fault:
            return fault.answer(request, content)
        return response(request, status, headers, content)

    def close(self) -> None:
        """Nothing is open."""

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any
    ) -> tuple[int, dict[str, str], bytes]:
        status, data = self._route(method, path, query, body)
        return (
            status,
            {"Content-Type": "application/json"},
            b"" if data is None else json.dumps(data).encode(),
        )

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "inventory_type/":
            return 200, self._page(self.types, query)
        name = unquote(path[len("inventory_device_name/") : -1])
        if not name:
            return self._create(body) if method == "POST" else (200, self._list(query))
        device = self.devices.get(name)
        if device is None:
            return 404, {"detail": "Not found."}
        if method == "GET":
            return 200, device
        if method == "DELETE":
            del self.devices[name]
            self.deleted.append(name)
            return 204, None
        return self._update(name, device, body, PUT if method == "PUT" else PATCH)

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["name"] in self.devices:
            return 400, {"name": ["device with this name already exists."]}
        self.created.append(body["name"])
        return 201, self.add(**{key: value for key, value in body.items() if key in POST})

    def _update(
        self, name: str, device: dict[str, Any], body: dict[str, Any], accepted: set[str]
    ) -> tuple[int, Any]:
        if body.get("name", name) != name and body["name"] in self.devices:
            return 400, {"name": ["device with this name already exists."]}
        device.update(
            {key: value for key, value in body.items() if key in accepted and key != "password"}
        )
        device["type_short_name"] = self._short_name(device["type"])
        if "password" in body:
            self.passwords[device["name"]] = body["password"]
        self.triggers += [
            (name, key)
            for key in ("reboot", "factory", "device_factory", "sync", "reconf")
            if body.get(key)
        ]
        if body.get("reboot"):
            device["pending_settings"] = "reboot_pending"
        if body.get("sync"):
            device["pending_settings"] = "configuration_sync"
        if body.get("name", name) != name:
            self.devices[body["name"]] = self.devices.pop(name)
        return 200, device

    def _short_name(self, number: int) -> str:
        return next((str(row["short_name"]) for row in self.types if row["id"] == number), "other")

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        rows = [
            {key: device[key] for key in LISTED}
            for device in sorted(self.devices.values(), key=lambda one: one["id"])
        ]
        if "organization" in query:
            rows = [row for row in rows if str(row["organization_id"]) == query["organization"]]
        if "type" in query:
            rows = [row for row in rows if str(row["type"]) == query["type"]]
        if "status" in query:
            rows = [
                row
                for row in rows
                if row["status"] == ("Up" if query["status"] == "true" else "Down")
            ]
        return self._page(rows, query)

    def _page(self, rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        offset, limit = int(query["offset"]), min(int(query["limit"]), self.limit)
        # `next` leads elsewhere, for nobody may follow it.
        return {
            "count": len(rows),
            "next": "https://elsewhere.example.org/",
            "previous": None,
            "results": rows[offset : offset + limit],
        }


class Fault:
    """What a request meets instead of its answer. after: the work is done first."""

    def __init__(
        self,
        status: int = 0,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        error: Exception | None = None,
        *,
        after: bool = False,
        cut: bool = False,
    ) -> None:
        self.status, self.body, self.headers, self.error, self.after, self.cut = (
            status,
            body,
            headers or {},
            error,
            after,
            cut,
        )

    def answer(self, request: requests.PreparedRequest, content: bytes = b"") -> requests.Response:
        if self.error:
            raise self.error
        if self.cut:
            half = content[: len(content) // 2]
            return response(request, 200, {"Content-Length": str(len(content))}, half)
        return response(request, self.status, self.headers, self.body)


def reset(*, after: bool = False) -> Fault:
    """The connection is reset before, or after, the work."""
    return Fault(
        error=requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer")),
        after=after,
    )


def detail(status: int, text: str, **headers: str) -> Fault:
    """An error as REST framework gives it."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Fault(
        status, json.dumps({"detail": text}).encode(), {"Content-Type": "application/json", **named}
    )


def response(
    request: requests.PreparedRequest, status: int, headers: dict[str, str], content: bytes
) -> requests.Response:
    made = requests.Response()
    made.status_code, made.url, made.request = status, str(request.url), request
    made.headers.update(headers)
    made.reason = requests.status_codes._codes.get(status, ("",))[0].replace("_", " ")  # type: ignore[attr-defined]
    made.raw = HTTPResponse(
        body=io.BytesIO(content),
        status=status,
        headers=headers,
        preload_content=False,
        enforce_content_length=False,
    )
    return made
