# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is half way: a rollout, a rotation of passwords; the vault files of passwords."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import yaml

from tools.upgrade import site as at
from tools.upgrade.site import Site, Trial, expect

VAULT_PASSWORD = "Rw6-of-the-vault"  # noqa: S105 - of a folder that is removed
ENTRIES = "onboarding_credentials"


def entries(site: Site, file: str) -> dict[str, dict[str, Any]]:
    """The entries of a vault file by name, decrypted by ansible-vault itself."""
    text = site.program("ansible-vault", "view", file, "--vault-password-file", "vault-password")
    return {entry["name"]: entry for entry in yaml.safe_load(text)[ENTRIES]}


class Rollout(Trial):
    """A firmware rollout that was approved, and is paused after its first waves."""

    name = "a rollout half way"
    given: ClassVar[dict[str, Any]] = {
        "image": at.IMAGE,
        "version": at.NEW,
        "filter": {"organization": at.FIRMWARE},
        "canaries": [f"cpe-{at.FIRMWARE}-01"],
        "waves": ["40%", "100%"],
        "pause_after": [2],
        "report_dir": "reports/firmware",
        "speed": at.SPEED,
    }

    def write(self, site: Site) -> None:
        site.play("firmware_rollout", "--check", **self.given)
        digest = site.json("reports/firmware/report.json")["plan_digest"]
        site.write("rollout-digest", digest)
        site.play("firmware_rollout", **self.given, expected_plan_digest=digest)
        expect(0 < len(self._sent(site)) < 8, f"not half way: {self._sent(site)}")

    def read(self, site: Site) -> str:
        before = self._sent(site)
        digest = site.text("rollout-digest")
        said = site.play("firmware_rollout", **self.given, expected_plan_digest=digest)
        after = self._sent(site)
        expect(set(after.values()) == {1}, f"sent more than once: {after}")
        expect(len(after) == 8, f"not all were sent it: {after}\n{said}")
        report = site.json("reports/firmware/report.json")
        expect(report["state"] == "finished", f"it is {report['state']}:\n{said}")
        more = len(after) - len(before)
        return f"{len(before)} devices were sent the image before, {more} after, none of them twice"

    @staticmethod
    def _sent(site: Site) -> Counter[str]:
        writes = site.writes(at.FIRMWARE)
        return Counter(name for name, body in writes if body.get("firmware_image_is_pending"))


class Rotation(Trial):
    """A rotation of passwords that one device has halted."""

    name = "a rotation half way, and its vault file"
    failing = f"cpe-{at.ROTATION}-02"
    given: ClassVar[dict[str, Any]] = {
        "filter": {"organization": at.ROTATION},
        "vault_file": "rotated.yml",
        "vault_password_file": "vault-password",
        "canaries": [f"cpe-{at.ROTATION}-01", failing],
        "waves": ["100%"],
        "timeout": 1200,
        "report_dir": "reports/rotation",
        "speed": at.SPEED,
        "interval": 30,
    }

    def write(self, site: Site) -> None:
        site.write("vault-password", f"{VAULT_PASSWORD}\n")
        known = [
            {
                "name": f"cpe-{at.ROTATION}-{number:02d}",
                "username": f"u-{at.ROTATION}-{number}",
                "password": f"Rw6-{at.ROTATION}-{number}-first",
            }
            for number in range(1, 7)
        ]
        site.write("rotated.yml", yaml.safe_dump({ENTRIES: known}))
        secret = ("--vault-password-file", "vault-password")
        site.program("ansible-vault", "encrypt", "rotated.yml", *secret)
        site.platform.device(self.failing, behaviour={"fail": ["password"]})
        site.play("rotate_credentials", **self.given, code=2)
        expect(0 < len(self._sent(site)) < 6, f"not half way: {self._sent(site)}")

    def read(self, site: Site) -> str:
        before, known = self._sent(site), entries(site, "rotated.yml")
        said = site.play("rotate_credentials", **self.given, max_failures=1)
        after, now = self._sent(site), entries(site, "rotated.yml")
        expect(all(after[name] == count for name, count in before.items()), f"{before}, {after}")
        others = {name: count for name, count in after.items() if name not in before}
        expect(set(others.values()) == {1} and len(after) == 6, f"{after}\n{said}")
        for name, entry in now.items():
            same = entry["password"] == known[name]["password"]
            expect(same == (name in before), f"{name} has the wrong password in the vault file")
            holds = site.platform.password_is(name, entry["password"])
            expect(holds, f"{name} has another password than the vault file")
        return f"{len(before)} were sent a password before, {len(others)} after, none of them twice"

    @staticmethod
    def _sent(site: Site) -> Counter[str]:
        return Counter(name for name, body in site.writes(at.ROTATION) if "password" in body)


class Onboarding(Trial):
    """A list of devices, and the vault file of the passwords that were made for them."""

    name = "an onboarding's vault file"
    given: ClassVar[dict[str, Any]] = {
        "file": "new.csv",
        "vault_file": "made.yml",
        "vault_password_file": "vault-password",
        "report_dir": "reports/onboarding",
        "wait": True,
        "wait_interval": 1,
        "speed": at.SPEED,
    }

    looked_at: ClassVar[dict[str, Any]] = {
        "filter": {"organization": at.ONBOARDING},
        "vault_file": "made.yml",
        "vault_password_file": "vault-password",
    }

    def write(self, site: Site) -> None:
        site.write("vault-password", f"{VAULT_PASSWORD}\n")
        self._list(site, 3)
        site.play("onboard", **self.given)

    def read(self, site: Site) -> str:
        before = entries(site, "made.yml")
        self._list(site, 4)
        site.play("onboard", **self.given)
        after = entries(site, "made.yml")
        expect(len(before) == 3 and len(after) == 4, f"{len(before)} entries became {len(after)}")
        expect({**after, **before} == after, "an entry was changed")
        for name, entry in after.items():
            holds = site.platform.password_is(name, entry["password"])
            expect(holds, f"{name} has another password than the vault file")
        site.play("status", **self.looked_at)
        return "its 3 entries are as they were, and a device of a longer list was added"

    @staticmethod
    def _list(site: Site, count: int) -> None:
        rows = [
            f"cpe-{at.ONBOARDING}-{number:02d},router,{at.ONBOARDING},SN6{number:05d},u-{number}"
            for number in range(1, count + 1)
        ]
        site.write("new.csv", "\n".join(["name,type,organization,serial_number,username", *rows]))


class Maintenance(Trial):
    """The report of a maintenance, written over by the next one."""

    name = "a maintenance's report"
    given: ClassVar[dict[str, Any]] = {
        "action": "sync",
        "filter": {"organization": at.DECLARED},
        "wait_interval": 1,
        "report_dir": "reports/maintenance",
    }

    def write(self, site: Site) -> None:
        site.play("maintenance", **self.given)

    def read(self, site: Site) -> str:
        before = site.json("reports/maintenance/maintenance.json")
        site.play("maintenance", **self.given)
        after = site.json("reports/maintenance/maintenance.json")
        expect(set(before) <= set(after), f"no longer there: {sorted(set(before) - set(after))}")
        return "it is written over, with all that was in it"


WAVES: tuple[Trial, ...] = (Onboarding(), Rollout(), Rotation(), Maintenance())
