# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: which request meets which, and what the client then sees."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from itertools import chain
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from simulator import engine, world
from simulator.behaviour import fraction
from simulator.models import Device, Fault, World
from simulator.seed import change_by_hand, seeded_device

# Whether the work is done under each kind, unless the fault says `after_work` itself.
AFTER_WORK = {
    "status": False,
    "latency": True,
    "reset_before": False,
    "reset_after": True,
    "truncate": True,
    "html": False,
    "empty": True,
    "garbage": True,
    "shape": True,
    "redirect": False,
    "list_shift": True,
    "lengths": True,
    "dribble": True,
    "flood": True,
}
KEYS = frozenset(
    (
        "kind",
        "methods",
        "path",
        "times",
        "every",
        "after",
        "probability",
        "seed",
        "status",
        "retry_after",
        "seconds",
    )
) | {
    "body",
    "location",
    "after_work",
    "delete",
    "create",
    "change",
    "reason",
    "bytes",
    "pause",
}
HTML = (
    "<!DOCTYPE html><html><head><title>Gateway</title></head>"
    "<body><h1>Something went wrong</h1></body></html>"
)


class Reset(HttpResponse):
    """Not an answer: wsgi.py closes the connection with a RST instead of sending it."""


class Raw(HttpResponse):
    """Sent byte for byte by wsgi.py, which then closes the connection.

    pieces: what is sent, one after the other, with `pause` seconds between two.
    """

    def __init__(self, status: int, pieces: Iterable[bytes], pause: float = 0.0) -> None:
        super().__init__(status=status)
        self.pieces = pieces
        self.pause = pause


def add(spec: dict[str, Any]) -> Fault:
    """Raises ValueError."""
    unknown = sorted(set(spec) - KEYS)
    if unknown:
        raise ValueError(f"unknown key of a fault: {', '.join(unknown)}")
    if spec.get("kind") not in AFTER_WORK:
        raise ValueError(f"kind is one of {', '.join(AFTER_WORK)}")
    if "after_work" in spec and spec["kind"] in (
        "latency",
        "list_shift",
        "reset_before",
        "reset_after",
    ):
        raise ValueError(f"{spec['kind']} has its own place before or after the work")
    try:
        re.compile(spec.get("path") or "")
    except re.error as error:
        raise ValueError(f"path: {error}") from error
    fault = Fault.objects.create(spec=json.dumps(spec))
    World.objects.update(faults=True)
    return fault


def listed() -> list[dict[str, Any]]:
    return [
        {"id": fault.id, **json.loads(fault.spec), "seen": fault.seen, "applied": fault.applied}
        for fault in Fault.objects.order_by("id")
    ]


def clear() -> None:
    Fault.objects.all().delete()
    World.objects.update(faults=False)


def choose(method: str, target: str) -> dict[str, Any] | None:
    """Counts the request with every fault it matches; the first that is due is the one it meets."""
    chosen = None
    with transaction.atomic():  # the workers count together
        for fault in Fault.objects.filter(spent=False).order_by("id"):
            spec = json.loads(fault.spec)
            methods = spec.get("methods")
            if methods and method not in methods:
                continue
            if not re.search(spec.get("path") or "", target):
                continue
            fault.seen += 1
            if chosen is None and _due(spec, fault.seen):
                fault.applied += 1
                fault.spent = spec.get("times") is not None and fault.applied >= spec["times"]
                chosen = {"after_work": AFTER_WORK[spec["kind"]], **spec}
            fault.save()
        if chosen is not None and not Fault.objects.filter(spent=False).exists():
            World.objects.update(faults=False)
    return chosen


def _due(spec: dict[str, Any], seen: int) -> bool:
    number = seen - int(spec.get("after") or 0)
    if number < 1 or number % int(spec.get("every") or 1):
        return False
    probability = spec.get("probability")
    return probability is None or fraction("fault", spec.get("seed", 0), seen) < probability


def answer(fault: dict[str, Any], response: HttpResponseBase | None) -> HttpResponseBase:
    """What the client gets. `response` is the true answer, where the work was done."""
    kind = fault["kind"]
    if kind in ("reset_before", "reset_after"):
        return Reset()
    if kind == "truncate":
        return _truncated(response)
    if kind in _RAW_MAKERS:
        return _RAW_MAKERS[kind](fault, response)
    if response is not None and kind in ("latency", "list_shift"):
        if kind == "list_shift":
            shift(fault)
        return response
    made = _MAKERS[kind](fault)
    made["Content-Length"] = str(len(made.content))
    return made


def wait(fault: dict[str, Any]) -> None:
    time.sleep(float(fault.get("seconds", 0)))


