# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client sends, and what it makes of each answer."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3
from ansible_collections.zequenze.control.plugins.module_utils._client import (
    Client,
    no_progress,
)
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ReadOnlyError,
    ServerError,
    StoppedError,
    ThrottledError,
    TlsError,
    UnauthorizedError,
    UnreachableError,
    ZqError,
)
from ansible_collections.zequenze.control.plugins.module_utils._response import Answer
from ansible_collections.zequenze.control.plugins.module_utils._transport import (
    MAX_CONNECTIONS,
    NotConnectedError,
    Transport,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    TOKEN,
    URL,
    Fault,
    Platform,
    detail,
)
from ansible_collections.zequenze.control.tests.unit.support import Clock, looked
from hypothesis import given
from hypothesis import strategies as st

DEVICES = "inventory_device_name"
R1 = f"{URL}/{DEVICES}/r1/"
JSON = {"Content-Type": "application/json"}
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")


def reading(platform: Platform, fault: Fault, **params: Any) -> ZqError:
    platform.faults = [fault] * 9
    with platform.client(retries=0, **params) as client, pytest.raises(ZqError) as caught:
        client.get(DEVICES, "r1")
    return caught.value


def writing(platform: Platform, fault: Fault, body: dict[str, Any]) -> ZqError:
    platform.faults = [fault]
    with platform.client(retries=0) as client, pytest.raises(ZqError) as caught:
        client.write("PATCH", DEVICES, "r1", body=body)
    return caught.value


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://acs.example.com", "https://acs.example.com/inventory_device_name/r1/"),
        (
            "https://acs.example.com/api/v1/",
            "https://acs.example.com/api/v1/inventory_device_name/r1/",
        ),
        (
            "https://acs.example.com:8443/a/b/api/v1//",
            "https://acs.example.com:8443/a/b/api/v1/inventory_device_name/r1/",
        ),
    ],
)
def test_url_below_any_prefix(platform: Platform, base: str, expected: str) -> None:
    with platform.client(url=base) as client:
        assert client.url(DEVICES, "r1") == expected


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("two words", "two%20words"),
        ("a/b", "a%2Fb"),
        ("a/../b", "a%2F..%2Fb"),
        ("/", "%2F"),
        ("...", "..."),
        (".hidden", ".hidden"),
        ("ö日", "%C3%B6%E6%97%A5"),
        ("100%", "100%25"),
        ("%2e%2e", "%252e%252e"),
        ("a?b=c&d#e", "a%3Fb%3Dc%26d%23e"),
        ("a+b", "a%2Bb"),
        ("a\\b:c;d", "a%5Cb%3Ac%3Bd"),
        ("line\nend", "line%0Aend"),
    ],
)
def test_odd_names_arrive_as_they_are(platform: Platform, name: str, encoded: str) -> None:
    platform.add(name)
    with platform.client() as client:
        assert client.get(DEVICES, name)["name"] == name
    assert platform.seen[0].url == f"{URL}/inventory_device_name/{encoded}/"


@given(st.text(min_size=1, max_size=12).filter(lambda name: name not in (".", "..")))
def test_any_name_arrives_as_it_is(name: str) -> None:
    platform = Platform()
    platform.add(name)
    with platform.client() as client:
        assert client.get(DEVICES, name)["name"] == name


NO_SEGMENT = (
    "cannot be addressed. The API puts the name in the URL: rename the device in the web interface."
)
NO_UNICODE = "is not valid Unicode. Correct the name."


@pytest.mark.parametrize(
    ("name", "problem"),
    [("", NO_SEGMENT), (".", NO_SEGMENT), ("..", NO_SEGMENT), ("\ud800", NO_UNICODE)],
)
def test_names_that_cannot_be_addressed_are_refused(
    platform: Platform, name: str, problem: str
) -> None:
    with platform.client() as client:
        for act in (
            lambda: client.get(DEVICES, name),
            lambda: client.write("DELETE", DEVICES, name),
        ):
            with pytest.raises(InputError) as caught:
                act()
            assert caught.value.message == f"name: {name!r} {problem}"
    assert platform.seen == []


