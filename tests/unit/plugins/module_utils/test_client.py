# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client sends, and what it makes of each answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ReadOnlyError,
    ServerError,
    ThrottledError,
    TlsError,
    UnauthorizedError,
    UnreachableError,
    ZqError,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    TOKEN,
    URL,
    Fault,
    Platform,
    detail,
)
from ansible_collections.zequenze.control.tests.unit.support import looked
from hypothesis import given
from hypothesis import strategies as st

DEVICES = "inventory_device_name"
JSON = {"Content-Type": "application/json"}


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


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_names_that_cannot_be_addressed_are_refused(platform: Platform, name: str) -> None:
    with platform.client() as client:
        for act in (
            lambda: client.get(DEVICES, name),
            lambda: client.write("DELETE", DEVICES, name),
        ):
            with pytest.raises(InputError):
                act()
    assert platform.seen == []


def test_query_is_encoded(platform: Platform) -> None:
    with platform.client() as client:
        assert (
            client.url("x", query={"since": "2024-01-15 00:01:00+00:00", "limit": 5})
            == f"{URL}/x/?since=2024-01-15+00%3A01%3A00%2B00%3A00&limit=5"
        )


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
    assert platform.kwargs[0]["timeout"] == 7
    assert platform.kwargs[0]["verify"] is True
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
    assert caught.value.maybe_done is False


def test_settings_reach_requests(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "some.pem"
    file.touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/their/ca.pem")
    platform.add("r1")
    for params, expected in (
        ({"validate_certs": False}, {"verify": False, "cert": None}),
        ({"ca_path": str(file)}, {"verify": str(file), "cert": None}),
        ({"client_cert": str(file)}, {"verify": True, "cert": str(file)}),
        (
            {"client_cert": str(file), "client_key": str(file)},
            {"verify": True, "cert": (str(file), str(file))},
        ),
        ({"validate_certs": False, "ca_path": str(file)}, {"verify": False, "cert": None}),
    ):
        platform.kwargs.clear()
        with platform.client(**params) as client:
            client.get(DEVICES, "r1")
        assert {key: platform.kwargs[0][key] for key in expected} == expected


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
            assert method in caught.value.message
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
        assert f"{error.method} {URL}/inventory_device_name/r1/: answered {status}" in error.message
        assert "The server's own words." in error.message
        assert error.remedy
        assert error.message.endswith(error.remedy)
        assert str(error) == error.message
        assert error.to_dict() == {"msg": error.message, "status": status, "errors": {}}
        assert error.maybe_done == (status >= 500 and error.method != "GET")


def test_remedies() -> None:
    assert "ZQ_TOKEN" in UnauthorizedError.remedy
    assert "ca_path" in TlsError.remedy
    assert "/api/v1" in NotFoundError.remedy
    assert "retries" in ThrottledError.remedy
    assert "proxy" in UnreachableError.remedy


@pytest.mark.parametrize(
    ("body", "errors", "words"),
    [
        (
            {"serial_number": ["taken."], "type": ["a", "b"]},
            {"serial_number": ["taken."], "type": ["a", "b"]},
            "serial_number: taken.; type: a b",
        ),
        ({"non_field_errors": ["x"]}, {"non_field_errors": ["x"]}, "non_field_errors: x"),
        (
            {"location": {"name": ["x"], "at": {"deep": "y"}}},
            {"location.name": ["x"], "location.at.deep": ["y"]},
            "location.at.deep: y",
        ),
        ({"detail": ["x"]}, {"detail": ["x"]}, "detail: x"),
        ({"code": 7, "why": None}, {"code": ["7"], "why": ["None"]}, "code: 7"),
        (["one", 2], {}, "one 2"),
        ("text", {}, "text"),
        ({}, {}, "answered 400"),
    ],
)
def test_words_and_fields_of_a_400(
    platform: Platform, body: Any, errors: dict[str, list[str]], words: str
) -> None:
    error = reading(platform, Fault(400, json.dumps(body).encode(), JSON))
    assert error.errors == errors
    assert words in error.message


def test_long_words_are_cut(platform: Platform) -> None:
    for fault in (
        detail(400, "x" * 5000),
        Fault(400, b"y" * 5000),
        Fault(400, json.dumps({"name": ["z" * 5000]}).encode()),
    ):
        assert len(reading(platform, fault).message) < 600


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>",
            "an HTML page, «502 Bad Gateway»",
        ),
        (
            b"<h1>Welcome</h1><script>var a = 1;</script><p>to the portal</p>",
            "an HTML page, «Welcome to the portal»",
        ),
        (b"plain  text\n here", "plain text here"),
        (b"\xff\xfe", "��"),
    ],
)
@pytest.mark.parametrize("status", [200, 404, 500])
def test_answers_that_are_no_json(
    platform: Platform, status: int, content: bytes, words: str
) -> None:
    error = reading(platform, Fault(status, content, {"Content-Type": "text/html"}))
    assert f"answered {status}" in error.message
    assert words in error.message
    assert "var a" not in error.message
    assert isinstance(error, {200: ProtocolError, 404: NotFoundError, 500: ServerError}[status])