def shift(fault: dict[str, Any]) -> None:
    """The fleet changes under a reader: what follows the page just answered moves."""
    with engine.turn() as moment:
        gone = fault.get("delete") or []
        if gone == "first":
            gone = 1
        if isinstance(gone, int):
            gone = list(Device.objects.order_by("id").values_list("name", flat=True)[:gone])
        for device in Device.objects.filter(name__in=gone):
            engine.forget(device, moment.now)
            device.delete()
        for entry in fault.get("create") or []:
            spec = {"name": entry} if isinstance(entry, str) else entry
            seeded_device(spec, moment.config, moment.now).save()
        for name, fields in (fault.get("change") or {}).items():
            for device in Device.objects.filter(name=name):
                change_by_hand(device, fields, world.read())


def _status(fault: dict[str, Any]) -> HttpResponse:
    status = int(fault.get("status", 502))
    body = fault.get("body", {"detail": "Injected by a fault."})
    if isinstance(body, str):
        made = HttpResponse(body, status=status, content_type="text/html; charset=utf-8")
    else:
        made = HttpResponse(json.dumps(body), status=status, content_type="application/json")
    retry_after = fault.get("retry_after")
    if retry_after is not None:
        text = str(retry_after)
        if text.startswith("http-date"):
            text = formatdate(time.time() + float(text.partition(":")[2] or 0), usegmt=True)
        made["Retry-After"] = text
    if fault.get("reason"):
        made.reason_phrase = str(fault["reason"])
    return made


def _html(fault: dict[str, Any]) -> HttpResponse:
    return HttpResponse(
        fault.get("body") or HTML, status=int(fault.get("status", 200)), content_type="text/html"
    )


def _truncated(response: HttpResponseBase | None) -> HttpResponse:
    whole = response.content if isinstance(response, HttpResponse) else b""
    status = response.status_code if response is not None and whole else 200
    made = HttpResponse(whole[: len(whole) // 2], status=status, content_type="application/json")
    made["Content-Length"] = str(len(whole) or 64)
    return made


def _empty(fault: dict[str, Any]) -> HttpResponse:
    return HttpResponse(b"", status=int(fault.get("status", 200)), content_type="application/json")


def _garbage(fault: dict[str, Any]) -> HttpResponse:
    body = fault.get("body") or '{"count": 3, "results": [{"id": 1, \x00'
    return HttpResponse(body, status=int(fault.get("status", 200)), content_type="application/json")


def _shape(fault: dict[str, Any]) -> HttpResponse:
    body = fault.get("body", ["unexpected"])
    return HttpResponse(
        json.dumps(body), status=int(fault.get("status", 200)), content_type="application/json"
    )


def _redirect(fault: dict[str, Any]) -> HttpResponse:
    made = HttpResponse(status=int(fault.get("status", 302)))
    made["Location"] = fault.get("location", "/")
    return made


def _lengths(fault: dict[str, Any], response: HttpResponseBase | None) -> Raw:
    """The true answer under two lengths that contradict each other."""
    status, body = _true_answer(fault, response)
    head = _head(status, len(body), f"Content-Length: {len(body) + 7}")
    return Raw(status, [head + body])


def _dribble(fault: dict[str, Any], response: HttpResponseBase | None) -> Raw:
    """The true answer, a byte at a time."""
    status, body = _true_answer(fault, response)
    pieces = [_head(status, len(body)), *(body[at : at + 1] for at in range(len(body)))]
    return Raw(status, pieces, float(fault.get("pause", 1)))


def _flood(fault: dict[str, Any], response: HttpResponseBase | None) -> Raw:
    """As many bytes as are asked for, of no use."""
    status, _body = _true_answer(fault, response)
    total = int(fault.get("bytes", 100_000_000))
    block = b" " * 65536
    blocks = (block[: min(len(block), total - sent)] for sent in range(0, total, len(block)))
    return Raw(status, chain([_head(status, total)], blocks))


def _true_answer(fault: dict[str, Any], response: HttpResponseBase | None) -> tuple[int, bytes]:
    """Status and body, where the work was done; an empty object where it was not."""
    if isinstance(response, HttpResponse):
        return int(fault.get("status", response.status_code)), response.content
    return int(fault.get("status", 200)), b"{}"


def _head(status: int, length: int, *more: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        *more,
        "Connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


_RAW_MAKERS = {"lengths": _lengths, "dribble": _dribble, "flood": _flood}
_MAKERS = {
    "status": _status,
    "html": _html,
    "empty": _empty,
    "garbage": _garbage,
    "shape": _shape,
    "redirect": _redirect,
}
