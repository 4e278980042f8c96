# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The section "Connection" of interface.md, line by line.

| line | tests |
|---|---|
| the same options, variables and defaults in every module | test_every_module_*, test_environment_* |
| declared once, documented in a doc fragment | test_every_module_documents_the_same_table |
| `url`, ZQ_URL, its default | test_url_*, test_every_module_documents_the_same_table |
| any path prefix, with or without a trailing slash | test_url_takes_any_prefix_with_or_without_a_slash |
| `token`, ZQ_TOKEN, required | test_token_* |
| never sent to another origin | test_token_is_not_sent_to_another_origin, test_token_is_not_replaced_by_netrc |
| `validate_certs`, `ca_path`, `client_cert`, `client_key` | test_validate_certs*, test_ca_path*, test_client_cert* |
| `proxy`, the usual variables, no_proxy | test_proxy* |
| `timeout`, for one request | test_timeout*, test_an_answer_has_a_size |
| `retries`, backoff with jitter, Retry-After in both forms | test_retries*, test_retry_after* |
| `module_defaults` | test_module_defaults_reach_every_module |
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from simulator.testing import Simulator
from tests.acceptance.support import (
    BIN,
    TOKEN,
    Platform,
    Playbook,
    Relay,
    Seen,
    closed,
    sampled,
    serving,
    silent,
    task,
)

MODULES = ("zq_device", "zq_device_info", "zq_device_action")
TABLE = {
    "url": ("ZQ_URL", "https://control.zequenze.com/api/v1"),
    "token": ("ZQ_TOKEN", None),
    "validate_certs": ("ZQ_VALIDATE_CERTS", True),
    "ca_path": ("ZQ_CA_PATH", None),
    "client_cert": ("ZQ_CLIENT_CERT", None),
    "client_key": ("ZQ_CLIENT_KEY", None),
    "proxy": ("ZQ_PROXY", None),
    "timeout": ("ZQ_TIMEOUT", 30),
    "retries": ("ZQ_RETRIES", 4),
}


def smallest(module: str) -> dict[str, Any]:
    """Arguments with which each module does something that answers."""
    return {
        "zq_device": {"name": "one", "description": "new"},
        "zq_device_info": {"name": "one"},
        "zq_device_action": {"name": "one", "action": "sync"},
    }[module]


