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
    Connection,
    passwords_in,
)
from ansible_collections.zequenze.control.plugins.module_utils._connection_options import (
    OPTIONS,
    argument_spec,
    check_types,
    from_environment,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.tests.unit.plugins.module_utils.test_client_certificate import (
    CERT,
    KEY,
)

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
        "rate_limit": ("ZQ_RATE_LIMIT", None),
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


def test_equal_connections_are_one_key() -> None:
    environ = {"https_proxy": "http://p:1"}
    assert len({connect(environ), connect(environ), connect(environ, retries=4)}) == 1
    others = [
        connect(environ, url="https://acs.example.com"),
        connect(environ, token="another"),
        connect(environ, validate_certs=False),
        connect(environ, proxy="http://p:2"),
        connect(environ, timeout=31),
        connect(environ, retries=5),
        connect({"REQUESTS_CA_BUNDLE": "/their/ca.pem", **environ}),
        connect(),
    ]
    assert len({connect(environ), *others}) == len(others) + 1


@pytest.mark.parametrize(
    ("address", "passwords"),
    [
        (None, ()),
        ("", ()),
        ("http://proxy.example.com:3128", ()),
        ("http://user@proxy.example.com", ()),
        ("http://user:@proxy.example.com", ()),
        ("http://user:pw@proxy.example.com", ("pw", "pw")),
        ("user:pw@proxy.example.com", ("pw", "pw")),
        ("http://:pw%3Ax@proxy.example.com:3128", ("pw%3Ax", "pw:x")),
        ("socks5h+x.y://user:p:w@x@proxy", ("p:w@x", "p:w@x")),
        ("http://user:pw@[bad", ("pw", "pw")),
    ],
)
def test_passwords_in_addresses(address: str | None, passwords: tuple[str, ...]) -> None:
    assert passwords_in(address) == passwords
    assert passwords_in("u:former@x", address) == ("former", "former", *passwords)


def test_token_is_not_in_its_repr() -> None:
    made = connect(proxy="http://user:pr%3Axy-5e1@proxy.example.com")
    assert TOKEN not in repr(made)
    assert "pr%3Axy-5e1" not in repr(made)
    assert set(made.secrets) == {TOKEN, "pr%3Axy-5e1", "pr:xy-5e1"}


def test_everything_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "some.pem"
    file.write_text(CERT + KEY, encoding="ascii")
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
            "ZQ_RATE_LIMIT": "0.5",
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
        rate_limit=0.5,
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
    assert from_environment("ZQ_PROXY", "ZQ_TOKEN") == "tok-from-env"
    monkeypatch.setenv("ZQ_TOKEN", "")
    with pytest.raises(AnsibleFallbackNotFound):
        from_environment("ZQ_TOKEN")


def test_token_is_required() -> None:
    with pytest.raises(InputError) as caught:
        Connection.from_params({}, {})
    assert caught.value.message == (
        "token: is not given. Set `token` in the task, in module_defaults,"
        " or in the environment as ZQ_TOKEN."
    )


@pytest.mark.parametrize("token", ["two words-Zk81", "two\nlines-Zk81", "tök-Zk81", "\x7fZk81"])
def test_token_that_is_none_is_refused_without_repeating_it(token: str) -> None:
    assert refused("token", token=token) == (
        "token: is empty, or holds spaces or characters that no token has."
        " Give the token alone, without `Bearer`."
    )


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
    problem = "is not an http or https address"
    if "?" in url or "#" in url:
        problem = "holds a query or a fragment"
    assert refused("url", url=url) == (
        f"url: {url!r} {problem}."
        " Give the API's address, such as https://control.zequenze.com/api/v1."
    )


def test_token_loses_the_line_end_of_its_file() -> None:
    assert connect(token=f" {TOKEN}\n").token == TOKEN


@pytest.mark.parametrize("user", ["admin:hunter-Zk81", "admin", ":hunter-Zk81"])
def test_url_with_credentials_is_refused_without_repeating_them(user: str) -> None:
    assert refused("url", url=f"https://{user}@acs.example.com/api/v1") == (
        "url: holds a user name or a password."
        " Leave them out of the address: the token is all that is sent."
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://admin:hunter-Zk81@acs.example.com:port",
        "https://admin:hunter-Zk81@[::1",
        "admin:hunter-Zk81@acs.example.com/api/v1",
        "https://admin:hunter-Zk81@",
    ],
)
def test_url_that_is_none_is_refused_without_its_credentials(url: str) -> None:
    assert "Zk81" not in refused("url", url=url)


def test_an_at_sign_in_the_path_is_no_credential() -> None:
    url = "https://acs.example.com/@tenant/api/v1"
    assert connect(url=url).url == url


