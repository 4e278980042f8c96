# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_preflight`: each thing that can be wrong, which check says so, and what is not looked at then."""

from __future__ import annotations

import socket
import ssl
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.zequenze.control.plugins.module_utils._errors import TaskError, ZqError
from ansible_collections.zequenze.control.plugins.module_utils._preflight import network, versions
from ansible_collections.zequenze.control.plugins.modules import zq_preflight
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    TOKEN,
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    failure,
    listed,
    looked,
    path,
    run,
    types_listed,
)

NAMES = [
    "versions",
    "proxy",
    "name",
    "connection",
    "tls",
    "api",
    "clock",
    "latency",
    "token",
    "devices",
    "device",
    "types",
    "write",
]
READS = [listed(), looked("d0"), types_listed()]
PATCH: tuple[str, str, dict[str, Any]] = ("PATCH", path("d0"), {})


@pytest.fixture(autouse=True)
def network_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "addresses", lambda host, port: ["192.0.2.7"])
    monkeypatch.setattr(
        network, "certificate_end", lambda connection: time.time() + 40.5 * network.DAY
    )


@pytest.fixture
def fleet(platform: Platform) -> Platform:
    platform.add("d0", description="old")
    platform.add("d1", organization_id=2)
    return platform


def by_name(result: dict[str, Any]) -> dict[str, dict[str, str]]:
    assert [check["name"] for check in result["checks"]] == list(NAMES)
    return {check["name"]: check for check in result["checks"]}


def statuses(result: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: by_name(result)[name]["status"] for name in names}


def failed_checks(platform: Platform, **given: Any) -> tuple[ZqError, dict[str, dict[str, str]]]:
    error = failure(zq_preflight, platform, **given)
    assert isinstance(error, TaskError)
    result = error.to_dict()
    assert result["state"] == "failed"
    assert result["changed"] is False
    assert set(error.errors) == {
        check["name"] for check in result["checks"] if check["status"] == "failed"
    }
    return error, by_name(result)


def test_reads_alone_where_no_device_is_named(fleet: Platform) -> None:
    for check in (True, False):
        result = run(zq_preflight, fleet, check=check)
        assert fleet.sent() == READS
        assert result["changed"] is False
        assert result["state"] == "ok"
        assert result["counts"] == {"ok": 11, "warning": 0, "failed": 0, "not_run": 2}
        assert len(result["lines"]) == len(NAMES) + 1
        assert result["lines"][-1] == "ok: 11 of 13 checks passed, 2 not run"
        details = {name: check["detail"] for name, check in by_name(result).items()}
        assert details["devices"] == (
            "the platform counts 2 devices; the first 2 of them are of 2 organizations"
        )
        assert details["tls"].endswith("by the system's certificates, and valid for 40 days")
        assert details["write"] == "no device is given to try it on (`write_to`)"


def test_a_write_of_nothing_between_two_reads(fleet: Platform) -> None:
    before = dict(fleet.devices["d0"])
    for _again in range(2):
        result = run(zq_preflight, fleet, write_to="d0")
        assert fleet.sent() == [*READS, looked("d0"), PATCH, looked("d0")]
        assert by_name(result)["write"]["status"] == "ok"
        assert fleet.devices["d0"] == before
        assert fleet.triggers == []


def test_in_check_mode_it_is_told_what_would_be_sent(fleet: Platform) -> None:
    result = run(zq_preflight, fleet, check=True, write_to="d0")
    assert fleet.sent() == [*READS, looked("d0")]
    write = by_name(result)["write"]
    assert write["status"] == "not_run"
    assert write["detail"].startswith("in check mode; it would send PATCH https://acs.example.com/")


@pytest.mark.parametrize("check", [True, False])
def test_a_device_that_does_not_exist_fails_in_both_modes(fleet: Platform, check: bool) -> None:
    error, checks = failed_checks(fleet, check=check, write_to="gone")
    assert checks["write"]["detail"] == "there is no device 'gone'"
    assert error.status == 404
    assert {method for method, _path, _body in fleet.sent()} == {"GET"}


@pytest.mark.parametrize("name", ["", " ", ".", ".."])
def test_a_name_that_is_none_is_refused_before_anything_is_sent(fleet: Platform, name: str) -> None:
    assert failure(zq_preflight, fleet, write_to=name).errors.keys() == {"write_to"}
    assert fleet.sent() == []


HTML = Fault(200, b"<title>Please log in</title>", {"Content-Type": "text/html"})
NOT_RUN_AFTER = {
    "connection": ["tls", "api", "clock", "latency", "token", "devices", "device", "types"],
    "api": ["latency", "token", "devices", "device", "types"],
    "token": ["latency", "devices", "device", "types"],
    "devices": ["latency", "device"],
}


