# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, one by one, over raw HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from simulator.testing import ControlError, Simulator

Call = Callable[..., requests.Response]

DEVICES = "inventory_device_name/"
BODY = {"name": "a", "type": 5}


@pytest.fixture(autouse=True)
def fleet(sim: Simulator) -> None:
    sim.seed(count=3, types=[{"id": 5, "short_name": "router"}])


def raw(
    sim: Simulator, method: str, body: dict[str, Any] | None = None, path: str = DEVICES
) -> tuple[int, bytes]:
    address = urlsplit(sim.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    headers = {"Authorization": f"Bearer {sim.token}", "Content-Type": "application/json"}
    try:
        connection.request(
            method, f"{address.path}/{path}", json.dumps(body) if body else None, headers
        )
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def names(sim: Simulator) -> list[str]:
    sim.clear_faults()
    return [item["name"] for item in json.loads(raw(sim, "GET")[1])["results"]]


def test_status_before_and_after_the_work(sim: Simulator) -> None:
    sim.fault("status", times=1)
    assert raw(sim, "POST", BODY)[0] == 502
    assert "a" not in names(sim)
    sim.fault("status", status=503, body="<html>", after_work=True)
    assert raw(sim, "POST", BODY) == (503, b"<html>")
    assert "a" in names(sim)
    assert [(entry["status"], entry["done"], entry["fault"]) for entry in sim.log(method="POST")] == [
        (502, False, "status"), (503, True, "status"),
    ]  # fmt: skip


def test_retry_after(sim: Simulator, call: Call) -> None:
    sim.fault("status", status=429, retry_after=3, times=1)
    sim.fault("status", status=503, retry_after="http-date:+30")
    assert call("GET", DEVICES).headers["Retry-After"] == "3"
    when = parsedate_to_datetime(call("GET", DEVICES).headers["Retry-After"])
    assert 25 < when.timestamp() - time.time() < 35


def test_resets(sim: Simulator) -> None:
    sim.fault("reset_before", times=1)
    with pytest.raises(ConnectionResetError):
        raw(sim, "POST", BODY)
    assert "a" not in names(sim)
    sim.fault("reset_after")
    with pytest.raises(ConnectionResetError):
        raw(sim, "POST", BODY)
    assert "a" in names(sim)
    assert [(entry["status"], entry["done"]) for entry in sim.log(method="POST")] == [
        (None, False),
        (None, True),
    ]


def test_truncation(sim: Simulator) -> None:
    sim.fault("truncate")
    with pytest.raises(http.client.IncompleteRead) as caught:
        raw(sim, "GET")
    assert caught.value.partial.startswith(b'{"count":3')
    assert abs((caught.value.expected or 0) - len(caught.value.partial)) <= 1
    with pytest.raises(http.client.IncompleteRead):
        raw(sim, "DELETE", path=f"{DEVICES}cpe-00001/")
    assert names(sim) == ["cpe-00002", "cpe-00003"]


def test_bodies(sim: Simulator, call: Call) -> None:
    sim.fault("html", times=1)
    answer = call("GET", DEVICES)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    sim.fault("html", status=504, times=1)
    assert call("GET", DEVICES).status_code == 504
    sim.fault("empty", times=1)
    assert call("GET", DEVICES).content == b""
    sim.fault("garbage", times=1)
    with pytest.raises(ValueError, match="Expecting property name"):
        json.loads(call("GET", DEVICES).text)
    sim.fault("shape", body={"count": "x"}, times=1)
    assert call("GET", DEVICES).json() == {"count": "x"}
    sim.fault("redirect", location="http://127.0.0.1:9/", times=1)
    answer = call("GET", DEVICES, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:9/")
    assert call("GET", DEVICES).json()["count"] == 3


def exchanged(sim: Simulator, seconds: float) -> bytes:
    """What a GET brings in so many seconds, byte for byte."""
    address = urlsplit(sim.url)
    request = f"GET {address.path}/{DEVICES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sim.token}\r\n\r\n"
    got = b""
    end = time.monotonic() + seconds
    with socket.create_connection((address.hostname or "", address.port or 0), 10) as connection:
        connection.sendall(request.encode())
        while time.monotonic() < end:
            piece = connection.recv(65536)
            if not piece:
                break
            got += piece
    return got


def test_lengths_that_contradict_each_other(sim: Simulator) -> None:
    sim.fault("lengths", times=1)
    head, _blank, body = exchanged(sim, 10).partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
    assert lengths == [b"Content-Length: %d" % len(body), b"Content-Length: %d" % (len(body) + 7)]
    assert json.loads(body)["count"] == 3
    sim.fault("lengths")
    with contextlib.suppress(http.client.HTTPException):
        raw(sim, "POST", BODY)
    assert "a" in names(sim)


def test_an_answer_that_dribbles(sim: Simulator) -> None:
    sim.fault("dribble", pause=0.1, times=1)
    _head, _blank, body = exchanged(sim, 1).partition(b"\r\n\r\n")
    assert 3 <= len(body) <= 15


def test_a_flood(sim: Simulator) -> None:
    sim.fault("flood", bytes=200_001)
    assert len(raw(sim, "GET")[1]) == 200_001


def test_the_phrase_beside_a_status(sim: Simulator, call: Call) -> None:
    sim.fault("status", status=400, reason="Bad luck")
    assert call("GET", DEVICES).reason == "Bad luck"


def test_latency(sim: Simulator, call: Call) -> None:
    sim.fault("latency", seconds=0.4, times=1)
    assert call("GET", DEVICES).elapsed.total_seconds() >= 0.4
    assert call("GET", DEVICES).elapsed.total_seconds() < 0.4


def test_list_shift(sim: Simulator, call: Call) -> None:
    sim.fault("list_shift", path="offset=1", delete="first", create=["new"],
              change={"cpe-00003": {"organization_id": 9}}, times=1)  # fmt: skip
    page = call("GET", f"{DEVICES}?limit=1&offset=1").json()
    assert (page["count"], page["results"][0]["name"]) == (3, "cpe-00002")
    assert [item["name"] for item in call("GET", DEVICES).json()["results"]] == [
        "cpe-00002",
        "cpe-00003",
        "new",
    ]
    assert call("GET", f"{DEVICES}?organization=9").json()["count"] == 1


@pytest.mark.parametrize(
    ("spec", "hit"),
    [
        ({"times": 2}, [1, 2]),
        ({"every": 3}, [3, 6, 9]),
        ({"after": 7}, [8, 9, 10]),
        ({"after": 2, "every": 2, "times": 2}, [4, 6]),
        ({"path": "limit=[37]"}, [3, 7]),
        ({"methods": ["POST"]}, []),
        ({"methods": ["GET"], "path": r"limit=\d\d"}, [10]),
    ],
)
def test_choice(sim: Simulator, call: Call, spec: dict[str, Any], hit: list[int]) -> None:
    sim.fault("status", **spec)
    assert [
        n for n in range(1, 11) if call("GET", f"{DEVICES}?limit={n}").status_code == 502
    ] == hit


def test_probability_follows_its_seed(sim: Simulator, call: Call) -> None:
    def hits() -> list[int]:
        sim.clear_faults()
        sim.fault("status", probability=0.5, seed=4)
        return [n for n in range(40) if call("GET", f"{DEVICES}?limit=1").status_code == 502]

    first = hits()
    assert 8 < len(first) < 32
    assert first == hits()


def test_workers_count_together(sim: Simulator, call: Call) -> None:
    sim.fault("status", every=3, times=20)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: raw(sim, "GET")[0], range(90)))
    assert Counter(answers) == {200: 70, 502: 20}
    assert [(fault["seen"], fault["applied"]) for fault in sim.faults()] == [(60, 20)]
    assert len(sim.log()) == 90


@pytest.mark.parametrize(
    "wrong", [{"kind": "fire"}, {"kind": "status", "time": 1}, {"kind": "status", "path": "("}]
)
def test_typing_errors_are_not_passed_over(sim: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="400"):
        sim.control("POST", "faults/", wrong)