def test_query_is_encoded(platform: Platform) -> None:
    with platform.client() as client:
        assert (
            client.url("x", query={"since": "2024-01-15 00:01:00+00:00", "limit": 5})
            == f"{URL}/x/?since=2024-01-15+00%3A01%3A00%2B00%3A00&limit=5"
        )
        assert client.url("x", query={}) == client.url("x") == f"{URL}/x/"
        assert client.url() == f"{URL}/"


def test_request_has_the_token_json_and_nothing_else(platform: Platform) -> None:
    platform.add("r1")
    with platform.client(timeout=7) as client:
        client.write("PATCH", DEVICES, "r1", body={"description": "ä"})
        client.get(DEVICES, "r1")
    write, read = platform.seen
    assert write.headers["Authorization"] == read.headers["Authorization"] == f"Bearer {TOKEN}"
    assert write.headers["Accept"] == "application/json"
    assert write.headers["Content-Type"] == "application/json"
    assert read.body is None
    assert platform.kwargs[0]["timeout"].total == 7
    assert client.requests == 2


def test_netrc_does_not_replace_the_token(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acs.example.com login other password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(URL) == ("other", "secret")
    platform.add("r1")
    with platform.client() as client:
        client.get(DEVICES, "r1")
    assert platform.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_redirects_are_not_followed(platform: Platform, method: str, status: int) -> None:
    platform.faults = [
        Fault(status, b"", {"Location": f"https://elsewhere.example.org/x?next={TOKEN}"})
    ]
    with platform.client() as client, pytest.raises(ProtocolError) as caught:
        client._send(method, client.url(DEVICES, "r1"), None)
    assert len(platform.seen) == 1
    assert (
        "a redirect to https://elsewhere.example.org/x, which is not followed"
        in caught.value.message
    )
    assert TOKEN not in caught.value.message
    assert caught.value.maybe_done is (method != "GET")
    assert caught.value.status == status


def test_proxies_come_from_the_connection_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.add("r1")
    monkeypatch.setenv("https_proxy", "http://environment.example.com:1")
    with platform.client() as client:
        client.get(DEVICES, "r1")
    with platform.client(proxy="http://p.example.com:3128") as client:
        client.get(DEVICES, "r1")
    assert [dict(kwargs["proxies"]) for kwargs in platform.kwargs] == [
        {},
        {"https": "http://p.example.com:3128"},
    ]


def test_read_only_client_refuses_writes(platform: Platform) -> None:
    platform.add("r1")
    with platform.client(read_only=True) as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(ReadOnlyError) as caught:
                client.write(method, DEVICES, "r1", body={"description": "x"})
            assert caught.value.message == (
                f"{method} {R1}: a write was refused, for this run only reads. Check mode sends"
                " nothing but GET. Please report this as a bug of zequenze.control."
            )
        client.get(DEVICES, "r1")
    assert platform.sent() == [looked("r1")]


CLASSES = [
    (400, InvalidError),
    (401, UnauthorizedError),
    (403, ForbiddenError),
    (404, NotFoundError),
    (409, ConflictError),
    (418, ProtocolError),
    (429, ThrottledError),
    (500, ServerError),
    (502, ServerError),
    (503, ServerError),
    (504, ServerError),
    (599, ServerError),
]


@pytest.mark.parametrize(("status", "kind"), CLASSES)
def test_error_classes(platform: Platform, status: int, kind: type[ZqError]) -> None:
    for error in (
        reading(platform, detail(status, "The server's own words.")),
        writing(platform, detail(status, "The server's own words."), {"description": "x"}),
    ):
        assert error.__class__ is kind
        assert error.status == status
        assert error.message.startswith(f"{error.method} {R1}: answered {status}")
        assert error.message.endswith(f": The server's own words. {error.remedy}")
        assert error.remedy
        assert str(error) == error.message
        assert error.to_dict() == {"msg": error.message, "status": status, "errors": {}}
        refused = status in (400, 401, 403, 404, 409, 429)
        assert error.maybe_done is (error.method != "GET" and not refused)


def test_remedies() -> None:
    assert "ZQ_TOKEN" in UnauthorizedError.remedy
    assert "ca_path" in TlsError.remedy
    assert "/api/v1" in NotFoundError.remedy
    assert "retries" in ThrottledError.remedy
    assert "proxy" in UnreachableError.remedy


def test_empty_answer(platform: Platform) -> None:
    error = reading(platform, Fault(200, b""))
    assert isinstance(error, ProtocolError)
    assert error.what == "answered 200 with nothing"
    assert (error.method, error.url, error.status) == ("GET", R1, 200)


@pytest.mark.parametrize(
    "content",
    [b'{"id": 1', b"[1, 2", b' {"id": "\xff', b"[" * 200_000],
    ids=["object", "list", "encoding", "deep"],
)
def test_json_without_an_end_is_a_lost_answer(platform: Platform, content: bytes) -> None:
    error = reading(platform, Fault(200, content, JSON))
    assert isinstance(error, UnreachableError)
    assert error.what == "the answer was cut short: its JSON has no end"
    assert (error.method, error.url, error.status) == ("GET", R1, None)


def test_body_shorter_than_its_length_is_a_lost_answer(platform: Platform) -> None:
    error = reading(platform, Fault(200, b"{}", {"Content-Length": "3"}))
    assert isinstance(error, UnreachableError)
    assert error.what == "the answer was cut short"
    assert error.maybe_done is False
    error = writing(platform, Fault(200, b"{}", {"Content-Length": "3"}), {"description": "x"})
    assert isinstance(error, UnreachableError)
    assert error.what == "the answer was cut short"
    assert error.maybe_done is True


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "2"},
        {"Content-Length": "\xb2"},
        {"Content-Length": "-1"},
        {"Content-Length": "99", "Content-Encoding": "identity"},
    ],
)
def test_lengths_that_say_nothing(platform: Platform, headers: dict[str, str]) -> None:
    platform.faults = [Fault(200, b"{}", headers)]
    with platform.client() as client:
        assert client.get("x") == {}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b"", None),
        (b" \n", None),
        (b"[]", []),
        (b'{"detail": "Log in first"}', {"detail": "Log in first"}),
        (b'{"id": 1, "name": "r1"}', {"id": 1, "name": "r1"}),
        (b"null", None),
        (b'"done"', "done"),
    ],
)
def test_a_write_returns_what_it_was_answered_with(
    platform: Platform, status: int, content: bytes, data: Any
) -> None:
    platform.faults = [Fault(status, content, JSON)]
    with platform.client() as client:
        answer = client.write("PATCH", DEVICES, "r1", body={"description": "x"})
    assert answer == Answer(status, data)


