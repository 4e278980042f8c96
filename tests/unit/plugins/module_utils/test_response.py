# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer says: the server's own message, and the error that it is."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
import requests
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    NotFoundError,
    ProtocolError,
    ServerError,
)
from ansible_collections.zequenze.control.plugins.module_utils._redact import Redactor
from ansible_collections.zequenze.control.plugins.module_utils._response import (
    MAX_MESSAGE_LENGTH,
    Where,
    begins_as_json,
    foreign_answer_error,
    is_cut,
    is_html,
    no_json_error,
    server_message,
    status_error,
)

READ: Where = {"method": "GET", "url": "https://acs.example.com/x/"}
WRITE: Where = {"method": "PATCH", "url": "https://acs.example.com/x/"}
NO_SECRETS = Redactor()


def answer(
    content: bytes = b"", status: int = 200, reason: str = "", **headers: str
) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.reason = reason
    made._content = content
    for name, value in headers.items():
        made.headers[name.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    ("headers", "cut"),
    [
        ({}, False),
        ({"Content_Length": "3"}, False),
        ({"Content_Length": "4"}, False),
        ({"Content_Length": "5"}, True),
        ({"Content_Length": "5", "Content_Encoding": "gzip"}, False),
        ({"Content_Length": "5", "Content_Encoding": ""}, True),
        ({"Content_Length": "-5"}, False),
        ({"Content_Length": "\xb2"}, False),
        ({"Content_Length": "many"}, False),
    ],
)
def test_a_body_that_is_shorter_than_its_length_is_cut(headers: dict[str, Any], cut: bool) -> None:
    assert is_cut(answer(b"1234", **headers)) is cut


@pytest.mark.parametrize(
    ("content", "begins"),
    [(b"{", True), (b"[1", True), (b" \n{}", True), (b"", False), (b"<{", False), (b"1", False)],
)
def test_what_begins_as_json(content: bytes, begins: bool) -> None:
    assert begins_as_json(content) is begins


@pytest.mark.parametrize(
    ("content", "headers", "html"),
    [
        (b"x", {"Content_Type": "text/html; charset=utf-8"}, True),
        (b"x", {"Content_Type": "application/xhtml+xml"}, True),
        (b"", {"Content_Type": "text/html"}, False),
        (b"x", {"Content_Type": "application/json"}, False),
        (b"x", {}, False),
    ],
)
def test_what_is_a_page(content: bytes, headers: dict[str, Any], html: bool) -> None:
    assert is_html(answer(content, **headers)) is html


@pytest.mark.parametrize(
    ("body", "errors", "text"),
    [
        (
            {"serial_number": ["taken."], "type": ["a", "b"]},
            {"serial_number": ["taken."], "type": ["a", "b"]},
            "serial_number: taken.; type: a b",
        ),
        ({"non_field_errors": ["x"]}, {"non_field_errors": ["x"]}, "non_field_errors: x"),
        (
            {"location": {"name": ["x"], "at": {"deep": "y"}}, "last": "z"},
            {"location.name": ["x"], "location.at.deep": ["y"], "last": ["z"]},
            "location.name: x; location.at.deep: y; last: z",
        ),
        ({"detail": ["x"]}, {"detail": ["x"]}, "detail: x"),
        ({"detail": "x", "name": ["y"]}, {}, "x"),
        ({"code": 7, "why": None}, {"code": ["7"], "why": ["None"]}, "code: 7; why: None"),
        (["one", 2, None], {}, "one 2 None"),
        ("text", {}, "text"),
        (5, {}, "5"),
        (None, {}, "None"),
        ({}, {}, ""),
        ([], {}, ""),
    ],
)
def test_the_message_and_the_fields_of_json(
    body: Any, errors: dict[str, list[str]], text: str
) -> None:
    message = server_message(answer(json.dumps(body).encode()), NO_SECRETS)
    assert message.errors == errors
    assert message.text == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            b"<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>",
            "an HTML page, «502 Bad Gateway»",
        ),
        (b"<TITLE lang='en'>One</TITLE><title>Two</title>", "an HTML page, «One»"),
        (
            b"<h1>Welcome</h1><script>var a\n= 1;</script><p>to the<style>p {}</style> portal</p>",
            "an HTML page, «Welcome to the portal»",
        ),
        (b"one<br\n/>two", "an HTML page, «one two»"),
        (b"plain  text\n here", "plain text here"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"id": 1', '{"id": 1'),
        (b"[" * 100_000, "[" * 300),
        (b"", ""),
    ],
)
def test_the_message_of_what_is_no_json(content: bytes, text: str) -> None:
    message = server_message(answer(content), NO_SECRETS)
    assert message.text == text
    assert message.errors == {}


