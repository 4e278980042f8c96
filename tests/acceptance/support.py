# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the tests run a module: as ansible-playbook does, or as quickly in this process. And servers to put in between.

Nothing here knows how a module works. The two ways of running one are:

- `Playbook`: the real ansible-playbook, in an environment of its own with an empty HOME; results come by a callback.
- `Platform.call`: the module's `main()` in this process, with AnsibleModule reading its arguments and printing its result.
- `Platform.threaded`: the module's `run()`, for hundreds of calls at once, as AnsibleModule's `main()` has one set of arguments.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import http.client
import importlib
import io
import json
import os
import re
import select
import shutil
import socket
import socketserver
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.testing import patch_module_args

from simulator.testing import Simulator
from tests.acceptance import warm

MODULES = "ansible_collections.zequenze.control.plugins.modules"
UTILS = "ansible_collections.zequenze.control.plugins.module_utils"
# The programs of Ansible: those of this Python, or of the folder that ZQ_ANSIBLE_BIN names, with another ansible-core, with requests, and
# with the checkout linked as its collection.
BIN = Path(os.environ.get("ZQ_ANSIBLE_BIN") or Path(sys.executable).parent)


@cache
def python_without_blanks() -> str:
    """The Python of BIN by a path without blanks, at which INI files and Ansible's async are split."""
    if " " not in str(BIN):
        return str(BIN / "python")
    folder = tempfile.mkdtemp(prefix="zq-python-")
    atexit.register(shutil.rmtree, folder)
    # The whole environment: a Python finds its own by the folder in which it stands.
    link = Path(folder) / "environment"
    link.symlink_to(BIN.parent, target_is_directory=True)
    return str(link / BIN.name / "python")


HERE = Path(__file__).resolve().parent
# Of `zq_in_process`: a process for each task takes four times as long.
BOTH_WAYS = [
    pytest.param(False, id="as modules", marks=pytest.mark.thorough),
    pytest.param(True, id="in the controller"),
]


def sampled(cases: Iterable[Any], quick: int) -> list[Any]:
    """The cases of a table, of which `make test` runs the first `quick`, and `make thorough` the others.

    A tuple is one value for each name of the table.
    """
    values = [one if isinstance(one, tuple) else (one,) for one in cases]
    further = [pytest.param(*one, marks=pytest.mark.thorough) for one in values[quick:]]
    return [pytest.param(*one) for one in values[:quick]] + further


FOREIGN = re.compile(
    r"ANSIBLE_|ZQ_|(?:https?|all|no)_proxy$|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|SSL_CERT_",
    re.IGNORECASE,
)

# Parts that no escaping changes, around what every kind of escaping does change.
PASSWORD = "Kq7vX2\"\\%ü{{Zr9wT4}}'<&> Hn3cB8"
TOKEN = "Gx5mD1\"\\%2F{{Vy8pL6}}'<&>Wt2kJ9"
PIECES = ("Kq7vX2", "Zr9wT4", "Hn3cB8", "Gx5mD1", "Vy8pL6", "Wt2kJ9")

Result = dict[str, Any]


def leaks(text: str | bytes, *more: str) -> list[str]:
    """The pieces of secrets that are in the text, however it is escaped."""
    data = text if isinstance(text, bytes) else text.encode()
    forms: list[bytes] = []
    for secret in (PASSWORD, TOKEN):
        forms += [base64.b64encode(secret.encode())[:24], secret.encode().hex()[:24].encode()]
    return [
        piece.decode()
        for piece in [*(part.encode() for part in (*PIECES, *more)), *forms]
        if piece in data
    ]


def leaking_files(*folders: Path, more: Sequence[str] = ()) -> list[str]:
    """Files below the folders in which a piece of a secret is, by content or by name."""
    files = (file for folder in folders for file in [folder, *folder.rglob("*")] if file.is_file())
    return [
        str(file) for file in files if leaks(str(file), *more) or leaks(file.read_bytes(), *more)
    ]


def clean_environment() -> dict[str, str]:
    """The environment without anything that decides how Ansible, or the collection, works."""
    return {key: value for key, value in os.environ.items() if not FOREIGN.match(key)}


@dataclass
class Called:
    """What a module run in this process returned."""

    result: Result
    log: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def msg(self) -> str:
        return str(self.result.get("msg", ""))

    def __getitem__(self, key: str) -> Any:
        return self.result[key]

    def names(self) -> list[str]:
        return [device["name"] for device in self.result["devices"]]

    def statuses(self) -> dict[str, str]:
        return {entry["name"]: entry["status"] for entry in self.result["results"]}


