# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an upgrade is rehearsed: a folder with an installed collection, beside a platform."""

from __future__ import annotations

import json
import subprocess
import tarfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.testing import Simulator
from tools.clean_install import Place
from tools.common import Failed

SPEED = 120
OLD, NEW = "1.4.2", "2.0.0"
IMAGE = 18
# Each trial has an organization of its own.
DECLARED, PLAYBOOK, FIRMWARE, ROTATION, STATUS, ONBOARDING, EVENTS = range(1, 8)
# What tells of a mistake in the code, whatever the exit code is.
CRASHES = ("Traceback (most recent call last)", "An exception occurred", "MODULE FAILURE")


def _devices(organization: int, count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": f"cpe-{organization}-{number:02d}",
            "type": 9,
            "organization_id": organization,
            "serial_number": f"SN{organization:03d}{number:05d}",
            "location_name": f"Site {number % 3}",
            "status": "Up",
            "software_version": OLD,
            "username": f"u-{organization}-{number}",
            "password": f"Rw6-{organization}-{number}-first",
            **more,
        }
        for number in range(1, count + 1)
    ]


FLEET: dict[str, Any] = {
    "types": [{"id": 9, "name": "Router", "short_name": "router"}],
    "images": {"17": OLD, str(IMAGE): NEW},
    "behaviours": {
        "default": {
            "boot_seconds": 60,
            "download_seconds": 60,
            "first_connect_after": 30,
            "reports": {"software_version": OLD},
        }
    },
    "devices": [
        *_devices(DECLARED, 6),
        *_devices(PLAYBOOK, 3),
        *_devices(FIRMWARE, 8),
        *_devices(ROTATION, 6),
        *_devices(STATUS, 3, status="Down", pending_settings="configuration_sync"),
        *_devices(EVENTS, 2),
    ],
}


@dataclass(frozen=True)
class Site:
    """Somebody's folder, and the platform."""

    there: Place
    platform: Simulator

    @property
    def folder(self) -> Path:
        return self.there.folder

    def install(self, tarball: Path) -> None:
        """Install a tarball over what is there, as one does who has the file. Raises Failed."""
        where = ("-p", str(self.folder / "collections"))
        self.program("ansible-galaxy", "collection", "install", str(tarball), "--force", *where)
        with tarfile.open(tarball) as archive:
            listed = archive.extractfile("FILES.json")
            meant = listed.read() if listed else b""
        # Of the same version, ansible-galaxy could leave what is there.
        expect((self.there.collection / "FILES.json").read_bytes() == meant, "it is not installed")

    def program(self, name: str, *arguments: str, code: int = 0) -> str:
        """Run one of Ansible's programs. Returns what it printed; raises Failed.

        code: that it has to end with.
        """
        done = subprocess.run(
            [self.there.programs / name, *arguments],
            cwd=self.folder,
            env=self.there.env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        shown = f"{name} {' '.join(arguments)}\n{done.stdout}"
        if crash := next((one for one in CRASHES if one in done.stdout), ""):
            raise Failed(f"{crash!r} in what was printed by: {shown}")
        if done.returncode != code:
            raise Failed(f"ended with {done.returncode}, and not with {code}: {shown}")
        return done.stdout

    def play(self, name: str, *options: str, code: int = 0, **variables: Any) -> str:
        """Run a playbook of the collection; variables go without its name before them."""
        prefix = {"onboard": "onboarding", "rotate_credentials": "credential_rotation"}
        given = {f"{prefix.get(name, name)}_{key}": value for key, value in variables.items()}
        playbook = f"zequenze.control.{name}"
        extra = ("-e", json.dumps(given))
        return self.program("ansible-playbook", playbook, *extra, *options, code=code)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def json(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.text(name)))

    def writes(self, organization: int) -> list[tuple[str, dict[str, Any]]]:
        """Name and body of each PATCH to the devices of an organization, since the beginning."""
        found = []
        for entry in self.platform.log(method="PATCH"):
            name = entry["path"].rstrip("/").rpartition("/")[2]
            if name.startswith(f"cpe-{organization}-"):
                found.append((name, entry["body"] or {}))
        return found


def expect(condition: object, text: str) -> None:
    """Raises Failed with the text where the condition does not hold."""
    if not condition:
        raise Failed(text)


class Trial(ABC):
    """One kind of what is written, and how it is read."""

    name: str

    @abstractmethod
    def write(self, site: Site) -> None:
        """With the older version."""

    @abstractmethod
    def read(self, site: Site) -> str:
        """With the newer one. Returns what came of it; raises Failed."""