@pytest.mark.parametrize(
    "url", ["https://acs.example.com", "https://acs.example.com/", "http://[::1]:8000/a/b/c//"]
)
def test_url_loses_the_slashes_at_its_end(url: str) -> None:
    assert connect(url=url).url == url.rstrip("/")


NOT_A_BOOL = "validate_certs: 'perhaps' is neither true nor false. Give true or false."


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("timeout", 0, "timeout: 0.0 is out of range. Give a number of seconds above 0."),
        ("timeout", -1, "timeout: -1.0 is out of range. Give a number of seconds above 0."),
        ("timeout", "inf", "timeout: inf is out of range. Give a number of seconds above 0."),
        ("timeout", "nan", "timeout: nan is out of range. Give a number of seconds above 0."),
        (
            "timeout",
            "soon",
            "timeout: 'soon' is not a number. Give a number of seconds above 0.",
        ),
        ("retries", -1, "retries: -1 is negative. Give 0 or more."),
        (
            "retries",
            "many",
            "retries: 'many' is not a whole number. Give 0 or more.",
        ),
        (
            "retries",
            [],
            "retries: [] is not a whole number. Give 0 or more.",
        ),
        ("validate_certs", "perhaps", NOT_A_BOOL),
    ],
)
def test_value_out_of_range(option: str, value: Any, message: str) -> None:
    assert refused(option, **{option: value}) == message


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_file_that_does_not_exist(option: str) -> None:
    given: dict[str, Any] = {option: "/nowhere/at/all.pem"}
    assert refused(option, **given) == (
        f"{option}: '/nowhere/at/all.pem' does not exist."
        " Give the path of a file that can be read where the task runs."
    )


def test_smallest_values_that_are_taken() -> None:
    assert connect(timeout=0.001).timeout == 0.001
    assert connect(retries=0).retries == 0
    assert connect(url="http://a:1").url == "http://a:1"


def test_a_path_may_hold_variables_and_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FOLDER", str(tmp_path))
    assert connect(ca_path="~/ca.pem").ca_path == str(file)
    assert connect(ca_path="$FOLDER/ca.pem").ca_path == str(file)


WRONG = {
    "ZQ_URL": ("acs.example.com", "url", "is not an http or https address"),
    "ZQ_VALIDATE_CERTS": ("nein", "validate_certs", "is neither true nor false"),
    "ZQ_CA_PATH": ("/none.pem", "ca_path", "does not exist"),
    "ZQ_CLIENT_CERT": ("/none.pem", "client_cert", "does not exist"),
    "ZQ_TIMEOUT": ("abc", "timeout", "is not a number"),
    "ZQ_RETRIES": ("-1", "retries", "is negative"),
    "ZQ_RATE_LIMIT": ("twenty", "rate_limit", "is not a number"),
}


@pytest.mark.parametrize("rate", [0, -1, 1e-320, "inf", "nan"])
def test_a_rate_that_allows_nothing_or_anything_is_refused(rate: object) -> None:
    told = refused("rate_limit", rate_limit=rate)
    assert told == (
        f"rate_limit: {float(str(rate))} is out of range."
        " Give a number of requests a second, such as 20 or 0.5, or leave it out."
    )


def test_what_is_no_rate_is_told_what_one_is() -> None:
    told = refused("rate_limit", rate_limit="20/s")
    assert told == (
        "rate_limit: '20/s' is not a number."
        " Give a number of requests a second, such as 20 or 0.5, or leave it out."
    )
    assert connect(rate_limit=" ").rate_limit is None
    assert connect({"ZQ_RATE_LIMIT": "5"}, rate_limit=20).rate_limit == 20.0


@pytest.mark.parametrize("variable", WRONG)
def test_a_wrong_variable_is_named_with_its_value(variable: str) -> None:
    value, option, problem = WRONG[variable]
    shown = "-1" if variable == "ZQ_RETRIES" else repr(value)
    told = refused(option, {variable: value})
    assert told.startswith(f"{option}: {shown} (in the environment variable {variable}) {problem}")


def test_a_secret_of_a_wrong_variable_is_not_shown() -> None:
    with pytest.raises(InputError) as caught:
        Connection.from_params({}, {"ZQ_TOKEN": "Qw7 Zk81"})
    assert caught.value.message.startswith("token: the environment variable ZQ_TOKEN is empty, or")
    assert "Zk81" not in caught.value.message
    told = refused("proxy", {"ZQ_PROXY": "http://user:pw-Zk81@[bad"})
    assert told.startswith("proxy: the environment variable ZQ_PROXY is not the address")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        connect({variable: value for variable, (value, _option, _problem) in WRONG.items()})
    assert set(caught.value.errors) == {option for _value, option, _problem in WRONG.values()}
    for variable in WRONG:
        assert variable in caught.value.message