@dataclass
class Platform:
    """The simulator, and modules that are run against it."""

    simulator: Simulator
    data: Path

    @property
    def url(self) -> str:
        return self.simulator.url

    @property
    def token(self) -> str:
        return self.simulator.token

    @property
    def port(self) -> int:
        return int(urlsplit(self.url).port or 0)

    def call(
        self, module: str, *, check: bool = False, bare: bool = False, **params: Any
    ) -> Called:
        """A module as AnsibleModule runs it. `bare` leaves the connection to the environment."""
        given: dict[str, Any] = params if bare else {"url": self.url, "token": self.token, **params}
        given = {
            "_ansible_check_mode": check,
            "_ansible_diff": True,
            "_ansible_verbosity": 5,
            **given,
        }
        main = importlib.import_module(f"{MODULES}.{module}").main
        logged: list[str] = []
        output = io.StringIO()
        with (
            patch_module_args(given),
            mock.patch.object(
                AnsibleModule, "_log_to_syslog", lambda _self, text: logged.append(text)
            ),
            contextlib.redirect_stdout(output),
            contextlib.suppress(SystemExit),
        ):
            main()
        result: Result = json.loads(output.getvalue())
        assert "exception" not in result or not result["exception"], result
        return Called(result, "\n".join(logged))

    def ok(self, module: str, **params: Any) -> Called:
        """The same, where it must not fail, nor warn."""
        called = self.call(module, **params)
        assert not called.failed, called.result
        assert not called.result.get("warnings"), called.result
        return called

    def fails(self, module: str, **params: Any) -> Called:
        """The same, where it must fail. Every failure says the same things."""
        called = self.call(module, **params)
        assert called.failed, called.result
        assert isinstance(called.result["errors"], dict)
        assert called.result["status"] is None or isinstance(called.result["status"], int)
        assert called.msg
        return called

    def threaded(self, module: str, **params: Any) -> Called:
        """The module's `run()`, for many threads at once."""
        entry = importlib.import_module(f"{MODULES}.{module}")
        connection = importlib.import_module(f"{UTILS}._connection")
        options = importlib.import_module(f"{UTILS}._connection_options")
        client = importlib.import_module(f"{UTILS}._client")
        errors = importlib.import_module(f"{UTILS}._errors")
        spec = {**options.argument_spec(), **entry.SPEC}
        checked = ArgumentSpecValidator(spec).validate(
            {"url": self.url, "token": self.token, **params}
        )
        assert not checked.error_messages, checked.error_messages
        given = checked.validated_parameters
        try:
            with client.Client(connection.Connection.from_params(given)) as open_client:
                return Called(entry.run(given, open_client))
        except errors.ZqError as error:
            return Called({"failed": True, **error.to_dict()})

    def writes(self) -> list[dict[str, Any]]:
        return [request for request in self.simulator.log() if request["method"] != "GET"]

    def methods(self) -> list[str]:
        return [request["method"] for request in self.simulator.log()]

    def bodies(self, method: str) -> list[Any]:
        return [request["body"] for request in self.simulator.log() if request["method"] == method]

    def seed(self, *devices: str | dict[str, Any], **more: Any) -> None:
        """Devices by name, of type 5 and organization 1 where not said; then the log is empty."""
        given = [{"name": device} if isinstance(device, str) else device for device in devices]
        self.simulator.seed(
            devices=[{"type": 5, "organization_id": 1, **device} for device in given], **more
        )
        self.simulator.clear_log()

    def exists(self, name: str) -> bool:
        return any(device["name"] == name for device in self.all())

    def all(self) -> list[dict[str, Any]]:
        """What the platform has. Ends every fault; the log has these reads at its end."""
        self.simulator.clear_faults()
        found: list[dict[str, Any]] = []
        while True:
            page = self._plain(f"/inventory_device_name/?limit=100&offset={len(found)}")
            found += page["results"]
            if not page["next"]:
                return found

    def _plain(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(
            "GET", urlsplit(self.url).path + path, headers={"Authorization": f"Bearer {self.token}"}
        )
        body = json.load(connection.getresponse())
        connection.close()
        return body

    def device(self, name: str) -> dict[str, Any]:
        """One device with all its fields, as the platform has it."""
        return dict(self.simulator.device(name)["device"])


@dataclass
class Played:
    """One run of ansible-playbook."""

    code: int
    stdout: str
    stderr: str
    results: list[dict[str, Any]]
    folder: Path

    def __getitem__(self, task: str) -> Result:
        """The result of the task of this name."""
        found = [entry for entry in self.results if entry["task"] == task]
        assert len(found) == 1, (
            task,
            [entry["task"] for entry in self.results],
            self.stdout,
            self.stderr,
        )
        return dict(found[0]["result"])

    def status(self, task: str) -> str:
        return next(str(entry["status"]) for entry in self.results if entry["task"] == task)

    def text(self) -> str:
        return self.stdout + self.stderr


@dataclass
class Playbook:
    """ansible-playbook on this machine alone, in a folder of its own."""

    platform: Platform
    folder: Path
    runs: int = 0

    def __call__(
        self,
        *tasks: dict[str, Any],
        play: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        succeeds: bool | None = True,
        in_process: bool = False,
    ) -> Played:
        """`play` is merged into the only play. `succeeds=None` takes what comes. Modules run as modules, where not said otherwise."""
        self.runs += 1
        folder = self.folder / f"run {self.runs}"
        home = folder / "home"
        home.mkdir(parents=True)
        book = [
            {
                "name": "Acceptance",
                "hosts": "all",
                "gather_facts": False,
                "tasks": list(tasks),
                **(play or {}),
            }
        ]
        (folder / "play.yml").write_text(json.dumps(book), encoding="utf-8")
        (folder / "hosts.yml").write_text(
            json.dumps(
                {
                    "all": {
                        "hosts": {"localhost": None},
                        "vars": {
                            "ansible_connection": "local",
                            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                            "zq_in_process": in_process,
                        },
                    }
                }
            ),
            encoding="utf-8",
        )
        results = folder / "results.jsonl"
        environment = {
            **clean_environment(),
            "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
            "HOME": str(home),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "ansible" / "remote"),
            "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "acceptance_record",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "ACCEPTANCE_RESULTS": str(results),
            "ZQ_URL": self.platform.url,
            "ZQ_TOKEN": self.platform.token,
            **(env or {}),
        }
        done = warm.run(
            [str(BIN / "ansible-playbook"), "-i", "hosts.yml", "play.yml", *options],
            cwd=folder,
            env=environment,
            timeout=240,
        )
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        played = Played(
            done.returncode, done.stdout, done.stderr, [json.loads(line) for line in lines], folder
        )
        if succeeds is not None:
            assert (played.code == 0) is succeeds, played.text()
        assert "[WARNING]" not in played.text(), played.text()
        assert "[DEPRECATION WARNING]" not in played.text(), played.text()
        return played