@pytest.mark.parametrize(
    ("fault", "failed", "told"),
    [
        (reset(), "connection", "See that `url` and `proxy` are right"),
        (HTML, "api", "no proxy or login page answers in its place"),
        (Fault(302, b"", {"Location": "https://login.example.com/"}), "api", "ends in /api/v1"),
        (Fault(200, b'{"detail": "hello"}'), "api", "ends in /api/v1"),
        (Fault(404, b"<h1>Not Found</h1>"), "api", "Give as `url` the API's address"),
        (detail(404, "Not found."), "api", "Give as `url` the API's address"),
        (detail(500, "Oops."), "api", "has a problem"),
        (Fault(401, b"<title>Proxy</title>"), "api", "Give as `url` the API's address"),
        (Fault(403, b"<title>Blocked</title>"), "api", "Give as `url` the API's address"),
        (detail(401, "Invalid token."), "token", "Give a valid API token"),
        (detail(403, "No."), "devices", "Ask the platform's administrator to let the token's"),
    ],
)
def test_what_is_wrong_with_the_first_answer(
    fleet: Platform, fault: Fault, failed: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = fleet.client
    monkeypatch.setattr(fleet, "client", lambda **more: connected(retries=0, **more))
    fleet.fail("GET", fault)
    error, checks = failed_checks(fleet, write_to="d0")
    assert checks[failed]["status"] == "failed"
    assert told in checks[failed]["remedy"]
    assert error.remedy == checks[failed]["remedy"]
    assert str(error).startswith(f"1 of 13 checks failed: {failed}. ")
    not_run = [name for name, check in checks.items() if check["status"] == "not_run"]
    # The clock of an answer that does not tell its time is not known.
    assert set(not_run) - {"clock", "write"} == set(NOT_RUN_AFTER[failed]) - {"clock"}
    assert ("write" in not_run) == (failed != "devices")


@pytest.mark.parametrize(
    ("error", "options", "failed", "told"),
    [
        (ssl.SSLCertVerificationError(1, "self-signed certificate"), {}, "tls", "`ca_path`"),
        (ConnectionRefusedError(111, "refused"), {}, "connection", "`url` and `proxy`"),
    ],
)
def test_no_answer(
    fleet: Platform,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    options: dict[str, Any],
    failed: str,
    told: str,
) -> None:
    from ansible_collections.zequenze.control.plugins.module_utils._transport import (
        NotConnectedError,
    )

    connected = fleet.client
    monkeypatch.setattr(fleet, "client", lambda **more: connected(retries=0, **options, **more))
    fleet.fail("GET", Fault(error=requests.ConnectionError(NotConnectedError(error))))
    _error, checks = failed_checks(fleet)
    assert checks[failed]["status"] == "failed"
    assert told in checks[failed]["remedy"]
    assert checks["api"]["status"] == "not_run"
    assert len(fleet.sent()) == 1


def test_a_name_that_cannot_be_resolved(fleet: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(network, "addresses", fail)
    _error, checks = failed_checks(fleet, write_to="d0")
    assert "acs.example.com cannot be resolved" in checks["name"]["detail"]
    assert fleet.sent() == []
    assert [check["status"] for check in checks.values()].count("not_run") == 10


@pytest.mark.parametrize(
    ("seconds", "status", "told"),
    [
        (0, "ok", "agree"),
        (-120, "ok", "behind ours"),
        (200, "ok", "ahead of ours"),
        (3600, "warning", "ahead of ours"),
        (-3600, "warning", "behind ours"),
    ],
)
def test_clock(
    fleet: Platform, monkeypatch: pytest.MonkeyPatch, seconds: int, status: str, told: str
) -> None:
    date = formatdate(time.time() + seconds, usegmt=True)
    answer = fleet.answer

    def dated(*args: Any) -> Any:
        code, headers, content = answer(*args)
        return code, {**headers, "Date": date}, content

    monkeypatch.setattr(fleet, "answer", dated)
    clock = by_name(run(zq_preflight, fleet))["clock"]
    assert clock["status"] == status
    assert told in clock["detail"]
    assert bool(clock["remedy"]) == (status == "warning")


def test_a_date_that_is_none(fleet: Platform) -> None:
    fleet.fail("GET", Fault(401, b'{"detail": "x"}', {"Date": "soon"}))
    _error, checks = failed_checks(fleet)
    assert checks["clock"]["status"] == "not_run"


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        (detail(403, "Read only."), "failed", "The token may read and not write"),
        (detail(400, "Nothing to change."), "warning", "is not certain"),
        (reset(after=True), "failed", "`url` and `proxy`"),
        (HTML, "failed", "login page"),
        (Fault(200, b'{"ok": true}'), "failed", "answers in the platform's place"),
        (detail(401, "Gone."), "failed", "Give a valid API token"),
    ],
)
def test_a_write_that_is_not_taken_is_sent_once(
    fleet: Platform, fault: Fault, status: str, told: str
) -> None:
    fleet.fail("PATCH", fault)
    try:
        result = run(zq_preflight, fleet, write_to="d0")
    except TaskError as error:
        result = error.to_dict()
    write = by_name(result)["write"]
    assert write["status"] == status
    assert told in write["remedy"]
    assert fleet.sent().count(PATCH) == 1


