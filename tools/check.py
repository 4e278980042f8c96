# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks, in order, stopping at the first that fails. What keeps one core busy runs beside
another such check, and is told of in its turn.

``python -m tools.check`` runs those of `make test`, ``python -m tools.check NAME ...`` those named,
``python -m tools.check --list`` lists them.
A check whose subject is missing fails: nothing is left out silently.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tools import ansible_test, changelog, events, metrics
from tools.build import build
from tools.common import (
    CACHE,
    ROOT,
    VENV,
    VENV_PYTHON,
    Clock,
    Failed,
    environment,
    heading,
    run,
    say,
)
from tools.side_by_side import outcome_of, side_by_side, write_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.side_by_side import Outcome

BIN = VENV / "bin"
COVERAGE = CACHE / "coverage"
REPORTS = CACHE / "reports"
MINIMUM_COVERAGE = 95
COLLECTION = "ansible_collections.zequenze.control"
# Which stage runs which folder of tests; a folder with tests that is in none of them is an error.
SUITES = {
    "unit": ("unit", "tools"),
    "simulator": ("simulator", "contract"),
    "acceptance": ("acceptance",),
    "thorough": ("unit", "acceptance"),
    "faults": ("faults",),
    "events": ("events",),
}
# Rollouts wait for devices, and leave time to a third; the longest files end in several hands.
PLAYING = ("-n", "3", "--dist", "worksteal")
# What is measured. It makes the unit tests twice as slow, and each of the thousands of processes of
# the acceptance tests three times: `make thorough` measures the former, `make coverage` both.
MEASURED = os.environ.get("ZQ_MEASURED", "").split()
# What runs as a module, and its tests; ruff and mypy do not know all that Python 3.9 lacks.
ON_OLDEST_PYTHON = (
    *(f"plugins/{name}" for name in ("doc_fragments", "module_utils", "modules")),
    *(f"tests/unit/plugins/{name}" for name in ("module_utils", "modules")),
    *sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "unit").glob("*.py")),
)
# Has a target of its own: not every machine has Chromium.
APART = ("browser",)
# What galaxy-importer says of every collection that is new, or about ansible-test, which is a check
# of its own here.
IMPORTER_REMARKS = ("ansible-test sanity tests are not run", "Skipping ansible-test")

# The schema of each file that GitHub reads; of issue forms, all but config.yml are one.
GITHUB = {
    "github-workflows": "workflows/*.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "dependabot": "dependabot.yml",
}


def must_exist(*paths: str) -> None:
    """Fail when the subject of a check is missing or empty."""
    for path in paths:
        place = ROOT / path
        if not place.exists() or (
            place.is_dir() and not any(file.is_file() for file in place.rglob("*"))
        ):
            raise Failed(f"{path} is missing: there is nothing to check")


def format_and_lint() -> None:
    """Check format and style of all Python, and of the shell scripts."""
    run([BIN / "ruff", "check", "."])
    run([BIN / "ruff", "format", "--check", "."])
    run([BIN / "shellcheck", ".ci/run"])
    run(
        [BIN / "vermin", "--target=3.9-", "--violations", "--no-tips", "--quiet", *ON_OLDEST_PYTHON]
    )


def types() -> None:
    """Check the types of everything, the plugins for the oldest Python that mypy knows."""
    must_exist("plugins", "simulator", "tests/unit", "tests/simulator", "tests/acceptance")
    mypy: list[str | Path] = [VENV_PYTHON, "-m", "mypy"]
    run(
        [
            *mypy,
            "--python-version",
            "3.10",
            "-p",
            f"{COLLECTION}.plugins",
            "-p",
            f"{COLLECTION}.tests.unit",
        ]
    )
    run(
        [
            *mypy,
            "tools",
            "tests/acceptance",
            "tests/tools",
            *(f"tests/{name}" for name in ("benchmark", "events", "faults", "golden", *APART)),
            "extensions/eda/plugins/event_source/devices.py",
        ]
    )
    simulator = [
        "simulator",
        *(
            f"tests/{name}"
            for name in SUITES["simulator"]
            if any((ROOT / "tests" / name).glob("*.py"))
        ),
    ]
    run([*mypy, "--config-file", "tools/mypy-django.ini", *simulator])


def ansible_lint() -> None:
    """Check roles, playbooks and examples with the strictest profile."""
    must_exist("playbooks")
    colours = [] if sys.stdout.isatty() else ["--nocolor"]
    run([BIN / "ansible-lint", "--offline", "--project-dir", ".", *colours])


def documentation() -> None:
    """Check that every plugin is documented in the way that the documentation site wants."""
    must_exist("plugins/modules")
    options = [
        "--plugin-docs",
        "--validate-collection-refs",
        "self",
        "--disallow-unknown-collection-refs",
    ]
    run([BIN / "antsibull-docs", "lint-collection-docs", *options, "."])


