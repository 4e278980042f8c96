# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option table of the connection, and the connection made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible_collections.zequenze.control.plugins.module_utils._connection import (
    OPTIONS,
    Connection,
    argument_spec,
    from_environment,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError

TOKEN = "tok-5f2c9e7b1a"


def connect(environ: dict[str, str] | None = None, **params: Any) -> Connection:
    return Connection.from_params({"token": TOKEN, **params}, environ or {})


def refused(option: str, environ: dict[str, str] | None = None, **params: Any) -> str:
    with pytest.raises(InputError) as caught:
        connect(environ, **params)
    assert caught.value.errors.keys() == {option}
    assert caught.value.status is None
    return caught.value.message


def test_table_is_the_one_that_users_were_promised() -> None:
    assert {option.name: (option.env, option.default) for option in OPTIONS} == {
        "url": ("ZQ_URL", "https://control.zequenze.com/api/v1"),
        "token": ("ZQ_TOKEN", None),
        "validate_certs": ("ZQ_VALIDATE_CERTS", True),
        "ca_path": ("ZQ_CA_PATH", None),
        "client_cert": ("ZQ_CLIENT_CERT", None),
        "client_key": ("ZQ_CLIENT_KEY", None),
        "proxy": ("ZQ_PROXY", None),
        "timeout": ("ZQ_TIMEOUT", 30.0),
        "retries": ("ZQ_RETRIES", 4),
    }


def test_argument_spec() -> None:
    spec = argument_spec()
    assert {name for name, row in spec.items() if row["no_log"]} == {"token"}
    assert {name for name, row in spec.items() if row.get("required")} == {"token"}
    assert all(
        row["fallback"] == (from_environment, [f"ZQ_{name.upper()}"]) for name, row in spec.items()
    )


def test_defaults() -> None:
    made = connect()
    assert made == Connection(url="https://control.zequenze.com/api/v1", token=TOKEN)
    assert made.secrets == (TOKEN,)


def test_token_is_not_in_its_repr() -> None:
    made = connect(proxy="http://user:pr%3Axy-5e1@proxy.example.com")
    assert TOKEN not in repr(made)
    assert "pr%3Axy-5e1" not in repr(made)
    assert set(made.secrets) == {TOKEN, "pr%3Axy-5e1", "pr:xy-5e1"}


def test_everything_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "some.pem"
    file.touch()
    made = Connection.from_params(
        {},
        {
            "ZQ_URL": "http://acs.example.com:8080/deep/api/v1/",
            "ZQ_TOKEN": TOKEN,
            "ZQ_VALIDATE_CERTS": "no",
            "ZQ_CA_PATH": str(file),
            "ZQ_CLIENT_CERT": str(file),
            "ZQ_CLIENT_KEY": str(file),
            "ZQ_PROXY": "proxy.example.com:3128",
            "ZQ_TIMEOUT": "2.5",
            "ZQ_RETRIES": "0",
        },
    )
    assert made == Connection(
        url="http://acs.example.com:8080/deep/api/v1",
        token=TOKEN,
        validate_certs=False,
        ca_path=str(file),
        client_cert=str(file),
        client_key=str(file),
        proxy="http://proxy.example.com:3128",
        timeout=2.5,
        retries=0,
    )


def test_an_option_goes_before_the_environment_and_empty_counts_as_not_given() -> None:
    environ = {"ZQ_URL": "https://env.example.com", "ZQ_RETRIES": ""}
    assert connect(environ, url="https://task.example.com").url == "https://task.example.com"
    assert connect(environ, url="").url == "https://env.example.com"
    assert connect(environ, retries=0).retries == 0
    assert connect(environ).retries == 4
    assert connect({"ZQ_VALIDATE_CERTS": "yes"}, validate_certs=False).validate_certs is False


def test_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZQ_TOKEN", "tok-from-env")
    assert Connection.from_params({}).token == "tok-from-env"
    assert from_environment("ZQ_NOT_THERE", "ZQ_TOKEN") == "tok-from-env"
    monkeypatch.setenv("ZQ_TOKEN", "")
    with pytest.raises(AnsibleFallbackNotFound):
        from_environment("ZQ_TOKEN")


def test_token_is_required() -> None:
    with pytest.raises(InputError) as caught:
        Connection.from_params({}, {})
    assert "ZQ_TOKEN" in caught.value.message