def test_a_long_message_is_cut_and_its_fields_are_not() -> None:
    assert MAX_MESSAGE_LENGTH == 300
    for content in (
        b'{"detail": "%s"}' % (b"x" * 301),
        b'["%s"]' % (b"x" * 301),
        b'"%s"' % (b"x" * 301),
        b"x" * 301,
    ):
        assert server_message(answer(content), NO_SECRETS).text == "x" * 300
    message = server_message(answer(b'{"x": ["%s"]}' % (b"x" * 301)), NO_SECRETS)
    assert message.text == "x: " + "x" * 297
    assert message.errors == {"x": ["x" * 301]}


def test_a_secret_is_taken_out_before_a_message_is_cut() -> None:
    text = b"x" * 295 + b"pw-Zk81-9c3e"
    for content in (b'{"detail": "%s"}' % text, b'["%s"]' % text, text):
        message = server_message(answer(content), Redactor(["pw-Zk81-9c3e"]))
        assert message.text == "x" * 295 + "*****"


def test_a_secret_is_taken_out_before_a_page_is_taken_apart() -> None:
    message = server_message(answer(b"<p>pw<i>Zk81</p>"), Redactor(["pw<i>Zk81"]))
    assert message.text == "an HTML page, «********»"


def test_a_secret_that_two_values_make_together_is_taken_out() -> None:
    message = server_message(answer(b'["pw", "Zk81"]'), Redactor(["pw Zk81"]))
    assert message.text == "********"


@pytest.mark.parametrize(
    ("reason", "content", "what"),
    [
        ("", b"", "answered 400"),
        ("Bad Request", b"", "answered 400 (Bad Request)"),
        ("", b'{"detail": "No."}', "answered 400: No."),
        ("Bad Request", b'{"name": ["No."]}', "answered 400 (Bad Request): name: No."),
    ],
)
def test_an_error_says_status_reason_and_message(reason: str, content: bytes, what: str) -> None:
    error = status_error(answer(content, 400, reason), NO_SECRETS, READ)
    assert error.what == what
    assert (error.method, error.url, error.status) == ("GET", READ["url"], 400)


def test_the_reason_beside_a_status_is_the_servers_and_may_hold_anything() -> None:
    there = answer(b"", 400, "Bad \x1b[2Jpw-Zk81 " + "x" * 200)
    error = status_error(there, Redactor(["pw-Zk81"]), READ)
    assert error.message.startswith(
        "GET https://acs.example.com/x/: answered 400 (Bad \\x1b[2J******** xxx"
    )
    assert len(error.message) < 250


@pytest.mark.parametrize(
    "content", [b"<p>" + b"x" * 300_000, b'{"detail": "%s"}' % (b"x" * 300_000)]
)
def test_a_body_too_long_to_be_words_is_counted(content: bytes) -> None:
    error = status_error(answer(content, 500), NO_SECRETS, READ)
    assert error.what == f"answered 500: {len(content):,} bytes"


@pytest.mark.parametrize(
    "text", ["\x1b]0;x\x07", "x\nok: [r1] => changed", "\u202e\u200b", "\x9b2J"]
)
def test_the_servers_words_reach_no_terminal(text: str) -> None:
    for content in (
        json.dumps({"detail": text}).encode(),
        json.dumps({text: [text], "name": [text]}).encode(),
        json.dumps([text]).encode(),
        text.encode(),
        f"<title>{text}</title>".encode(),
    ):
        error = status_error(answer(content, 400, text), NO_SECRETS, WRITE)
        shown = error.to_dict()
        said = [shown["msg"], *shown["errors"], *chain(*shown["errors"].values())]
        assert all(map(str.isprintable, said)), said


