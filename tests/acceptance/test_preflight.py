# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook preflight and its module, against the simulator with what is wrong on a first day."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.acceptance.gitops import User
from tests.acceptance.support import Platform, Relay, closed, leaks, serving, silent


def preflight(platform: Platform, **given: Any) -> dict[str, dict[str, Any]]:
    """The checks by name, of a run that must send nothing but GET unless a device is named."""
    called = platform.call("zq_preflight", **{"retries": 0, **given})
    assert called["state"] == ("failed" if called.failed else "ok"), called.result
    assert not leaks(repr(called.result), platform.token)
    if "write_to" not in given:
        assert platform.writes() == []
    return {check["name"]: check for check in called["checks"]}


def failed(checks: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, check in checks.items() if check["status"] == "failed"]


def test_a_token_that_may_all(platform: Platform) -> None:
    platform.seed("one", {"name": "two", "organization_id": 2})
    before = platform.device("one")
    platform.simulator.clear_log()
    checks = preflight(platform, write_to="one")
    assert failed(checks) == []
    assert "2 devices; the first 2 of them are of 2 organizations" in checks["devices"]["detail"]
    assert [request["body"] for request in platform.writes()] == [{}]
    assert platform.device("one") == before


def test_a_token_that_only_reads(platform: Platform) -> None:
    platform.seed("one")
    platform.simulator.add_token("tok-reads-51", read_only=True)
    checks = preflight(platform, token="tok-reads-51", write_to="one")
    assert failed(checks) == ["write"]
    assert "The token may read and not write" in checks["write"]["remedy"]


@pytest.mark.parametrize(
    ("fault", "check", "told"),
    [
        ({"kind": "status", "status": 403}, "devices", "let the token's user read the devices"),
        ({"kind": "html"}, "api", "no proxy or login page answers"),
        ({"kind": "redirect", "location": "/login/"}, "api", "ends in /api/v1"),
        ({"kind": "shape"}, "api", "ends in /api/v1"),
        ({"kind": "status", "status": 503}, "api", "run the task again when it is well"),
    ],
)
def test_a_platform_that_answers_otherwise(
    platform: Platform, fault: dict[str, Any], check: str, told: str
) -> None:
    platform.seed("one")
    platform.simulator.fault(**fault, path="inventory_device_name/\\?")
    checks = preflight(platform)
    assert failed(checks) == [check]
    assert told in checks[check]["remedy"]


def test_a_wrong_token(platform: Platform) -> None:
    checks = preflight(platform, token="tok-wrong-77")
    assert failed(checks) == ["token"]
    assert checks["devices"]["status"] == "not_run"
    assert checks["clock"]["status"] == "ok"


@pytest.mark.parametrize("path", ["", "/api", "/api/v2"])
def test_a_wrong_path(platform: Platform, path: str) -> None:
    checks = preflight(platform, url=f"http://127.0.0.1:{platform.port}{path}")
    assert failed(checks) == ["api"]
    assert "Give as `url` the API's address, with its path" in checks["api"]["remedy"]


def test_an_address_where_nothing_is(platform: Platform) -> None:
    assert failed(preflight(platform, url=closed())) == ["connection"]
    with silent() as url:
        assert failed(preflight(platform, url=url, timeout=0.3)) == ["connection"]
    assert failed(preflight(platform, url="http://no-such-host.invalid/api/v1")) == ["name"]


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, str]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return authority, str(tmp_path / "ca.pem")


def front(platform: Platform, authority: trustme.CA, days: float) -> Relay:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = datetime.now(UTC) + timedelta(days=days)
    authority.issue_cert("127.0.0.1", not_after=end).configure_cert(context)
    return Relay(platform.port, tls=context)


@pytest.mark.parametrize(
    ("days", "status", "told"), [(100.5, "ok", "100 days"), (3.5, "warning", "3 days")]
)
def test_tls(
    platform: Platform,
    authority: tuple[trustme.CA, str],
    days: float,
    status: str,
    told: str,
) -> None:
    with serving(front(platform, authority[0], days)) as relay:
        url = f"https://127.0.0.1:{relay.port}/api/v1"
        trusted = preflight(platform, url=url, ca_path=authority[1])
        untrusted = preflight(platform, url=url)
        unverified = preflight(platform, url=url, validate_certs=False)
    assert trusted["tls"]["status"] == status
    assert trusted["tls"]["detail"].endswith(f"by {authority[1]}, and valid for {told}")
    assert failed(untrusted) == ["tls"]
    assert "give the CA bundle that signed it as `ca_path`" in untrusted["tls"]["remedy"]
    assert unverified["tls"]["status"] == "warning"


def test_a_proxy_is_named_without_its_password(platform: Platform) -> None:
    with serving(Relay(platform.port)) as relay:
        proxy = f"http://somebody:pw-Zk81@127.0.0.1:{relay.port}"
        checks = preflight(platform, proxy=proxy)
        assert relay.seen
    assert failed(checks) == []
    assert checks["proxy"]["detail"] == f"http://127.0.0.1:{relay.port}"


class DatedRelay(Relay):
    """A front whose clock is off by some hours."""

    hours = 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        date = datetime.now(UTC) + timedelta(hours=self.hours)
        text = f"{date:%a, %d %b %Y %H:%M:%S} GMT"
        tells_it: dict[str, Any] = {"date_time_string": lambda _handler, _time=None: text}
        handler_class: Any = self.RequestHandlerClass
        handler = type("Handler", (handler_class,), tells_it)
        handler(request, client_address, self)


@pytest.mark.parametrize(("hours", "direction"), [(1, "ahead of"), (-1, "behind")])
def test_a_clock_that_is_off(platform: Platform, hours: int, direction: str) -> None:
    relay = DatedRelay(platform.port)
    relay.hours = hours
    with serving(relay):
        checks = preflight(platform, url=f"{relay.address}/api/v1")
    assert failed(checks) == []
    assert checks["clock"]["status"] == "warning"
    assert direction in checks["clock"]["detail"]


def summary(text: str) -> str:
    """What is handed on to a workflow."""
    return text.strip().splitlines()[-1]


def test_the_playbook(platform: Platform, tmp_path: Path) -> None:
    """With a survey's empty answer, and with a device; then with a token that is wrong."""
    platform.seed("one")
    user = User(platform, tmp_path / "user", {"ANSIBLE_SHOW_CUSTOM_STATS": "true"})
    user.folder.mkdir()
    ran = user.play("preflight", "--check", write_to="")
    assert ran.changed == 0
    assert "ok: devices: the platform counts 1 device" in ran.text
    assert "not run: write: no device is given" in ran.text
    assert summary(ran.text).endswith("state: ok")
    ran = user.play("preflight", write_to="one")
    assert "ok: write: the token may write; nothing of" in ran.text
    assert [request["method"] for request in platform.writes()] == ["PATCH"]
    user.env["ZQ_TOKEN"] = "tok-wrong-77"
    ran = user.play("preflight", succeeds=False)
    assert "FAILED: token: GET " in ran.text
    assert "failed: 6 of 13 checks passed, 1 with a warning, 1 failed, 5 not run" in ran.text
    assert summary(ran.text).endswith("state: failed")
    assert "Give a valid API token" in ran.text
    assert "tok-wrong-77" not in ran.text
    ran = user.play("preflight", write_to=["one"], succeeds=False)
    assert "refused: " in ran.text
    assert summary(ran.text).endswith("state: refused")
