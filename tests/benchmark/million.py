# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A million devices, by organization: the playbook `reconcile` over an inventory of organizations, in
slices, each of them a job of ansible-runner as AWX starts it; beside one organization alone.
"""

from __future__ import annotations

import json
import statistics
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmark import fleet
from tests.benchmark.bench import Bench, Run, page_server
from tests.benchmark.organizations_server import name_of
from tests.benchmark.results import Requirement, Results, Sizes, Table
from tests.benchmark.server import REQUESTS
from tools.common import Failed, say

LATENCY = 0.005
ORGANIZATIONS = 1_000  # of an inventory
CORES = 2  # that the required ratio is divided by
PAGE = 100  # devices, each page with one of the page before it
PLAYBOOK = "zequenze.control.reconcile"
OWN_FILE = "fleet/organization_{{ zq_organization_id }}.json"
# What the guide on large fleets says of ansible.cfg.
CONFIG = "[defaults]\ninternal_poll_interval = 0.01\n"
NOTE = """\
Unchanged devices, declared in a JSON file for each organization, at 5 ms latency a request, with the
`internal_poll_interval` of the guide on large fleets where nothing else is said. A slice is a job of
ansible-runner with one fork, and does one organization after another. One organization alone is measured
before and after the first slices, less what a job takes to start; its median counts. Memory is that of
the largest process of a slice. The slices share two cores with the page server. One more machine of as
many cores does as many organizations again, and asks the platform for as many pages a second again: that
is reckoned, and not measured. The inventory names its organizations, and makes no request; it has
ansible's own start with it."""


@dataclass(frozen=True)
class Job:
    """Slices that ran side by side. seconds: until the last had ended. peak: bytes, of the largest."""

    seconds: float
    peak: int


class Million:
    """The organizations on a server, and what is declared of them."""

    def __init__(self, bench: Bench, server: str, organizations: Sequence[int], each: int) -> None:
        self._bench = bench
        self._server = server
        self._project = bench.folder / "organizations"
        self._config = bench.folder / "organizations.cfg"
        self._config.write_text(CONFIG, encoding="utf-8")
        folder = self._project / "fleet"
        folder.mkdir(parents=True)
        for number in organizations:
            text = json.dumps(declared(number, each))
            (folder / f"organization_{number}.json").write_text(text, encoding="utf-8")

    def job(self, name: str, slices: Sequence[Sequence[int]], *, by_default: bool = False) -> Job:
        """The organizations of each slice, all slices at the same time.

        by_default: as Ansible is without the setting of the guide.
        """
        commands = [
            ["ansible-runner", "run", str(self._private(f"{name}-{index}", slice_)), "-p", PLAYBOOK]
            for index, slice_ in enumerate(slices)
        ]
        environment = self._environment()
        if by_default:
            del environment["ANSIBLE_CONFIG"]
        runs = self._bench.run_together(commands, environment)
        for run, slice_ in zip(runs, slices, strict=True):
            check(run, slice_)
        return Job(max(run.seconds for run in runs), max(run.peak for run in runs))

    def start(self) -> float:
        """Seconds that a job takes which has no organization to reconcile."""
        private = self._private("nothing", [1], playbook="[{hosts: all, gather_facts: false}]")
        command = ["ansible-runner", "run", str(private), "-p", "nothing.yml"]
        (run,) = self._bench.run_together([command], self._environment())
        return run.seconds

    def alone(self, name: str) -> float:
        """Seconds of one organization, without those that a job takes to start."""
        start = self.start()
        return self.job(f"alone-{name}", [[1]]).seconds - start

    def inventory(self) -> float:
        """Seconds of an inventory of many organizations, with ansible's own start."""
        source = self._private("inventory", range(1, ORGANIZATIONS + 1)) / "inventory"
        return self._bench.run("ansible", "all", "--list-hosts", "-i", source).seconds

    def requests(self) -> dict[str, int]:
        """How many there were about each organization."""
        with urllib.request.urlopen(f"{self._server}{REQUESTS}", timeout=30) as answer:
            return dict(json.load(answer))

    def _environment(self) -> dict[str, str]:
        return {"ZQ_URL": f"{self._server}/api/v1", "ANSIBLE_CONFIG": str(self._config)}

    def _private(self, name: str, organizations: Sequence[int], playbook: str = "") -> Path:
        """The folder of a job of ansible-runner."""
        private = self._bench.folder / "jobs" / name
        source = {
            "plugin": "zequenze.control.zq_inventory",
            "hosts": "organizations",
            "organizations": list(organizations),
        }
        files = {
            "inventory/organizations.zq.yml": source,
            "env/extravars": {"reconcile_path": f"{self._project}/{OWN_FILE}"},
            "env/envvars": {"ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"},
        }
        for path, content in files.items():
            place = private / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(content), encoding="utf-8")
        (private / "env" / "cmdline").write_text("--forks 1", encoding="utf-8")
        (private / "project").mkdir(exist_ok=True)
        (private / "project" / "nothing.yml").write_text(playbook, encoding="utf-8")
        return private