# ---------------------------------------------------------------------------------------------------- one table for all


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [str(BIN / "ansible-doc"), "--json", *(f"zequenze.control.{module}" for module in MODULES)],
        env={
            "HOME": str(home),
            "PATH": str(BIN),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("module", MODULES)
def test_every_module_documents_the_same_table(documented: dict[str, Any], module: str) -> None:
    options = documented[f"zequenze.control.{module}"]["doc"]["options"]
    first = documented[f"zequenze.control.{MODULES[0]}"]["doc"]["options"]
    for name, (variable, default) in TABLE.items():
        assert options[name].get("default") == default, name
        assert variable in " ".join(options[name]["description"]), name
        assert options[name]["description"] == first[name]["description"]
    assert options["token"]["required"] is True
    assert [name for name in TABLE if options[name].get("required")] == ["token"]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_reads_the_environment(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    platform.seed("one")
    monkeypatch.setenv("ZQ_URL", platform.url)
    monkeypatch.setenv("ZQ_TOKEN", platform.token)
    called = platform.ok(module, bare=True, **smallest(module))
    assert called.failed is False
    assert platform.simulator.log()


@pytest.mark.parametrize("module", MODULES)
def test_an_option_wins_over_the_environment(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    platform.seed("one")
    monkeypatch.setenv("ZQ_URL", closed())
    monkeypatch.setenv("ZQ_TOKEN", "wrong")
    platform.ok(module, **smallest(module))


def test_environment_through_ansible_playbook_every_module(playbook: Playbook) -> None:
    playbook.platform.seed("one")
    played = playbook(*(task(module, module, **smallest(module)) for module in MODULES))
    assert [entry["status"] for entry in played.results] == ["ok", "ok", "ok"]


def test_environment_of_the_task_is_honoured(playbook: Playbook) -> None:
    playbook.platform.seed("one")
    here = {
        "ZQ_URL": playbook.platform.url,
        "ZQ_TOKEN": playbook.platform.token,
        "ZQ_TIMEOUT": "20",
        "ZQ_RETRIES": "1",
    }
    played = playbook(
        task("zq_device_info", "of the task", name="one", environment_=here),
        env={"ZQ_URL": closed(), "ZQ_TOKEN": "wrong"},
    )
    assert played["of the task"]["count"] == 1


def test_module_defaults_reach_every_module(playbook: Playbook) -> None:
    platform = playbook.platform
    platform.seed("one")
    defaults = {
        "group/zequenze.control.all": {"url": platform.url, "token": platform.token, "timeout": 20}
    }
    tasks = [task(module, module, **smallest(module)) for module in MODULES]
    played = playbook(
        *tasks, play={"module_defaults": defaults}, env={"ZQ_URL": closed(), "ZQ_TOKEN": "wrong"}
    )
    assert len(played.results) == len(MODULES)
    assert all(entry["status"] == "ok" for entry in played.results)


# --------------------------------------------------------------------------------------------------------- url, token


@pytest.mark.parametrize("prefix", ["/", "/api/v1", "/a/deep/path/of/its own/v2"])
def test_url_takes_any_prefix_with_or_without_a_slash(tmp_path: Path, prefix: str) -> None:
    with Simulator("--prefix", prefix, "--workers", "1") as simulator:
        simulator.seed(devices=[{"name": "one"}])
        here = Platform(simulator, tmp_path)
        root = f"http://{urlsplit(simulator.url).netloc}"
        base = root + prefix.replace(" ", "%20").rstrip("/")
        for url in (base, f"{base}/", f"{base}//"):
            assert here.ok("zq_device_info", url=url, name="one")["count"] == 1, url
            assert here.ok("zq_device_info", url=url)["count"] == 1, url


@pytest.mark.parametrize(
    "url",
    [
        "control.example.com/api/v1",
        "ftp://127.0.0.1/api",
        "http://",
        "http://127.0.0.1:99999/api",
        "not a url",
    ],
)
def test_url_that_is_none_is_an_error(platform: Platform, url: str) -> None:
    failed = platform.fails("zq_device_info", url=url)
    assert "url" in failed.msg
    assert failed["status"] is None


def test_url_follows_no_next_link_to_another_place(platform: Platform) -> None:
    """Behind a front that rewrites nothing, `next` names another origin: every page still comes from the configured one."""
    platform.simulator.seed(count=250)
    with serving(Relay(platform.port)) as front:
        called = platform.ok("zq_device_info", url=f"{front.address}/api/v1")
        assert called["count"] == 250
        assert len(front.seen) == len(platform.simulator.log()) == 3


def test_token_is_required(platform: Platform) -> None:
    failed = platform.call("zq_device_info", bare=True, url=platform.url)
    assert failed.failed
    assert "token" in failed.msg
    assert failed["status"] is None
    assert failed["errors"] == {} or isinstance(failed["errors"], dict)
    assert platform.simulator.log() == []


def test_token_is_sent_as_a_bearer(platform: Platform) -> None:
    with serving(Relay(platform.port)) as front:
        platform.ok("zq_device_info", url=f"{front.address}/api/v1")
        assert front.seen[0].headers["Authorization"] == f"Bearer {platform.token}"


def test_token_is_not_replaced_by_netrc(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(Relay(platform.port)) as front:
        platform.ok("zq_device_info", url=f"{front.address}/api/v1")
        assert front.seen[0].headers["Authorization"] == f"Bearer {platform.token}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_token_is_not_sent_to_another_origin(platform: Platform, status: int) -> None:
    with serving(
        Relay(
            0,
            answer=(
                200,
                {"Content-Type": "application/json"},
                b'{"count":0,"next":null,"previous":null,"results":[]}',
            ),
        )
    ) as far:
        platform.simulator.fault(
            "redirect", status=status, location=f"{far.address}/api/v1/inventory_device_name/"
        )
        failed = platform.fails("zq_device_info", retries=0)
        assert [seen for seen in far.seen if "Authorization" in seen.headers] == []
    assert failed["status"] == status
    assert "redirect" in failed.msg.lower()


def test_token_is_not_sent_to_another_origin_by_a_write(platform: Platform) -> None:
    platform.seed("one")
    with serving(Relay(0, answer=(200, {"Content-Type": "application/json"}, b"{}"))) as far:
        platform.simulator.fault(
            "redirect",
            methods=["PATCH"],
            status=307,
            location=f"{far.address}/api/v1/inventory_device_name/one/",
        )
        platform.fails("zq_device", name="one", description="x", retries=0)
        assert far.seen == []


# ---------------------------------------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    issued = authority.issue_cert("device-operator.example.com")
    issued.cert_chain_pems[0].write_to_path(str(folder / "client.crt"))
    issued.private_key_pem.write_to_path(str(folder / "client.key"))
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    return authority, folder


def front(
    platform: Platform, authority: trustme.CA, *, clients: bool = False, host: str = "127.0.0.1"
) -> Relay:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    if clients:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return Relay(platform.port, tls=context)


@contextlib.contextmanager
def answering(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on which each connection is dealt with by a function of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def deal(connection: socket.socket) -> None:
            # The client goes when it has enough.
            with connection, contextlib.suppress(OSError):
                serve(connection)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = listening.accept()
                    threading.Thread(target=deal, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def over_tls(relay: Relay) -> str:
    return f"https://127.0.0.1:{relay.port}/api/v1"


def test_an_unknown_issuer_is_refused(
    platform: Platform, authority: tuple[trustme.CA, Path]
) -> None:
    with serving(front(platform, authority[0])) as relay:
        failed = platform.fails("zq_device_info", url=over_tls(relay))
        assert relay.seen == []
    assert failed["status"] is None
    assert "an issuer that is not trusted here" in failed.msg
    assert "`ca_path`, or add it to the system's certificates" in failed.msg


def test_a_certificate_of_another_host_is_refused(
    platform: Platform, authority: tuple[trustme.CA, Path]
) -> None:
    with serving(front(platform, authority[0], host="elsewhere.example.com")) as relay:
        trusted = str(authority[1] / "ca.pem")
        failed = platform.fails("zq_device_info", url=over_tls(relay), ca_path=trusted)
        assert relay.seen == []
    assert failed["status"] is None
    assert "The certificate is that of another host" in failed.msg


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((-20, -10), "The platform's certificate is out of date"),
        ((10, 20), "The platform's certificate is not valid yet"),
    ],
)
def test_a_certificate_out_of_its_time_is_refused(
    platform: Platform, authority: tuple[trustme.CA, Path], days: tuple[int, int], told: str
) -> None:
    now = datetime.now(UTC)
    begins, ends = (now + timedelta(days=day) for day in days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority[0].issue_cert("127.0.0.1", not_before=begins, not_after=ends)
    issued.configure_cert(context)
    trusted = str(authority[1] / "ca.pem")
    with serving(Relay(platform.port, tls=context)) as relay:
        failed = platform.fails("zq_device_info", url=over_tls(relay), ca_path=trusted)
        assert relay.seen == []
    assert told in failed.msg


def test_https_against_a_port_of_plain_http(platform: Platform) -> None:
    failed = platform.fails("zq_device_info", url=f"https://127.0.0.1:{platform.port}/api/v1")
    assert failed["status"] is None
    assert "give the `url` (or `proxy`) that begins with http://" in failed.msg
    assert all(entry["token"] is None for entry in platform.simulator.log())


def waits(connection: socket.socket) -> None:
    """To a server that takes the beginning of TLS for that of a line."""
    asked = b""
    while not asked.endswith(b"\r\n\r\n"):
        asked += connection.recv(65536) or b"\r\n\r\n"
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.thorough
@pytest.mark.parametrize("server", ["the simulator", "one that waits"])
def test_https_against_a_port_of_plain_http_ends_within_seconds(
    platform: Platform, server: str
) -> None:
    with answering(waits) as waiting:
        port = platform.port
        if server == "one that waits":
            port = waiting
        begun = time.monotonic()
        failed = platform.fails(
            "zq_device", url=f"https://127.0.0.1:{port}/api/v1", name="one", type=5, timeout=120
        )
    assert time.monotonic() - begun < 30
    assert "The port does not speak TLS, but most likely plain HTTP" in failed.msg
    assert not failed.changed


@pytest.mark.parametrize("variable", sampled(["SSL_CERT_FILE", "SSL_CERT_DIR"], 1))
@pytest.mark.parametrize("in_process", [True, False], ids=["in the controller", "as a module"])
def test_the_systems_trust_is_that_of_ansible(
    playbook: Playbook, authority: tuple[trustme.CA, Path], variable: str, in_process: bool
) -> None:
    """What Python's OpenSSL has, and what the environment of the task names in its place."""
    platform, (issuer, folder) = playbook.platform, authority
    platform.seed("one")
    named = folder / "ca.pem"
    if variable == "SSL_CERT_DIR":
        named = folder / "hashed"
        named.mkdir(exist_ok=True)
        shutil.copy(folder / "ca.pem", named)
        subprocess.run(["openssl", "rehash", str(named)], check=True)
    with serving(front(platform, issuer)) as relay:
        tasks: list[dict[str, Any]] = []
        for trusting in ("with it", "without"):
            environment = {variable: str(named)} if trusting == "with it" else {}
            common = {"ignore_errors": True, "environment": environment}
            uri = {
                # A proxy of the machine is none of this.
                "use_proxy": False,
                "url": f"{over_tls(relay)}/inventory_device_name/",
                "headers": {"Authorization": f"Bearer {platform.token}"},
            }
            ours = {"url": over_tls(relay), "retries": 0}
            tasks += [
                {"name": f"uri {trusting}", "ansible.builtin.uri": uri, **common},
                {"name": f"ours {trusting}", "zequenze.control.zq_device_info": ours, **common},
            ]
        played = playbook(*tasks, in_process=in_process)
    statuses = {entry["task"]: entry["status"] for entry in played.results}
    assert statuses == {
        "uri with it": "ok",
        "ours with it": "ok",
        "uri without": "failed",
        "ours without": "failed",
    }


def test_validate_certs_false_takes_any(
    platform: Platform, authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.seed("one")
    with serving(front(platform, authority[0])) as relay:
        assert (
            platform.call("zq_device_info", url=over_tls(relay), validate_certs=False)["count"] == 1
        )
        monkeypatch.setenv("ZQ_VALIDATE_CERTS", "false")
        assert platform.call("zq_device_info", url=over_tls(relay))["count"] == 1
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[1] / "client.crt"))
        assert platform.call("zq_device_info", url=over_tls(relay))["count"] == 1


def test_ca_path_is_a_bundle(
    platform: Platform, authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.seed("one")
    with serving(front(platform, authority[0])) as relay:
        assert (
            platform.ok(
                "zq_device_info", url=over_tls(relay), ca_path=str(authority[1] / "ca.pem")
            )["count"]
            == 1
        )
        monkeypatch.setenv("ZQ_CA_PATH", str(authority[1] / "ca.pem"))
        assert platform.ok("zq_device_info", url=over_tls(relay))["count"] == 1
        assert platform.ok("zq_device", url=over_tls(relay), name="one", description="x").changed


def test_ca_path_wins_over_the_usual_variable(
    platform: Platform, authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[1] / "client.crt"))
    with serving(front(platform, authority[0])) as relay:
        assert (
            platform.ok(
                "zq_device_info", url=over_tls(relay), ca_path=str(authority[1] / "ca.pem")
            )["count"]
            == 0
        )


def test_ca_path_that_does_not_exist_is_an_error(platform: Platform, tmp_path: Path) -> None:
    failed = platform.fails("zq_device_info", ca_path=str(tmp_path / "none.pem"))
    assert "ca_path" in failed.msg
    assert platform.simulator.log() == []


@pytest.mark.parametrize("parts", [("client.crt", "client.key"), ("client.pem", None)])
def test_client_cert_and_client_key(
    platform: Platform,
    authority: tuple[trustme.CA, Path],
    monkeypatch: pytest.MonkeyPatch,
    parts: tuple[str, str | None],
) -> None:
    issuer, folder = authority
    cert, key = str(folder / parts[0]), str(folder / parts[1]) if parts[1] else None
    with serving(front(platform, issuer, clients=True)) as relay:
        common = {"url": over_tls(relay), "ca_path": str(folder / "ca.pem"), "retries": 0}
        assert (
            platform.ok("zq_device_info", **common, client_cert=cert, client_key=key)["count"] == 0
        )
        monkeypatch.setenv("ZQ_CLIENT_CERT", cert)
        if key:
            monkeypatch.setenv("ZQ_CLIENT_KEY", key)
        assert platform.ok("zq_device_info", **common)["count"] == 0
        assert [seen.peer is not None and "subjectAltName" in seen.peer for seen in relay.seen] == [
            True,
            True,
        ]


def test_client_cert_that_is_missing_fails_clearly(
    platform: Platform, authority: tuple[trustme.CA, Path]
) -> None:
    with serving(front(platform, authority[0], clients=True)) as relay:
        failed = platform.fails(
            "zq_device_info", url=over_tls(relay), ca_path=str(authority[1] / "ca.pem"), retries=0
        )
        assert relay.seen == []
    assert failed["status"] is None
    assert over_tls(relay) in failed.msg


def test_client_key_without_client_cert_is_an_error(
    platform: Platform, authority: tuple[trustme.CA, Path]
) -> None:
    assert (
        "client_cert"
        in platform.fails("zq_device_info", client_key=str(authority[1] / "client.key")).msg
    )


# -------------------------------------------------------------------------------------------------------------- proxy


def test_proxy_takes_every_request(platform: Platform) -> None:
    platform.seed("one")
    with serving(Relay(platform.port)) as proxy:
        platform.ok("zq_device_info", proxy=proxy.address)
        platform.ok("zq_device", proxy=proxy.address, name="one", description="x")
        assert len(proxy.seen) == len(platform.simulator.log()) > 2
        assert all(seen.target.startswith(platform.url) for seen in proxy.seen)


def test_proxy_by_its_variable_is_used_always(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Relay(platform.port)) as proxy:
        monkeypatch.setenv("ZQ_PROXY", proxy.address)
        monkeypatch.setenv("http_proxy", closed())
        platform.ok("zq_device_info")
        assert len(proxy.seen) == 1


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_proxy_by_the_usual_variables(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with serving(Relay(platform.port)) as proxy:
        monkeypatch.setenv(variable, proxy.address)
        platform.ok("zq_device_info")
        assert len(proxy.seen) == 1


@pytest.mark.parametrize("bypass", ["127.0.0.1", "127.0.0.0/8", "*", "example.com,127.0.0.1"])
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_proxy_is_not_used_where_no_proxy_says_so(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, variable: str, bypass: str
) -> None:
    with serving(Relay(platform.port)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv(variable, bypass)
        platform.ok("zq_device_info")
        assert proxy.seen == []
        monkeypatch.setenv(variable, "example.com,10.0.0.0/8")
        platform.ok("zq_device_info")
        assert len(proxy.seen) == 1


def test_proxy_tunnels_tls(
    platform: Platform, authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a proxy sees of TLS is where it goes to: never the token."""
    with serving(front(platform, authority[0])) as relay, serving(Relay(0)) as proxy:
        common = {"url": over_tls(relay), "ca_path": str(authority[1] / "ca.pem"), "retries": 0}
        assert platform.ok("zq_device_info", **common, proxy=proxy.address)["count"] == 0
        monkeypatch.setenv("https_proxy", proxy.address)
        assert platform.ok("zq_device_info", **common)["count"] == 0
        assert [(seen.method, seen.target) for seen in proxy.seen] == [
            ("CONNECT", f"127.0.0.1:{relay.port}")
        ] * 2
        assert all("Authorization" not in seen.headers for seen in proxy.seen)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_speaks_tls(
    platform: Platform, authority: tuple[trustme.CA, Path], scheme: str
) -> None:
    """Its certificate is verified as the platform's is."""
    platform.seed("one")
    issuer, folder = authority
    with serving(front(platform, issuer)) as proxy, serving(front(platform, issuer)) as relay:
        url = over_tls(relay)
        if scheme == "http":
            url = platform.url
        given = {"url": url, "proxy": f"https://127.0.0.1:{proxy.port}", "retries": 0}
        ca_path = str(folder / "ca.pem")
        assert platform.ok("zq_device_info", **given, ca_path=ca_path)["count"] == 1
        assert platform.ok("zq_device", **given, ca_path=ca_path, name="one", debug=True).changed
        reached = len(proxy.seen)
        failed = platform.fails("zq_device_info", **given)
        assert "an issuer that is not trusted here" in failed.msg
    assert len(proxy.seen) == reached > 0
    with serving(front(platform, issuer, host="elsewhere.example.com")) as proxy:
        given["proxy"] = f"https://127.0.0.1:{proxy.port}"
        failed = platform.fails("zq_device_info", **given, ca_path=ca_path)
        assert "The certificate is that of another host" in failed.msg
    assert proxy.seen == []


def test_proxy_that_is_not_there_is_an_error(platform: Platform) -> None:
    failed = platform.fails("zq_device_info", proxy=closed().removesuffix("/api/v1"), retries=0)
    assert failed["status"] is None
    assert "proxy" in failed.msg
    assert platform.simulator.log() == []


# --------------------------------------------------------------------------------------------------- timeout, retries


@pytest.mark.parametrize("given", [0.3, "0.3"])
def test_timeout_is_seconds_for_one_request(platform: Platform, given: Any) -> None:
    begun = time.monotonic()
    with silent() as url:
        failed = platform.fails("zq_device_info", url=url, timeout=given, retries=0)
    assert 0.3 <= time.monotonic() - begun < 3
    assert failed["status"] is None
    assert "0.3 seconds" in failed.msg


def test_timeout_is_for_the_whole_of_a_request(platform: Platform) -> None:
    """A byte comes long before the time is up, and then another, for ever."""
    platform.seed("one")
    platform.simulator.fault("dribble", pause=0.1)
    failed = platform.fails("zq_device_info", timeout=0.5, retries=0)
    assert "no answer within 0.5 seconds" in failed.msg
    failed = platform.fails("zq_device", name="one", description="x", timeout=0.5, retries=0)
    assert failed["status"] is None


def test_an_answer_has_a_size(platform: Platform) -> None:
    platform.simulator.fault("flood", bytes=70_000_000)
    failed = platform.fails("zq_device_info", retries=0)
    assert "the answer is larger than 64 MiB" in failed.msg


@pytest.mark.parametrize("kind", ["lengths", "dribble", "flood", "truncate", "empty", "garbage"])
def test_a_change_whose_answer_cannot_be_read_is_looked_up(platform: Platform, kind: str) -> None:
    platform.seed("one")
    more = {"bytes": 70_000_000} if kind == "flood" else {}
    platform.simulator.fault(kind, methods=["PATCH"], times=1, **more)
    called = platform.ok("zq_device", name="one", description="x", timeout=1)
    assert called.changed
    assert platform.device("one")["description"] == "x"
    assert len(platform.bodies("PATCH")) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 502])
def test_token_is_not_shown_where_the_phrase_of_a_status_holds_it(
    platform: Platform, status: int
) -> None:
    reason = f"Bad {platform.token}\x1b[2J"
    platform.simulator.fault("status", status=status, reason=reason)
    shown = json.dumps(platform.fails("zq_device_info", retries=0).result)
    assert "Bad ********" in shown
    assert platform.token not in shown
    assert "\\u001b" not in shown


@pytest.mark.parametrize("given", ["0.3", "1"])
def test_timeout_from_the_environment_is_text(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("ZQ_TIMEOUT", given)
    monkeypatch.setenv("ZQ_RETRIES", "0")
    assert platform.ok("zq_device_info")["count"] == 0
    begun = time.monotonic()
    with silent() as url:
        platform.fails("zq_device_info", url=url)
    assert float(given) <= time.monotonic() - begun < float(given) + 3


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ZQ_TIMEOUT", "soon"), ("ZQ_RETRIES", "many"), ("ZQ_VALIDATE_CERTS", "perhaps")],
)
def test_a_variable_of_the_wrong_type_is_an_error_and_no_crash(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    failed = platform.fails("zq_device_info")
    assert variable.removeprefix("ZQ_").lower() in failed.msg
    assert platform.simulator.log() == []


@pytest.mark.parametrize(("option", "value"), [("timeout", 0), ("timeout", -1), ("retries", -1)])
def test_timeout_and_retries_out_of_range_are_errors(
    platform: Platform, option: str, value: int
) -> None:
    assert option in platform.fails("zq_device_info", **{option: value}).msg
    assert platform.simulator.log() == []


@pytest.mark.parametrize("retries", [0, 2])
def test_retries_is_how_often_a_request_is_sent_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, retries: int
) -> None:
    platform.simulator.fault("status", status=502)
    failed = platform.fails("zq_device_info", retries=retries)
    assert failed["status"] == 502
    assert len(platform.simulator.log()) == retries + 1
    platform.simulator.clear_log()
    monkeypatch.setenv("ZQ_RETRIES", str(retries))
    platform.fails("zq_device_info")
    assert len(platform.simulator.log()) == retries + 1


@pytest.mark.thorough
def test_retries_back_off_exponentially_with_jitter(platform: Platform) -> None:
    """The third wait is longer than the first however the jitter fell, and two runs do not wait alike."""
    platform.simulator.fault("status", status=503)
    waits: list[list[float]] = []
    for _run in range(2):
        platform.simulator.clear_log()
        platform.fails("zq_device_info", retries=3)
        times = [float(request["real"]) for request in platform.simulator.log()]
        assert len(times) == 4
        waits.append([after - before for before, after in itertools.pairwise(times)])
    for first, _second, third in waits:
        assert third > 1.5 * first
    assert any(abs(one - other) > 0.01 for one, other in zip(*waits, strict=True))


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "truncate"},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 504},
        {"kind": "latency", "seconds": 0.8},
    ],
    ids=lambda kind: f"{kind['kind']} {kind.get('status', '')}",
)
def test_retries_of_a_read_for_every_transient_failure(
    platform: Platform, kind: dict[str, Any]
) -> None:
    platform.seed("one")
    platform.simulator.fault(**kind, times=1)
    assert platform.ok("zq_device_info", retries=1, timeout=0.4)["count"] == 1
    # A request is logged when it is answered, which may be after the client gave up on it.
    deadline = time.monotonic() + 10
    while len(platform.simulator.log()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(platform.simulator.log()) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_retries_never_for_an_answer_that_stays(platform: Platform, status: int) -> None:
    platform.simulator.fault("status", status=status)
    assert platform.fails("zq_device_info")["status"] == status
    assert len(platform.simulator.log()) == 1


@pytest.mark.parametrize(
    ("status", "retry_after"), [(500, None), (502, None), (503, None), (504, None)]
)
def test_retries_of_a_write_never_blindly(
    platform: Platform, status: int, retry_after: Any
) -> None:
    """What may have been done is looked at first: with the work done before the failure, nothing is sent twice."""
    platform.seed("one")
    platform.simulator.fault("status", methods=["PATCH"], status=status, after_work=True, times=1)
    called = platform.ok("zq_device", name="one", description="new")
    assert called.changed
    assert called["device"]["description"] == "new"
    assert platform.methods().count("PATCH") == 1


@pytest.mark.parametrize("form", sampled([2, "http-date:3"], 1), ids=["seconds", "date"])
@pytest.mark.parametrize(
    ("method", "status"), [("GET", 429), ("GET", 503), ("PATCH", 429), ("PATCH", 503)]
)
def test_retry_after_is_honoured_in_both_forms(
    platform: Platform, form: Any, method: str, status: int
) -> None:
    """A date has a resolution of a second: 3 seconds ahead is at least 2 from now."""
    platform.seed("one")
    platform.simulator.fault("status", methods=[method], status=status, retry_after=form, times=1)
    platform.ok("zq_device", name="one", description="new", retries=1)
    times = [
        float(request["real"])
        for request in platform.simulator.log()
        if request["method"] == method
    ]
    assert times[1] - times[0] >= 1.9
    assert platform.device("one")["description"] == "new"
    assert len([body for body in platform.simulator.log(method="PATCH") if body["done"]]) == 1


def test_retry_after_that_cannot_be_read_is_ignored(platform: Platform) -> None:
    platform.simulator.fault("status", status=429, retry_after="soon", times=1)
    assert platform.ok("zq_device_info", retries=1)["count"] == 0


def test_the_token_of_a_test_holds_what_gets_escaped(platform: Platform) -> None:
    platform.simulator.add_token(TOKEN)
    with serving(Relay(platform.port)) as relay:
        platform.ok("zq_device_info", token=TOKEN, url=f"{relay.address}/api/v1")
        assert isinstance(relay.seen[0], Seen)
        assert relay.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