def test_fields_of_an_error_are_the_servers() -> None:
    error = status_error(answer(b'{"name": ["No."]}', 409), NO_SECRETS, WRITE)
    assert error.errors == {"name": ["No."]}
    assert error.maybe_done is False
    assert status_error(answer(b'{"name": ["No."]}', 409), NO_SECRETS, READ).maybe_done is False


@pytest.mark.parametrize(
    ("status", "kind"),
    [(299, ProtocolError), (499, ProtocolError), (500, ServerError), (599, ServerError)],
)
def test_errors_of_a_server_begin_at_500(status: int, kind: type[Exception]) -> None:
    read = status_error(answer(b"", status), NO_SECRETS, READ)
    write = status_error(answer(b"", status), NO_SECRETS, WRITE)
    assert read.__class__ is write.__class__ is kind
    assert read.status == write.status == status
    assert read.maybe_done is False
    assert write.maybe_done is True


@pytest.mark.parametrize("status", [300, 302, 399])
def test_a_redirect_says_where_it_leads_without_its_query(status: int) -> None:
    there = answer(b"x", status, "Found", Location="https://elsewhere.example.org/pw-Zk81?next=1")
    error = status_error(there, Redactor(["pw-Zk81"]), READ)
    assert isinstance(error, ProtocolError)
    assert error.what == (
        f"answered {status}, a redirect to https://elsewhere.example.org/********,"
        " which is not followed"
    )
    assert (error.method, error.url, error.status) == ("GET", READ["url"], status)


def test_a_redirect_to_nowhere() -> None:
    error = status_error(answer(b"", 304), NO_SECRETS, READ)
    assert error.what == "answered 304, a redirect to nowhere, which is not followed"


def test_a_secret_with_a_question_mark_is_taken_out_of_a_redirect() -> None:
    there = answer(b"", 302, Location="https://elsewhere.example.org/pw?Zk81")
    error = status_error(there, Redactor(["pw?Zk81"]), READ)
    assert "a redirect to https://elsewhere.example.org/********, which" in error.what


@pytest.mark.parametrize(
    ("content", "by_api"),
    [(b'{"detail": "Not found."}', True), (b"[]", False), (b"<h1>", False), (b"[" * 10**5, False)],
)
def test_whose_404_it_is(content: bytes, by_api: bool) -> None:
    error = status_error(answer(content, 404), NO_SECRETS, READ)
    assert isinstance(error, NotFoundError)
    assert error.by_api is by_api


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "answered 200 with nothing"),
        (b" \n", "answered 200 with nothing"),
        (b"hello", "answered 200 with hello"),
        (b"<p>Log in</p>", "answered 200 with an HTML page, «Log in»"),
        (b"pw-Zk81", "answered 200 with ********"),
    ],
)
def test_a_good_answer_that_is_no_json(content: bytes, what: str) -> None:
    error = no_json_error(answer(content), Redactor(["pw-Zk81"]), READ)
    assert error.what == what
    assert (error.method, error.url, error.status) == ("GET", READ["url"], 200)
    assert error.maybe_done is False


@pytest.mark.parametrize(
    ("content", "media", "what"),
    [
        (b"<p>Log in</p>", "text/html", "answered 201 with an HTML page, «Log in»"),
        (b"<p>Log in</p>", "text/plain", "answered 201 with an HTML page, «Log in»"),
        (b"Log in, pw-Zk81", "text/html", "answered 201 with an HTML page, «Log in, ********»"),
        (b"accepted, pw-Zk81", "text/plain", "answered 201 with accepted, ********"),
    ],
)
def test_what_is_no_json_in_answer_to_a_write(content: bytes, media: str, what: str) -> None:
    there = answer(content, 201, Content_Type=media)
    error = foreign_answer_error(there, Redactor(["pw-Zk81"]), WRITE)
    assert error.what == what
    assert (error.method, error.url, error.status) == ("PATCH", WRITE["url"], 201)
    assert error.maybe_done is True