def site() -> None:
    """Build the documentation site: a warning, such as a reference that leads nowhere, ends it."""
    run([VENV_PYTHON, "-m", "tools.docs", "--check"])


def changes() -> None:
    """Check the changelog, its fragments, and the version that they are for."""
    run([BIN / "antsibull-changelog", "lint"])
    changelog.check()


def licenses() -> None:
    """Check that every file says who wrote it and under which license."""
    run([BIN / "reuse", "lint", "--lines"])


def workflows() -> None:
    """Check what GitHub reads: by its schemas, and for what a workflow may be attacked by."""
    for schema, pattern in GITHUB.items():
        files = sorted((ROOT / ".github").glob(pattern))
        if not files:
            raise Failed(f".github/{pattern} is missing: there is nothing to check")
        run([BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files])
    run([BIN / "zizmor", "--offline", "--no-progress", "--quiet", ".github"])


def coverage_config() -> Path:
    """Write the settings of coverage, with absolute paths: programs start in other folders."""
    file = COVERAGE / "coveragerc"
    COVERAGE.mkdir(parents=True, exist_ok=True)
    # By module name, because Ansible runs a module out of an archive of its own; by folder, so that
    # a file that is never run counts too. Ansible's workers end by os._exit.
    file.write_text(
        f"""\
[run]
branch = true
parallel = true
disable_warnings = no-data-collected, module-not-imported, module-not-measured
patch = _exit, subprocess
source_pkgs = {COLLECTION}.plugins
source_dirs = {ROOT / "plugins"}

[paths]
plugins =
    {ROOT / "plugins"}
    */ansible_collections/zequenze/control/plugins

[report]
show_missing = true
skip_covered = true
# Ansible makes these up in a module's archive: here there is no such file.
omit = */__init__.py
exclude_also =
    if TYPE_CHECKING:
""",
        encoding="utf-8",
    )
    return file


def pytest(stage: str, *options: str) -> None:
    """Run the folders of a stage with pytest, measuring the plugins in all that it starts where the
    stage is among the measured ones.
    """
    folders = [
        f"tests/{name}" for name in SUITES[stage] if any((ROOT / "tests" / name).rglob("test_*.py"))
    ]
    if not folders:
        raise Failed(f"no tests are in {' or '.join(f'tests/{name}' for name in SUITES[stage])}")
    for old in COVERAGE.glob(f"{stage}*"):
        old.unlink()
    REPORTS.mkdir(parents=True, exist_ok=True)
    extra = {}
    if stage in MEASURED:
        extra = {
            "COVERAGE_PROCESS_START": str(coverage_config()),
            "COVERAGE_FILE": str(COVERAGE / stage),
        }
    junit = REPORTS / f"{stage}.xml"
    junit.unlink(missing_ok=True)
    run(
        [VENV_PYTHON, "-m", "pytest", *folders, f"--junitxml={junit}", *options],
        env=environment(extra),
    )


def unit() -> None:
    """Run the unit tests."""
    pytest("unit", "-n", "2", "-m", "not thorough")


def simulator() -> None:
    """Run the simulator's own tests, and the one that holds it to the API's description."""
    pytest("simulator", "-n", "2", "--dist", "loadfile")


def acceptance() -> None:
    """Run playbooks against the simulator."""
    known = set(APART).union(*SUITES.values())
    for folder in (ROOT / "tests").iterdir():
        if folder.name not in known and any(folder.rglob("test_*.py")):
            raise Failed(
                f"tests/{folder.name} has tests that no stage runs:"
                " name it in SUITES of tools/check.py"
            )
    pytest("acceptance", *PLAYING, "-m", "not thorough")


def thorough() -> None:
    """Run the tests that have the mark `thorough`."""
    pytest("thorough", *PLAYING, "-m", "thorough")


def faults() -> None:
    """Run a part of the table of faults; `make faults` runs the whole."""
    pytest("faults", "-n", "2")


def events_live() -> str:
    """Run the rulebooks with ansible-rulebook, where its rule engine finds Java."""
    if not events.java():
        return "NOT RUN: there is no Java here, which ansible-rulebook needs (17; JAVA_HOME)"
    events.ready()
    pytest("events", "-n", "0")
    return ""


def prometheus() -> str:
    """Check metrics and alert rules with promtool, where there is one."""
    if not metrics.promtool():
        return "NOT RUN: there is no promtool here (Debian's package prometheus)"
    metrics.check()
    return ""