def test_what_somebody_else_changes_meanwhile_is_told_and_kept(fleet: Platform) -> None:
    def change(method: str, _path: str) -> None:
        if method == "PATCH":
            fleet.devices["d0"]["description"] = "new"

    fleet.on_request = change
    write = by_name(run(zq_preflight, fleet, write_to="d0"))["write"]
    assert write["status"] == "warning"
    assert "description of 'd0' changed" in write["detail"]
    assert fleet.devices["d0"]["description"] == "new"


@pytest.mark.parametrize("status", [403, 404])
def test_types_that_are_not_listed_are_a_warning(fleet: Platform, status: int) -> None:
    fleet.fail("GET", None, None, detail(status, "No."))
    types = by_name(run(zq_preflight, fleet))["types"]
    assert types["status"] == "warning"
    assert "by their ids" in types["remedy"]


def test_a_device_that_may_not_be_read(fleet: Platform) -> None:
    fleet.fail("GET", None, detail(403, "No."))
    error, checks = failed_checks(fleet)
    assert checks["device"]["status"] == "failed"
    assert checks["types"]["status"] == "ok"
    assert error.status == 403


def test_a_token_that_sees_no_device(platform: Platform) -> None:
    result = run(zq_preflight, platform)
    assert statuses(result, "devices", "device", "types") == {
        "devices": "warning",
        "device": "not_run",
        "types": "ok",
    }


def test_a_page_that_takes_two_requests(fleet: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    fleet.fail("GET", detail(502, "Bad gateway."))
    latency = by_name(run(zq_preflight, fleet))["latency"]
    assert latency["status"] == "warning"
    assert latency["detail"].endswith("and 2 requests")


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        ({"url": "http://acs.example.com/prefix/api/v1"}, "warning", "not encrypted"),
        ({"validate_certs": False}, "warning", "not verified"),
        ({}, "ok", "trusted by the system's certificates"),
        ({"ca_path": __file__}, "ok", f"trusted by {__file__}"),
    ],
)
def test_tls(
    fleet: Platform,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    status: str,
    told: str,
) -> None:
    connected = fleet.client

    def client(**more: Any) -> Any:
        return connected(**{"url": "https://acs.example.com/prefix/api/v1", **options, **more})

    monkeypatch.setattr(fleet, "client", client)
    tls = by_name(run(zq_preflight, fleet))["tls"]
    assert tls["status"] == status
    assert told in tls["detail"]


def test_a_certificate_that_ends_soon(fleet: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        network, "certificate_end", lambda connection: time.time() + 3.5 * network.DAY
    )
    tls = by_name(run(zq_preflight, fleet))["tls"]
    assert tls["status"] == "warning"
    assert "valid for 3 days" in tls["detail"]


def test_a_certificate_that_cannot_be_looked_at(
    fleet: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_connection: Any) -> float:
        raise OSError("gone")

    monkeypatch.setattr(network, "certificate_end", fail)
    tls = by_name(run(zq_preflight, fleet))["tls"]
    assert tls["status"] == "ok"
    assert "valid" not in tls["detail"]


@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        ("http://me:pw-Zk81@proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("socks5h://me:pw-Zk81@proxy.example.com", "socks5h://proxy.example.com:1080"),
    ],
)
def test_a_proxy_is_told_without_its_credentials(
    fleet: Platform, monkeypatch: pytest.MonkeyPatch, proxy: str, told: str
) -> None:
    connected = fleet.client
    monkeypatch.setattr(fleet, "client", lambda **more: connected(proxy=proxy, **more))
    fleet.fail("GET", detail(401, f"No {TOKEN} pw-Zk81"))
    error, checks = failed_checks(fleet)
    assert checks["proxy"]["detail"] == told
    shown = repr(error.to_dict())
    assert "pw-Zk81" not in shown
    assert TOKEN not in shown


def test_what_the_platform_says_is_escaped(platform: Platform) -> None:
    platform.add("d\x1b[2J\u202e")
    result = run(zq_preflight, platform)
    text = "".join(result["lines"])
    assert text.isprintable()
    assert "\\x1b" in by_name(result)["device"]["detail"]


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"MANIFEST.json": '{"collection_info": {"version": "1.2.3"}}'}, "1.2.3"),
        ({"galaxy.yml": "name: control\nversion: 0.9.0-dev\n"}, "0.9.0-dev"),
        ({"galaxy.yml": "name: control\n"}, versions.UNKNOWN),
        ({"MANIFEST.json": "{", "galaxy.yml": 'version: "3"'}, "3"),
        ({}, versions.UNKNOWN),
    ],
)
def test_version_of_the_collection(tmp_path: Path, files: dict[str, str], version: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert versions.collection_version(tmp_path) == version