def declared(organization: int, each: int) -> dict[str, object]:
    """Of an organization, its devices as they are."""
    devices = []
    for number in range(each):
        row = fleet.listed(number)
        device = {field: row[field] for field in ("description", "location_name")}
        devices.append({"name": name_of(organization, number), **device})
    return {"defaults": {"organization_id": organization}, "devices": devices}


def check(run: Run, organizations: Sequence[int]) -> None:
    """See that a slice has done all of its organizations, and changed nothing."""
    recap = run.output.partition("PLAY RECAP")[2]
    lines = [line for line in recap.splitlines() if line.startswith("organization-")]
    wrong = [line for line in lines if "changed=0" not in line or "failed=0" not in line]
    if len(lines) != len(organizations) or wrong:
        raise Failed(f"a slice has not done its organizations:\n{run.output[-3000:]}")


def sliced(organizations: Sequence[int], count: int) -> list[Sequence[int]]:
    """As AWX slices an inventory: each host to the next slice."""
    return [organizations[index::count] for index in range(count)]


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it."""
    each = sizes.organization
    organizations = list(range(1, sizes.organizations + 1))
    devices = each * len(organizations)
    with page_server(each, LATENCY, "organizations_server") as server:
        million = Million(bench, server, organizations, each)
        alone = [million.alone(f"before-{number}") for number in range(sizes.rounds)]
        by_slices = {}
        for count in sizes.slices:
            before = million.requests()
            by_slices[count] = million.job(f"of-{count}", sliced(organizations, count))
            _check_requests(before, million.requests(), organizations, each)
            job = by_slices[count]
            say(
                f"  {devices:,} devices in {count} slices: {job.seconds:.1f} s, {job.peak / 2**20:.0f} MiB"
            )
            if count == sizes.slices[0]:
                alone += [million.alone(f"after-{number}") for number in range(sizes.rounds)]
        first, *_others = sizes.slices
        by_default = million.job("by-default", sliced(organizations, first), by_default=True)
        inventory = million.inventory()
    per_device = by_slices[first].seconds / devices
    results.requirements.append(
        Requirement(
            f"{devices:,} devices in {len(organizations)} organizations by {first} slices:"
            f" seconds a device, to those of one organization alone on one core, by {CORES} cores",
            per_device / (statistics.median(alone) / each) * CORES,
            1.2,
        )
    )
    rows = [(f"one organization of {each:,} alone", _figures(statistics.median(alone), each))]
    jobs = {f"{count} slices": job for count, job in by_slices.items()}
    jobs[f"{first} slices, Ansible's own interval"] = by_default
    for what, job in jobs.items():
        figures = _figures(job.seconds, devices, f"{job.peak / 2**20:.0f}")
        rows.append((f"{len(organizations)} organizations, {devices:,} devices, {what}", figures))
    rows.append(
        (f"an inventory of {ORGANIZATIONS:,} organizations", [f"{inventory:.1f}", "", "", ""])
    )
    columns = ["", "seconds", "µs each", "pages a second", "MiB"]
    results.tables.append(Table("A million devices, by organization", columns, rows, NOTE))


def _figures(seconds: float, devices: int, memory: str = "") -> list[str]:
    """Of so many devices, read by pages."""
    pages = devices / (PAGE - 1)
    return [f"{seconds:.1f}", f"{seconds / devices * 1e6:.0f}", f"{pages / seconds:.0f}", memory]


def _check_requests(
    before: dict[str, int], after: dict[str, int], organizations: Sequence[int], each: int
) -> None:
    """See that each organization was read once, by its own pages."""
    counts = {name: number - before.get(name, 0) for name, number in after.items()}
    lists = {counts.get(str(number), 0) for number in organizations}
    most = -(-each // (PAGE - 1)) + 2
    if len(lists) != 1 or not 0 < lists.pop() <= most:
        raise Failed(f"an organization was not read once by its pages: {counts}")