@pytest.mark.parametrize(
    "content", [b"not json", b'{"id": 1', b"[" * 200_000, b"\xff\xfe", b"\x1f\x8b\x08"]
)
def test_an_answer_to_a_write_that_is_no_json_says_nothing_of_what_became_of_it(
    platform: Platform, content: bytes
) -> None:
    error = writing(platform, Fault(200, content, JSON), {"description": "x"})
    assert isinstance(error, ProtocolError)
    assert (error.method, error.url, error.status) == ("PATCH", R1, 200)
    assert error.maybe_done is True


def test_a_page_in_answer_to_a_write_says_nothing_of_what_became_of_it(platform: Platform) -> None:
    html = {"Content-Type": "text/html; charset=utf-8"}
    error = writing(platform, Fault(200, b"<title>Log in</title>", html), {"description": "x"})
    assert isinstance(error, ProtocolError)
    assert error.what == "answered 200 with an HTML page, «Log in»"
    assert (error.method, error.url, error.status) == ("PATCH", R1, 200)
    assert error.maybe_done is True


def test_a_good_answer_to_a_write_may_be_empty_whatever_its_type(platform: Platform) -> None:
    platform.faults = [Fault(204, b"", {"Content-Type": "text/html"}), Fault(204)]
    with platform.client() as client:
        client.write("DELETE", DEVICES, "r1")
        client.write("DELETE", DEVICES, "r1")


@pytest.mark.parametrize(("status", "good"), [(199, False), (200, True), (299, True), (300, False)])
def test_statuses_that_are_good(platform: Platform, status: int, good: bool) -> None:
    platform.faults = [Fault(status, b"{}", JSON)] * 2
    with platform.client() as client:
        if good:
            assert client.get(DEVICES, "r1") == {}
            client.write("PATCH", DEVICES, "r1", body={})
        else:
            for act in (client.get, lambda *path: client.write("PATCH", *path)):
                with pytest.raises(ProtocolError, match=f"answered {status}"):
                    act(DEVICES, "r1")


