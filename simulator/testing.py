# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator for tests and tools: started in a process of its own, and driven from outside.

Needs only the standard library here; the process needs what requirements.txt names.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any


class SimulatorError(Exception):
    """What the simulator could not do; the text says why."""


class StartError(SimulatorError):
    """It did not start. What it said is on the standard error that it shares with this process."""


class ControlError(SimulatorError):
    """The control endpoint refused."""


def _needs_empty(options: Sequence[str]) -> bool:
    """Tests and tools say which devices they want; the example fleet is for people."""
    given = {option.partition("=")[0] for option in options}
    return not given & {"--seed", "--devices", "--empty"}


class Simulator:
    """A context manager.

    options: those of the command line. example: with the example fleet; otherwise it starts empty
    where no option names a fleet. python: must have the simulator's requirements.
    environment: of its process; this one's by default. start_timeout: seconds.
    """

    url: str
    token: str
    control_url: str
    pid: int

    def __init__(
        self,
        *options: str,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
        start_timeout: float = 60,
        example: bool = False,
    ) -> None:
        self._command: Sequence[str] = [
            python,
            "-m",
            "simulator",
            "--exit-with-parent",
            "--quiet",
            *options,
        ]
        if not example and _needs_empty(options):
            self._command = [*self._command, "--empty"]
        self._environment = os.environ if environment is None else environment
        self._timeout = start_timeout
        self._process: subprocess.Popen[bytes] | None = None
        # Never through a proxy: this is always the same machine.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Raises StartError."""
        root = str(Path(__file__).resolve().parent.parent)
        found = self._environment.get("PYTHONPATH")
        path = os.pathsep.join(part for part in (root, found) if part)
        own = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        with tempfile.TemporaryDirectory(prefix="zq-simulator-facts-") as folder:
            file = Path(folder) / "facts.json"
            # In a session of its own, Ctrl-C reaches it only through us, once what uses it is done.
            self._process = subprocess.Popen(
                [*self._command, "--facts", str(file)],
                env={**self._environment, **own},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            facts = self._facts(self._process, file)
        self.url, self.token = facts["url"], facts["token"]
        self.control_url, self.pid = facts["control_url"], facts["pid"]

    def _facts(self, process: subprocess.Popen[bytes], file: Path) -> dict[str, Any]:
        deadline = time.monotonic() + self._timeout
        while not file.exists():
            if process.poll() is not None:
                raise StartError(f"the simulator did not start (exit {process.returncode})")
            if time.monotonic() > deadline:
                self.stop()
                raise StartError(f"the simulator did not start in {self._timeout:g} seconds")
            time.sleep(0.02)
        return dict(json.loads(file.read_text(encoding="utf-8")))

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def control(
        self,
        method: str,
        path: str,
        json_body: Any = None,
        query: dict[str, Any] | None = None,
        timeout: float = 120,
    ) -> Any:
        """One call of the control endpoint; `path` is relative to it, as in "clock/".

        timeout: seconds. Raises ControlError.
        """
        target = self.control_url + urllib.parse.quote(path)
        if query:
            target += "?" + urllib.parse.urlencode(query)
        data = None if json_body is None else json.dumps(json_body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(target, data, headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise ControlError(f"{method} {path}: {error.code} {text}") from None

    def reset(self) -> None:
        self.control("POST", "reset/")

    @property
    def fleet_url(self) -> str:
        """The live page, as an address that opens in a browser: it carries the token."""
        page = urllib.parse.urljoin(self.control_url, "/fleet/")
        return f"{page}?{urllib.parse.urlencode({'token': self.token})}"

    def seed(self, **seed: Any) -> int:
        """Keys as POST /control/seed/ takes them. The number of devices made."""
        # A large fleet takes minutes.
        return int(self.control("POST", "seed/", seed, timeout=600)["devices"])

    def fault(self, kind: str, **spec: Any) -> int:
        return int(self.control("POST", "faults/", {"kind": kind, **spec})["id"])

    def faults(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "faults/")["faults"])

    def clear_faults(self) -> None:
        self.control("DELETE", "faults/")

    def log(self, **query: Any) -> list[dict[str, Any]]:
        """`since`, `method`, `path`."""
        return list(self.control("GET", "log/", query=query)["requests"])

    def clear_log(self) -> None:
        self.control("DELETE", "log/")

    @contextmanager
    def recorded(self) -> Iterator[list[dict[str, Any]]]:
        """The requests made inside the block: the list is filled when it ends."""
        since = int(self.control("GET", "log/", query={"path": "^$"})["last"])
        requests: list[dict[str, Any]] = []
        try:
            yield requests
        finally:
            requests.extend(self.log(since=since))

    def operations(self, **query: Any) -> list[dict[str, Any]]:
        return list(self.control("GET", "operations/", query=query)["operations"])

    def events(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "events/")["events"])

    def clock(self, **change: Any) -> dict[str, Any]:
        """`speed`, `advance`; without either it only looks."""
        return dict(
            self.control("POST", "clock/", change) if change else self.control("GET", "clock/")
        )

    def settings(self, **change: Any) -> dict[str, Any]:
        return dict(
            self.control("POST", "settings/", change)
            if change
            else self.control("GET", "settings/")
        )

    def add_token(
        self, token: str, organizations: list[int] | None = None, *, read_only: bool = False
    ) -> None:
        self.control(
            "POST",
            "tokens/",
            {"token": token, "organizations": organizations, "read_only": read_only},
        )

    def device(self, name: str, **change: Any) -> dict[str, Any]:
        """The internals of one device, after a change by hand where one is given."""
        path = f"device/{name}/"
        return dict(self.control("PATCH", path, change) if change else self.control("GET", path))

    def password_is(self, name: str, password: str) -> bool:
        return bool(
            self.control("POST", "check_password/", {"name": name, "password": password})["matches"]
        )