@pytest.mark.parametrize("token", ["two words-Zk81", "two\nlines-Zk81", "tök-Zk81", "\x7fZk81"])
def test_token_that_is_none_is_refused_without_repeating_it(token: str) -> None:
    assert "Zk81" not in refused("token", token=token)


@pytest.mark.parametrize(
    "url",
    [
        "acs.example.com/api/v1",
        "ftp://acs.example.com",
        "https://",
        "https:///api",
        "https://acs.example.com:port",
        "https://acs.example.com:0",
        "https://acs.example.com:99999",
        "https://[::1",
        "https://acs.example.com/api v1",
        "https://acs.example.com/api?x=1",
        "https://acs.example.com/api#x",
    ],
)
def test_url_that_is_none(url: str) -> None:
    assert url in refused("url", url=url)


def test_token_loses_the_line_end_of_its_file() -> None:
    assert connect(token=f" {TOKEN}\n").token == TOKEN


def test_url_with_credentials_is_refused_without_repeating_them() -> None:
    assert "hunter-Zk81" not in refused(
        "url", url="https://admin:hunter-Zk81@acs.example.com/api/v1"
    )


@pytest.mark.parametrize(
    "url", ["https://acs.example.com", "https://acs.example.com/", "http://[::1]:8000/a/b/c//"]
)
def test_url_loses_the_slashes_at_its_end(url: str) -> None:
    assert connect(url=url).url == url.rstrip("/")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", "inf"),
        ("timeout", "nan"),
        ("timeout", "soon"),
        ("retries", -1),
        ("retries", "many"),
        ("validate_certs", "perhaps"),
        ("ca_path", "/nowhere/at/all.pem"),
        ("client_cert", "/nowhere/at/all.pem"),
        ("client_key", "/nowhere/at/all.pem"),
    ],
)
def test_value_out_of_range(option: str, value: Any) -> None:
    refused(option, **{option: value})


def test_key_without_certificate(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.touch()
    assert "without `client_cert`" in refused("client_key", client_key=str(file))


def test_ca_bundle_of_requests_is_honoured_last(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    assert connect({"REQUESTS_CA_BUNDLE": "/their/ca.pem"}).ca_path == "/their/ca.pem"
    assert connect({"CURL_CA_BUNDLE": "/curl/ca.pem"}).ca_path == "/curl/ca.pem"
    assert connect({"REQUESTS_CA_BUNDLE": "/their/ca.pem"}, ca_path=str(file)).ca_path == str(file)


URL = "https://acs.example.com:8443/api/v1"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"https_proxy": "http://p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"all_proxy": "p:1"}, "http://p:1"),
        ({"http_proxy": "http://p:1"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "example.com"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "other.com, .example.com"}, None),
        ({"https_proxy": "http://p:1", "NO_PROXY": "acs.example.com:8443"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "ample.org"}, "http://p:1"),
    ],
)
def test_usual_proxy_variables(environ: dict[str, str], expected: str | None) -> None:
    assert connect(environ, url=URL).proxy == expected


def test_no_proxy_with_networks() -> None:
    environ = {"http_proxy": "http://p:1", "no_proxy": "nonsense/,10.0.0.0/8"}
    assert connect(environ, url="http://10.1.2.3/api").proxy is None
    assert connect(environ, url="http://11.1.2.3/api").proxy == "http://p:1"


def test_proxy_option_goes_before_no_proxy() -> None:
    environ = {"no_proxy": "*", "https_proxy": "http://other:1"}
    assert connect(environ, url=URL, proxy="p:2").proxy == "http://p:2"


def test_capital_http_proxy_of_a_request_header_is_not_trusted() -> None:
    environ = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}
    assert connect(environ, url="http://acs.example.com").proxy is None
    assert connect({"HTTP_PROXY": "http://p:1"}, url="http://acs.example.com").proxy == "http://p:1"


@pytest.mark.parametrize("environ", [{}, {"https_proxy": "http://user:pw-Zk81@[bad"}])
def test_proxy_that_is_none_is_refused_without_its_password(environ: dict[str, str]) -> None:
    params = {} if environ else {"proxy": "http://user:pw-Zk81@[bad"}
    assert "pw-Zk81" not in refused("proxy", environ, **params)