@pytest.mark.parametrize(
    ("error", "kind", "what"),
    [
        (requests.ReadTimeout("x"), UnreachableError, "no answer within 30 seconds"),
        (
            requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."),
            UnreachableError,
            "could not be sent: Missing dependencies for SOCKS support.",
        ),
        (
            OSError("unheard of"),
            UnreachableError,
            "the answer cannot be read: unheard of",
        ),
        (ValueError(), UnreachableError, "the answer cannot be read: ValueError"),
        (
            requests.ConnectionError(ConnectionResetError(104, "reset")),
            UnreachableError,
            "the connection was lost: [Errno 104] reset",
        ),
        (
            requests.exceptions.ChunkedEncodingError("IncompleteRead"),
            UnreachableError,
            "the connection was lost: IncompleteRead",
        ),
        (
            requests.exceptions.ContentDecodingError("incorrect header check"),
            UnreachableError,
            "the connection was lost: incorrect header check",
        ),
        (
            requests.exceptions.SSLError("EOF occurred in violation of protocol"),
            UnreachableError,
            "the connection was lost: EOF occurred in violation of protocol",
        ),
        (
            requests.exceptions.SSLError(NotConnectedError(NO_TLS)),
            TlsError,
            "[SSL: WRONG_VERSION_NUMBER] wrong version number",
        ),
    ],
)
def test_failures_without_an_answer(
    platform: Platform, error: Exception, kind: type[ZqError], what: str
) -> None:
    for found in (
        reading(platform, Fault(error=error)),
        writing(platform, Fault(error=error), {"description": "x"}),
    ):
        assert found.__class__ is kind
        assert found.what == what
        assert found.url == R1
        assert found.status is None
        unknown = kind is UnreachableError and "could not be sent" not in what
        assert found.maybe_done is (unknown and found.method == "PATCH")


def test_the_timeout_that_was_waited_for_is_said(platform: Platform) -> None:
    error = reading(platform, Fault(error=requests.ReadTimeout("x")), timeout=2.5)
    assert error.what == "no answer within 2.5 seconds"


SECRET = "p&w \"ä\\ß<x>'%/+ Zk81"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        requests.utils.quote(SECRET),  # type: ignore[attr-defined]
        requests.utils.quote(SECRET, safe=""),  # type: ignore[attr-defined]
        requests.compat.quote_plus(SECRET),
        "p&amp;w &quot;ä\\ß&lt;x&gt;&#x27;%/+ Zk81",
    ],
)
@pytest.mark.parametrize(
    "shape", ["words", "detail", "field", "secret field", "html", "title", "list"]
)
def test_secrets_are_taken_out_of_the_servers_words(
    platform: Platform, text: str, shape: str
) -> None:
    said = f"refused {text} and {TOKEN}."
    content = {
        "words": said.encode(),
        "detail": json.dumps({"detail": said}).encode(),
        "field": json.dumps({"description": [said], text: ["x"]}).encode(),
        "secret field": json.dumps({"password": [said]}).encode(),
        "html": f"<p>{said}</p>".encode(),
        "title": f"<title>{said}</title>".encode(),
        "list": json.dumps([{"password": SECRET}, said]).encode(),
    }[shape]
    for status in (400, 500, 200):
        fault = Fault(status, content, {"Content-Type": "text/html"})
        error = writing(platform, fault, {"password": SECRET, "description": "d"})
        shown = repr(error.to_dict()) + str(error)
        assert "Zk81" not in shown
        assert TOKEN not in shown


def test_secrets_are_taken_out_of_urls_and_causes(platform: Platform) -> None:
    for error, what in (
        (requests.ConnectionError(OSError(f"proxy said {TOKEN}")), "the connection was lost: "),
        (requests.exceptions.SSLError(f"proxy said {TOKEN}"), "the connection was lost: "),
        (requests.exceptions.InvalidURL(f"proxy said {TOKEN}"), "could not be sent: "),
        (ValueError(f"proxy said {TOKEN}"), "the answer cannot be read: "),
    ):
        platform.faults = [Fault(error=error)]
        with platform.client(retries=0) as client, pytest.raises(ZqError) as caught:
            client.get(DEVICES, TOKEN)
        assert caught.value.what == f"{what}proxy said ********"
        assert caught.value.url == f"{URL}/{DEVICES}/********/"