def task(module: str, name: str | None = None, /, **arguments: Any) -> dict[str, Any]:
    """A task of a playbook; a keyword that ends in _ is one of the task, not of the module. `ignore` takes a failure."""
    ignore = arguments.pop("ignore", False)
    of_task = {key[:-1]: value for key, value in arguments.items() if key.endswith("_")}
    of_module = {key: value for key, value in arguments.items() if not key.endswith("_")}
    made = {f"zequenze.control.{module}": of_module, "ignore_errors": ignore, **of_task}
    return {"name": name, **made} if name else made


class _Handler(BaseHTTPRequestHandler):
    """Hands a request on to the simulator, as a proxy or as a front of it."""

    protocol_version = "HTTP/1.1"
    server: Relay

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the standard library names it
        """Nothing is printed."""

    def _record(self) -> None:
        peer = self.request.getpeercert() if isinstance(self.request, ssl.SSLSocket) else None
        self.server.seen.append(Seen(self.command, self.path, dict(self.headers.items()), peer))

    def do_GET(self) -> None:
        self._record()
        if self.server.answer is not None:
            status, headers, body = self.server.answer
        else:
            status, headers, body = self._forward()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _forward(self) -> tuple[int, dict[str, str], bytes]:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        path = target.path + (f"?{target.query}" if target.query else "")
        hop = {"host", "connection", "proxy-authorization", "proxy-connection", "content-length"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in hop}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        try:
            connection.request(self.command, path, body or None, headers)
            answer = connection.getresponse()
            return (
                answer.status,
                {"Content-Type": answer.getheader("Content-Type", "")},
                answer.read(),
            )
        finally:
            connection.close()

    def do_CONNECT(self) -> None:
        self._record()
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as far:
            self.send_response(200)
            self.end_headers()
            pair = {self.connection: far, far: self.connection}
            while True:
                ready, _, _ = select.select(list(pair), [], [], 30)
                data = [(pair[end], end.recv(65536)) for end in ready]
                if not data or any(not chunk for _end, chunk in data):
                    break
                for end, chunk in data:
                    end.sendall(chunk)
        self.close_connection = True


@dataclass(frozen=True)
class Seen:
    """A request as it came to a relay."""

    method: str
    target: str
    headers: dict[str, str]
    peer: Mapping[str, Any] | None = None


class Relay(ThreadingHTTPServer):
    """A recording HTTP proxy on loopback; with `tls` a front that speaks TLS; with `answer` one that answers by itself."""

    daemon_threads = True

    def __init__(
        self,
        target: int,
        tls: ssl.SSLContext | None = None,
        answer: tuple[int, dict[str, str], bytes] | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.tls, self.answer = target, tls, answer
        self.seen: list[Seen] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off, or whose certificate is refused, is what some tests are about."""


@contextlib.contextmanager
def serving(relay: Relay) -> Iterator[Relay]:
    """The relay, at work as long as the block takes."""
    thread = threading.Thread(
        target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()
        thread.join(5)


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api/v1"


def closed() -> str:
    """An address on which nothing listens."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        port = server.server_address[1]
    return f"http://127.0.0.1:{port}/api/v1"
