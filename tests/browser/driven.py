# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Chromium that is driven: one page, over the pipe of its own protocol, which needs nothing but the standard library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.browser.chromium import OPTIONS, PICTURES, chromium

PATIENCE = 30
# Chromium reads its third and writes its fourth file.
STARTER = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"


class Browser:
    """A context manager with one page. console: what was said there, and what went wrong in it."""

    def __init__(self, profile: Path) -> None:
        self.console: list[str] = []
        self._profile = profile
        self._number = 0
        self._session = ""
        self._rest = b""

    def __enter__(self) -> Browser:
        read, self._write = os.pipe()
        self._read, write = os.pipe()
        options = [
            *OPTIONS,
            f"--user-data-dir={self._profile}",
            "--remote-debugging-pipe",
            "about:blank",
        ]
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read, write)]
        command = [sys.executable, "-c", STARTER, *map(str, ends), chromium(), *options]
        self._process = subprocess.Popen(
            command, pass_fds=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for end in (read, write, *ends):
            os.close(end)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, and its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, told
                return dict(told["result"])
            self._note(told)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._read, 1 << 20)
            assert more, "Chromium is gone"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, told: dict[str, Any]) -> None:
        parameters = told.get("params", {})
        if told.get("method") == "Runtime.exceptionThrown":
            self.console.append(str(parameters["exceptionDetails"].get("exception", parameters)))
        elif told.get("method") == "Log.entryAdded":
            self.console.append(
                f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}"
            )
        elif told.get("method") == "Runtime.consoleAPICalled":
            self.console.append(str(parameters["args"]))

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        told = self.call(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def until(self, script: str, seconds: float = PATIENCE) -> Any:
        """The same, once it is something."""
        deadline = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < deadline, (
                f"not in {seconds} s: {script}; the page shows {self.run('document.body.innerText')}"
            )
            time.sleep(0.1)
        return value

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.until(
            f"location.href.startsWith({json.dumps(address)}) && document.readyState === 'complete'"
        )

    def window(self, width: int, height: int, theme: str = "light") -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": theme}],
        )

    def photograph(self, name: str) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        picture = PICTURES / f"{name}.png"
        picture.write_bytes(base64.b64decode(data))
        return picture
