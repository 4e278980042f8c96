# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is published: to a Galaxy on this machine that takes anything, and what stands against it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tools.common import Failed, run
from tools.publish import problems, publish

ARTIFACTS = "/api/v3/artifacts/collections/"
TASK = "/api/v3/imports/collections/7/"
DONE = {"state": "completed", "started_at": "2026", "finished_at": "2026", "messages": []}
TOKEN = "galaxy-token-of-the-test"


class Galaxy(BaseHTTPRequestHandler):
    """Knows what ansible-galaxy asks when it publishes."""

    received: dict[str, Any]

    def answer(self, status: int, body: dict[str, Any]) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def do_GET(self) -> None:
        self.answer(200, DONE if TASK in self.path else {"available_versions": {"v3": "v3/"}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.update(path=self.path, token=self.headers["Authorization"], body=body)
        self.answer(202, {"task": TASK})

    def log_message(self, *args: Any) -> None:
        del args


@pytest.fixture
def galaxy() -> Iterator[ThreadingHTTPServer]:
    Galaxy.received = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Galaxy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "galaxy.yml").write_text("version: 1.2.3\n")
    (tmp_path / "changelogs" / "fragments").mkdir(parents=True)
    (tmp_path / "changelogs" / "changelog.yaml").write_text("releases: {1.2.3: {}}\n")
    manifest = json.dumps(
        {"collection_info": {"namespace": "zequenze", "name": "control", "version": "1.2.3"}}
    ).encode()
    with tarfile.open(tmp_path / "zequenze-control-1.2.3.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("MANIFEST.json")
        member.size = len(manifest)
        archive.addfile(member, io.BytesIO(manifest))
    return tmp_path


def test_it_is_published_with_a_token_that_no_program_is_started_with(
    galaxy: ThreadingHTTPServer, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[Any]] = []

    def seen(command: list[Any], **how: Any) -> None:
        commands.append(command)
        run(command, **how)

    monkeypatch.setattr("tools.publish.run", seen)
    given = {
        "TAG": "1.2.3",
        "GALAXY_TOKEN": TOKEN,
        "GALAXY_SERVER": f"http://127.0.0.1:{galaxy.server_port}/api/",
    }
    assert publish(source, source, given) == "zequenze-control-1.2.3.tar.gz"
    assert Galaxy.received["path"] == ARTIFACTS
    assert Galaxy.received["token"] == f"Token {TOKEN}"
    tarball = (source / "zequenze-control-1.2.3.tar.gz").read_bytes()
    assert hashlib.sha256(tarball).hexdigest().encode() in Galaxy.received["body"]
    assert TOKEN not in str(commands)


def test_all_that_stands_against_it_is_said_at_once(source: Path) -> None:
    (source / "changelogs" / "fragments" / "a.yml").write_text("bugfixes: [a]\n")
    (source / "changelogs" / "changelog.yaml").write_text("releases: {}\n")
    with pytest.raises(Failed, match="not published") as failed:
        publish(source, source / "nowhere", {"TAG": "1.2.4"})
    lines = str(failed.value).splitlines()
    assert len(lines) == 6
    assert "the tag is 1.2.4, version in galaxy.yml 1.2.3" in lines[1]
    assert "GALAXY_TOKEN is not set" in lines[2]
    assert "make build" in lines[3]
    assert "does not know 1.2.3" in lines[4]
    assert "1 fragments are in no release" in lines[5]


def test_without_a_tag_nothing_is_published(source: Path) -> None:
    tarball = source / "zequenze-control-1.2.3.tar.gz"
    said = list(problems(source, tarball, {"GALAXY_TOKEN": TOKEN}))
    assert [one for one in said if "TAG is not set" in one] == said