def test_empty_answer(platform: Platform) -> None:
    error = reading(platform, Fault(200, b""))
    assert isinstance(error, ProtocolError)
    assert "answered 200 with nothing" in error.message


@pytest.mark.parametrize(
    "content",
    [b'{"id": 1', b"[1, 2", b' {"id": "\xff', b"[" * 200_000],
    ids=["object", "list", "encoding", "deep"],
)
def test_json_without_an_end_is_a_lost_answer(platform: Platform, content: bytes) -> None:
    error = reading(platform, Fault(200, content, JSON))
    assert isinstance(error, UnreachableError)
    assert "cut short" in error.message


def test_body_shorter_than_its_length_is_a_lost_answer(platform: Platform) -> None:
    error = reading(platform, Fault(200, b"{}", {"Content-Length": "3"}))
    assert isinstance(error, UnreachableError)
    assert "cut short" in error.message


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


def test_write_ignores_what_a_good_answer_holds(platform: Platform) -> None:
    for content in (b"", b"not json", b"[]", b'{"name": "other"}'):
        platform.faults = [Fault(200, content, JSON)]
        with platform.client() as client:
            client.write("PATCH", DEVICES, "r1", body={"description": "x"})


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (requests.ReadTimeout("x"), UnreachableError, "no answer within 30 seconds"),
        (
            requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."),
            UnreachableError,
            "could not be sent: Missing",
        ),
        (
            OSError("Could not find a suitable TLS CA certificate bundle"),
            UnreachableError,
            "could not be sent: Could not find",
        ),
        (ValueError(), UnreachableError, "could not be sent: ValueError"),
        (
            requests.ConnectionError(ConnectionResetError(104, "reset")),
            UnreachableError,
            "the connection was lost: [Errno 104] reset",
        ),
        (
            requests.exceptions.SSLError("EOF occurred in violation of protocol"),
            UnreachableError,
            "the connection was lost",
        ),
    ],
)
def test_failures_without_an_answer(
    platform: Platform, error: Exception, kind: type[ZqError], words: str
) -> None:
    found = reading(platform, Fault(error=error))
    assert found.__class__ is kind
    assert words in found.message
    assert found.status is None


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
    platform.faults = [Fault(error=requests.ConnectionError(OSError(f"proxy said {TOKEN}")))]
    with platform.client(retries=0) as client, pytest.raises(ZqError) as caught:
        client.get(DEVICES, TOKEN)
    assert TOKEN not in caught.value.message
    assert "********" in caught.value.message


def test_proxy_password_is_a_secret(platform: Platform) -> None:
    fault = Fault(
        error=requests.exceptions.ProxyError(OSError("http://user:pw%2FZk81@p refused pw/Zk81"))
    )
    error = reading(platform, fault, proxy="http://user:pw%2FZk81@p.example.com")
    assert "Zk81" not in error.message


def test_a_client_that_is_to_stop_sends_nothing(platform: Platform) -> None:
    with platform.client() as client:
        client.keep_going = lambda: False
        with pytest.raises(ZqError) as caught:
            client.write("PATCH", DEVICES, "r1", body={"description": "x"})
    assert platform.seen == []
    assert caught.value.maybe_done is False