def test_secrets_are_taken_out_of_the_urls_of_all_errors(platform: Platform) -> None:
    url = f"{URL}/{DEVICES}/********/"
    for fault in (
        Fault(200, b""),
        Fault(200, b"{"),
        detail(400, "x"),
        detail(302, "x"),
        detail(429, "x", Retry_After="999"),
    ):
        platform.faults = [fault]
        with platform.client(retries=0) as client, pytest.raises(ZqError) as caught:
            client.get(DEVICES, TOKEN)
        assert caught.value.url == url
    platform.faults = [Fault(200, b"<p>", {"Content-Type": "text/html"})]
    with platform.client() as client, pytest.raises(ZqError) as caught:
        client.write("PATCH", DEVICES, TOKEN)
    assert caught.value.url == url
    with platform.client(read_only=True) as client, pytest.raises(ZqError) as caught:
        client.write("PATCH", DEVICES, TOKEN)
    assert caught.value.url == url


def test_proxy_password_is_a_secret(platform: Platform) -> None:
    fault = Fault(
        error=requests.exceptions.ProxyError(OSError("http://user:pw%2FZk81@p refused pw/Zk81"))
    )
    error = reading(platform, fault, proxy="http://user:pw%2FZk81@p.example.com")
    assert error.what == "the connection was lost: http://user:********@p refused ********"


def test_a_client_that_is_to_stop_sends_nothing(platform: Platform) -> None:
    with platform.client() as client:
        client.keep_going = lambda: False
        for act, method in (
            (lambda: client.write("PATCH", DEVICES, "r1", body={"description": "x"}), "PATCH"),
            (lambda: client.get(DEVICES, "r1"), "GET"),
        ):
            with pytest.raises(StoppedError) as caught:
                act()
            assert caught.value.message == f"{method} {R1}: not sent: the controller is gone"
            assert caught.value.maybe_done is False
        assert client.requests == 0
    assert platform.seen == []


def test_a_client_that_is_to_stop_sends_nothing_again(platform: Platform) -> None:
    platform.faults = [detail(500, "x"), detail(500, "x")]
    with platform.client() as client:
        client.keep_going = lambda: not platform.seen
        with pytest.raises(StoppedError):
            client.get(DEVICES, "r1")
    assert platform.sent() == [looked("r1")]


def test_requests_are_counted_with_their_retries(platform: Platform) -> None:
    platform.add("r1")
    platform.faults = [detail(500, "x"), detail(500, "x")]
    with platform.client() as client:
        assert client.requests == 0
        client.get(DEVICES, "r1")
        assert client.requests == 3


def test_a_pause_is_as_long_as_before_a_retry(
    platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    with platform.client() as client:
        client.pause(0)
        client.pause(2)
    assert clock.slept == [0.5, 2]


def test_progress_is_for_who_sets_it(platform: Platform) -> None:
    with platform.client() as client:
        assert client.progress is no_progress
        client.progress(3, 2, 1)


def test_the_connections_are_closed_and_there_is_room_for_all_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[object] = []

    def close(transport: object) -> None:
        closed.append(transport)

    monkeypatch.setattr(Transport, "close", close)
    connection = Connection.from_params({"url": URL, "token": TOKEN}, {})
    with Client(connection) as client:
        transport = client.transport
        assert (transport._pool_connections, transport._pool_maxsize) == (1, MAX_CONNECTIONS)
        assert MAX_CONNECTIONS == 128
        assert closed == []
    assert closed == [client.transport]


def test_requests_are_named_and_compressed_answers_are_asked_for(platform: Platform) -> None:
    with platform.client() as client:
        client.get("inventory_type", query={"limit": 1, "offset": 0})
    headers = platform.seen[0].headers
    assert headers["User-Agent"] == "zequenze.control (Ansible collection)"
    assert headers["Accept"] == "application/json"
    assert "gzip" in headers["Accept-Encoding"]
    assert headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(("validate_certs", "silenced"), [(True, 0), (False, 1)])
def test_only_who_wants_no_certificates_is_not_warned(
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    validate_certs: bool,
    silenced: int,
) -> None:
    warnings: list[type[Warning]] = []
    monkeypatch.setattr("urllib3.disable_warnings", warnings.append)
    platform.client(validate_certs=validate_certs)
    assert warnings == [urllib3.exceptions.InsecureRequestWarning] * silenced