def molecule() -> None:
    """Run every scenario of the roles: converge, idempotence, verify, against a simulator that it
    starts and stops.
    """
    scenarios = sorted(
        file.parent.name for file in (ROOT / "extensions" / "molecule").glob("*/molecule.yml")
    )
    if not scenarios:
        raise Failed("no scenario is in extensions/molecule")
    for scenario in scenarios:
        own = Clock()
        run(
            [BIN / "molecule", "test", "--scenario-name", scenario],
            env=environment(),
            log=CACHE / "logs" / f"molecule-{scenario}.log",
        )
        say(f"{scenario}: passed in {own}")


def coverage() -> None:
    """Print how much of plugins/ the measured tests have run, and fail below the limit."""
    config = coverage_config()
    env = environment({"COVERAGE_FILE": str(COVERAGE / "combined")})
    data = [file for stage in MEASURED for file in COVERAGE.glob(f"{stage}*")]
    if not data:
        raise Failed("nothing was measured: make thorough measures the unit tests")
    program: list[str | Path] = [VENV_PYTHON, "-m", "coverage"]
    # A program that a test has killed leaves half a file: coverage warns of it, into the log.
    run(
        [*program, "combine", f"--rcfile={config}", "--keep", "--quiet", *data],
        env=env,
        log=CACHE / "logs" / "coverage.log",
    )
    run([*program, "report", f"--rcfile={config}", f"--fail-under={MINIMUM_COVERAGE}"], env=env)


def package() -> None:
    """Build the collection."""
    say(str(build().relative_to(ROOT)))


def importer() -> None:
    """Import the built collection as Galaxy and Automation Hub do."""
    tarballs = list((CACHE / "build").glob("*.tar.gz"))
    if not tarballs:
        raise Failed("no tarball in .cache/build")
    log = CACHE / "logs" / "galaxy-importer.log"
    # The importer writes its result into the current folder, and unpacks into the temporary one.
    # Ansible-core is told where by ANSIBLE_HOME; below the checkout, git would ignore what is to be
    # looked at.
    with tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder:
        settings = Path(folder) / "galaxy-importer.cfg"
        settings.write_text(
            f"""\
[galaxy-importer]
run_ansible_doc = True
run_ansible_lint = True
run_ansible_test = False
check_changelog = True
ansible_local_tmp = {Path(folder) / "ansible"}
""",
            encoding="utf-8",
        )
        env = environment(
            {
                "GALAXY_IMPORTER_CONFIG": str(settings),
                "ANSIBLE_HOME": f"{folder}/ansible",
                "TMPDIR": folder,
            }
        )
        run(
            [VENV_PYTHON, "-m", "galaxy_importer.main", tarballs[0]],
            cwd=Path(folder),
            env=env,
            log=log,
        )
        result = Path(folder) / "importer_result.json"
        if not result.is_file():
            raise Failed(f"galaxy-importer gave no result\n{log.read_text(encoding='utf-8')}")
        contents = json.loads(result.read_text(encoding="utf-8"))["contents"]
    lines = log.read_text(encoding="utf-8").splitlines()
    bad = [line for line in lines if line.startswith(("ERROR", "WARNING"))]
    bad = [line for line in bad if not any(remark in line for remark in IMPORTER_REMARKS)]
    if bad:
        raise Failed("galaxy-importer is not content:\n" + "\n".join(bad))
    say(
        f"imported {tarballs[0].name}: {', '.join(sorted(content['name'] for content in contents))}"
    )


def sanity() -> None:
    """Run ansible-test sanity on the newest ansible-core that this Python runs."""
    run([VENV_PYTHON, "-m", "tools.ansible_test", "sanity"])


@dataclass(frozen=True)
class Stage:
    """A check with its name and title. It may return why it was not run.

    seconds: about how long it takes where nothing else runs, on two cores. alone: it keeps both of
    them busy, or is about times. needs: those that must have passed before it begins.
    """

    name: str
    title: str
    check: Callable[[], str | None]
    seconds: int
    alone: bool = False
    needs: tuple[str, ...] = ()