def test_what_ansible_filled_in_is_not_taken_for_the_users() -> None:
    """AnsibleModule puts what a variable has into the options, or a default where it cannot be converted."""
    params = {"token": TOKEN, "timeout": 30.0, "retries": -1}
    with pytest.raises(InputError) as caught:
        Connection.from_params(
            params, {"ZQ_TIMEOUT": "abc", "ZQ_RETRIES": "-1"}, frozenset({"token"})
        )
    assert "timeout: 'abc' (in the environment variable ZQ_TIMEOUT)" in caught.value.message
    assert "retries: -1 (in the environment variable ZQ_RETRIES)" in caught.value.message


def test_a_variable_that_cannot_be_converted_is_no_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZQ_TIMEOUT", "abc")
    with pytest.raises(AnsibleFallbackNotFound):
        from_environment("ZQ_TIMEOUT")
    monkeypatch.setenv("ZQ_TIMEOUT", "5")
    assert from_environment("ZQ_TIMEOUT") == "5"


def test_types_alone(tmp_path: Path) -> None:
    check_types({"timeout": "5", "ca_path": str(tmp_path)}, {"ZQ_RETRIES": "2"})
    with pytest.raises(InputError) as caught:
        check_types({"validate_certs": "nein"}, {"ZQ_RETRIES": "two"})
    assert set(caught.value.errors) == {"validate_certs", "retries"}


def test_ca_bundle_of_requests_is_honoured_last(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    assert connect({"REQUESTS_CA_BUNDLE": "/their/ca.pem"}).ca_path == "/their/ca.pem"
    assert connect({"CURL_CA_BUNDLE": "/curl/ca.pem"}).ca_path == "/curl/ca.pem"
    both = {"CURL_CA_BUNDLE": "/curl/ca.pem", "REQUESTS_CA_BUNDLE": "/their/ca.pem"}
    assert connect(both).ca_path == "/their/ca.pem"
    assert connect({"CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": ""}).ca_path is None
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
        ({"https_proxy": "http://p:1", "no_proxy": "acs.example.com:443"}, "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "", "NO_PROXY": "*"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "other.com", "NO_PROXY": "*"}, "http://p:1"),
        ({"https_proxy": "", "ALL_PROXY": "http://p:4"}, "http://p:4"),
        ({"HTTPS_PROXY": "http://p:3", "ALL_PROXY": "http://p:4"}, "http://p:3"),
        ({"all_proxy": "http://p:2", "HTTPS_PROXY": "http://p:3"}, "http://p:2"),
        ({"https_proxy": "http://p:1", "all_proxy": "http://p:2"}, "http://p:1"),
    ],
)
def test_usual_proxy_variables(environ: dict[str, str], expected: str | None) -> None:
    assert connect(environ, url=URL).proxy == expected


def test_no_proxy_with_networks() -> None:
    environ = {"http_proxy": "http://p:1", "no_proxy": "nonsense/, 10.0.0.1/8,2001:db8::/32"}
    assert connect(environ, url="http://10.1.2.3/api").proxy is None
    assert connect(environ, url="http://[2001:db8::7]/api").proxy is None
    assert connect(environ, url="http://11.1.2.3/api").proxy == "http://p:1"


def test_proxy_option_goes_before_no_proxy() -> None:
    environ = {"no_proxy": "*", "https_proxy": "http://other:1"}
    assert connect(environ, url=URL, proxy="p:2").proxy == "http://p:2"


def test_capital_http_proxy_of_a_request_header_is_not_trusted() -> None:
    environ = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}
    assert connect(environ, url="http://acs.example.com").proxy is None
    environ["all_proxy"] = "http://good:1"
    assert connect(environ, url="http://acs.example.com").proxy == "http://good:1"
    https = {"HTTPS_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}
    assert connect(https, url="https://acs.example.com").proxy == "http://p:1"
    assert connect({"HTTP_PROXY": "http://p:1"}, url="http://acs.example.com").proxy == "http://p:1"


@pytest.mark.parametrize("environ", [{}, {"https_proxy": "http://user:pw-Zk81@[bad"}])
def test_proxy_that_is_none_is_refused_without_its_password(environ: dict[str, str]) -> None:
    params = {} if environ else {"proxy": "http://user:pw-Zk81@[bad"}
    where = "the environment variable https_proxy " if environ else ""
    assert refused("proxy", environ, **params) == (
        f"proxy: {where}is not the address of a proxy. Write it as http://proxy.example.com:3128."
    )


@pytest.mark.parametrize("proxy", ["http://", "p:0", "p:port", "http://:1"])
def test_proxy_without_a_host_or_with_no_port(proxy: str) -> None:
    refused("proxy", proxy=proxy)
