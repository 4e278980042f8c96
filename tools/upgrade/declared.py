# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared, planned, looked at and cached."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, ClassVar

from tools.upgrade import site as at
from tools.upgrade.site import Site, Trial, expect

EXAMPLES = ("demo/devices", "gitops/devices", "names/all")
CACHED = """\
plugin: zequenze.control.zq_inventory
filters: {organization: 2}
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: cache
cache_timeout: 3600
"""


def changed(said: str) -> int:
    """How many tasks have changed something, by the recap of a run."""
    return sum(map(int, re.findall(r"\bchanged=(\d+)", said)))


class Folders(Trial):
    """Folders of declared devices: those that are shipped as examples, and an export."""

    name = "folders of declared devices"

    def write(self, site: Site) -> None:
        shutil.copytree(site.there.collection / "docs" / "examples", site.folder / "examples")
        site.write("as-read.json", json.dumps([self._looked_up(site, one) for one in EXAMPLES]))
        site.play("export", path="exported", scope={"organization": at.STATUS})

    def read(self, site: Site) -> str:
        before = json.loads(site.text("as-read.json"))
        for name, was in zip(EXAMPLES, before, strict=True):
            expect(self._looked_up(site, name) == was, f"{name} is read otherwise than before")
        scope = {"organization": at.STATUS}
        site.play("drift", path="exported", scope=scope)
        again = site.play("reconcile", "--check", path="exported", scope=scope)
        expect(not changed(again), f"a folder that was exported is not what it was:\n{again}")
        return f"{len(EXAMPLES)} are read as before, and an export is no change"

    @staticmethod
    def _looked_up(site: Site, folder: str) -> str:
        path = f"examples/{folder}"
        template = f"{{{{ lookup('zequenze.control.zq_desired_state', '{path}') | to_json }}}}"
        return site.program("ansible", "localhost", "-m", "debug", "-a", f'msg="{template}"')


class Plan(Trial):
    """A plan that was reviewed, its report, and the journal of what was applied before."""

    name = "a plan, its report and a journal"
    given: ClassVar[dict[str, Any]] = {
        "path": "devices",
        "scope": {"organization": at.DECLARED},
        "state": "overridden",
        "journal_file": "journal",
        "plan_file": "plan.json",
        "report_dir": "reports/reconcile",
        "max_deletes": 1,
    }

    def write(self, site: Site) -> None:
        self._declare(site, range(1, 7), "First")
        site.play("reconcile", **self.given)
        self._declare(site, (1, 2, 3, 4, 5, 7), "Second")
        site.play("reconcile", "--check", **self.given)
        shutil.copy(site.folder / "journal", site.folder / "journal-before")

    def read(self, site: Site) -> str:
        given = {**self.given, "expected_plan_digest": site.json("plan.json")["plan_digest"]}
        first = f"cpe-{at.DECLARED}-01"
        site.platform.device(first, description="By hand")
        said = site.play("reconcile", **given, code=2)
        expect(f"{first}: has changed since in description" in said, said)
        site.platform.device(first, description="First: 1")
        said = site.play("reconcile", **given)
        expect("applied: " in said, said)
        before, after = site.text("journal-before"), site.text("journal")
        expect(after.startswith(before), "the journal does not begin with what was in it")
        added = [json.loads(line) for line in after.removeprefix(before).splitlines()]
        keys = {key for line in before.splitlines() for key in json.loads(line)}
        expect(keys <= {key for line in added for key in line}, f"keys of the journal: {added}")
        again = site.play("reconcile", **self.given)
        expect(not changed(again), f"applied again, something was changed:\n{again}")
        return (
            "the plan was refused after a change by hand, then applied by its digest;"
            f" {len(added)} lines were added to the journal"
        )

    @staticmethod
    def _declare(site: Site, numbers: Any, description: str) -> None:
        devices = [
            {
                "name": f"cpe-{at.DECLARED}-{number:02d}",
                "serial_number": f"SN{at.DECLARED:03d}{number:05d}",
                "description": f"{description}: {number}",
            }
            for number in numbers
        ]
        defaults = {"organization_id": at.DECLARED, "type": "router"}
        site.write("devices/all.yml", json.dumps({"defaults": defaults, "devices": devices}))
        policy = {"name": "^cpe-", "required": ["serial_number"], "unique": ["description"]}
        site.write("devices/policy.yml", json.dumps(policy))


class Playbook(Trial):
    """Tasks of the user's own."""

    name = "a playbook"

    def write(self, site: Site) -> None:
        site.write("site.yml", Path(__file__).with_name("site.yml").read_text(encoding="utf-8"))
        site.program("ansible-playbook", "site.yml")

    def read(self, site: Site) -> str:
        # An operation is a change each time.
        said = site.program("ansible-playbook", "site.yml")
        expect(changed(said) == 1, f"what was declared is declared anew:\n{said}")
        return "it runs, and what it declares is declared already"


class InventoryCache(Trial):
    """The answer of the platform, kept for an inventory."""

    name = "the cache of an inventory"

    def write(self, site: Site) -> None:
        site.write("cached.zq.yml", CACHED)
        hosts = self._hosts(site)
        site.write("hosts.json", json.dumps(hosts))

    def read(self, site: Site) -> str:
        with site.platform.recorded() as requests:
            hosts = self._hosts(site)
        expect(hosts == json.loads(site.text("hosts.json")), f"other hosts than before: {hosts}")
        return "it is used as it is" if not requests else f"{len(requests)} requests renew it"

    @staticmethod
    def _hosts(site: Site) -> dict[str, Any]:
        listed = site.program("ansible-inventory", "-i", "cached.zq.yml", "--list")
        return dict(json.loads(listed[listed.index("{") :])["_meta"]["hostvars"])


class Status(Trial):
    """A look at the fleet: since when a device is pending is known from the look before."""

    name = "a status report"
    given: ClassVar[dict[str, Any]] = {
        "filter": {"organization": at.STATUS},
        "pending_after": 60,
        "report_dir": "reports/status",
    }

    def write(self, site: Site) -> None:
        site.play("status", **self.given)
        site.write("first-seen.json", json.dumps(self._first_seen(site)))

    def read(self, site: Site) -> str:
        site.play("status", **self.given)
        before, after = json.loads(site.text("first-seen.json")), self._first_seen(site)
        expect(before["pending"], "no device was seen to be pending")
        expect(after["pending"] == before["pending"], f"{before} became {after}")
        return f"{len(after['pending'])} devices are pending since they were first seen so"

    @staticmethod
    def _first_seen(site: Site) -> dict[str, Any]:
        return dict(site.json("reports/status/status.json")["first_seen"])


DECLARED: tuple[Trial, ...] = (Playbook(), Folders(), Plan(), InventoryCache(), Status())