STAGES = (
    Stage("ruff", "Format and style of Python and shell (ruff, shellcheck)", format_and_lint, 3),
    Stage("mypy", "Types (mypy --strict)", types, 40),
    Stage(
        "ansible-lint",
        "Roles, playbooks, examples (ansible-lint, profile production)",
        ansible_lint,
        30,
    ),
    Stage("docs", "Documentation of the plugins (antsibull-docs)", documentation, 10),
    Stage("site", "The documentation site (Sphinx)", site, 15),
    Stage("changelog", "Changelog (antsibull-changelog)", changes, 3),
    Stage("reuse", "Licenses (REUSE)", licenses, 3),
    Stage("workflows", "Workflows and issue forms (check-jsonschema, zizmor)", workflows, 5),
    Stage("events", "Rulebooks, live (ansible-rulebook)", events_live, 50),
    Stage("metrics", "Metrics and alert rules (promtool)", prometheus, 3),
    Stage("build", "The built collection", package, 2),
    Stage("importer", "Import as on Galaxy (galaxy-importer)", importer, 60, needs=("build",)),
    Stage("unit", "Unit tests", unit, 85, alone=True),
    Stage("simulator", "Tests of the simulator", simulator, 25, alone=True),
    Stage("acceptance", "Playbooks against the simulator", acceptance, 300, alone=True),
    Stage("faults", "A part of the table of faults", faults, 45, alone=True),
)
# Of `make thorough`, which .ci/run runs too.
FURTHER = (
    Stage(
        "thorough",
        "Further playbooks against the simulator, and the largest fleets",
        thorough,
        900,
        alone=True,
    ),
    Stage("molecule", "Scenarios of the roles (molecule)", molecule, 80),
    Stage(
        "sanity",
        f"ansible-test sanity on ansible-core {ansible_test.newest_here().version}",
        sanity,
        235,
    ),
    Stage(
        "coverage",
        f"Coverage of plugins/ by the tests that were measured (at least {MINIMUM_COVERAGE} %)",
        coverage,
        4,
    ),
)
KNOWN = {stage.name: stage for stage in (*STAGES, *FURTHER)}


def tests_of(stage: str) -> tuple[int, int, int]:
    """Return how many tests of a stage passed, failed and were skipped."""
    file = REPORTS / f"{stage}.xml"
    tests = failed = skipped = 0
    if stage in SUITES and file.is_file():
        for suite in ET.parse(file).getroot().iter("testsuite"):  # noqa: S314 - our own tests'
            tests += int(suite.get("tests", "0"))
            failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
            skipped += int(suite.get("skipped", "0"))
    return tests - failed - skipped, failed, skipped


def summary(
    done: list[tuple[Stage, str]],
    failure: tuple[Stage, str] | None,
    clock: Clock,
    not_run: dict[str, str],
) -> None:
    """Print what became of each stage, and the sum of all tests. not_run: stage → why."""
    heading("summary")
    rows = [("not run" if one[0].name in not_run else "ok", *one) for one in done]
    if failure:
        rows.append(("FAILED", *failure))
    total = [0, 0, 0]
    for result, stage, seconds in rows:
        counts = tests_of(stage.name)
        total = [before + now for before, now in zip(total, counts, strict=True)]
        tests = ""
        if any(counts):
            tests = f" ({counts[0]} passed, {counts[1]} failed, {counts[2]} skipped)"
        reason = not_run.get(stage.name, "")
        say(f"{result:7} {seconds:>8}  {stage.title}{tests} {reason}".rstrip())
    passed = len(done) - len(not_run)
    say(
        f"checks: {passed} passed, {len(rows) - len(done)} failed, {len(not_run)} not run, in {clock}"
    )
    say("tests:")
    say(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")


def outcomes(stages: Sequence[Stage]) -> Iterator[Outcome]:
    """Run stages, each below its heading: those that need both cores alone, others side by side."""
    for alone, together in groupby(stages, key=lambda stage: stage.alone):
        if not alone:
            yield from side_by_side(list(together), lambda name: heading(KNOWN[name].title))
            continue
        for stage in together:
            heading(stage.title)
            yield outcome_of(stage.name, stage.check)


def run_stages(stages: Sequence[Stage]) -> None:
    """Run stages to the first that fails, and print what became of each."""
    clock = Clock()
    done: list[tuple[Stage, str]] = []
    not_run: dict[str, str] = {}
    for outcome in outcomes(stages):
        stage = KNOWN[outcome.name]
        if outcome.failure:
            say(f"\n{outcome.failure}")
            summary(done, (stage, outcome.seconds), clock, not_run)
            raise Failed(
                f"{stage.title}: FAILED after {outcome.seconds}."
                f" Again, alone: make check STAGES={stage.name}"
            )
        if outcome.reason:
            not_run[stage.name] = outcome.reason
            say(outcome.reason)
        else:
            say(f"-- passed in {outcome.seconds}")
        done.append((stage, outcome.seconds))
    summary(done, None, clock, not_run)


def main() -> None:
    """Run the stages that the command line names."""
    names = sys.argv[1:]
    if names == ["--list"]:
        for stage in KNOWN.values():
            say(f"{stage.name:14}{stage.seconds:>4} s  {stage.title}")
        return
    if names[:1] == ["--one"]:
        write_outcome(Path(names[2]), outcome_of(names[1], KNOWN[names[1]].check))
        return
    if unknown := [name for name in names if name not in KNOWN]:
        raise Failed(f"no check named {', '.join(unknown)}: see python -m tools.check --list")
    if not names:
        shutil.rmtree(COVERAGE, ignore_errors=True)
    run_stages([KNOWN[name] for name in names] or STAGES)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
