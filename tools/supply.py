# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an execution environment gets from this collection: its bill of materials, and what is known
to be wrong with it.

``python -m tools.supply sbom`` writes CycloneDX JSON into .cache/build.
``python -m tools.supply audit`` asks the database of known vulnerabilities; ``--required`` makes a
database that cannot be reached a failure.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.bootstrap import LOCKED
from tools.common import CACHE, ROOT, VENV_PYTHON, Failed, captured, environment, run, say

PROGRAMS = CACHE / "supply"
ENVIRONMENT = CACHE / "ee"
# What meta/ee-requirements.txt brings, at the versions that were tried.
SUBJECT = LOCKED / "ee.txt"
OUTPUT = CACHE / "build"
NAME = "zequenze.control"
SPECIFICATION = "1.6"
# Run by the Python that has the schemas of CycloneDX.
VALIDATE = """\
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

version = SchemaVersion.from_version(sys.argv[1])
text = Path(sys.argv[2]).read_text(encoding="utf-8")
sys.exit(JsonStrictValidator(version).validate_str(text))
"""


def ready() -> Path:
    """Make the environment of the programs where it is not there, and return where they are."""
    lock = LOCKED / "supply.txt"
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode() + lock.read_bytes()).hexdigest()
    stamp = PROGRAMS / ".installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != digest:
        say("Installing requirements/locked/supply.txt into .cache/supply, once ...")
        install(PROGRAMS, lock)
        stamp.write_text(digest, encoding="utf-8")
    return PROGRAMS / "bin"


def install(folder: Path, lock: Path) -> None:
    """Make an environment that holds what is locked, and nothing else: not even pip."""
    log = CACHE / "logs" / f"pip-{lock.stem}.log"
    run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], log=log)
    pip: list[str | Path] = [VENV_PYTHON, "-m", "pip", "--python", folder / "bin" / "python"]
    run([*pip, "install", "--require-hashes", "--no-deps", "--requirement", lock], log=log)


def with_collection(bill: dict[str, Any], galaxy: dict[str, Any]) -> dict[str, Any]:
    """Name the collection as what the bill is of, and what it needs itself."""
    reference = f"{NAME}=={galaxy['version']}"
    component = {
        "bom-ref": reference,
        "type": "library",
        "group": galaxy["namespace"],
        "name": galaxy["name"],
        "version": str(galaxy["version"]),
        "description": galaxy["description"],
        "licenses": [{"license": {"id": name}} for name in galaxy["license"]],
        "externalReferences": [{"type": "vcs", "url": galaxy["repository"]}],
    }
    needed = {one for entry in bill["dependencies"] for one in entry.get("dependsOn", [])}
    own = sorted(entry["ref"] for entry in bill["dependencies"] if entry["ref"] not in needed)
    return {
        **bill,
        "metadata": {**bill.get("metadata", {}), "component": component},
        "dependencies": [{"ref": reference, "dependsOn": own}, *bill["dependencies"]],
    }


def sbom() -> Path:
    """Write the bill of materials. The same requirements make the same bytes."""
    programs = ready()
    install(ENVIRONMENT, SUBJECT)
    options = ["--output-reproducible", "--output-format", "JSON", "--spec-version", SPECIFICATION]
    python = ENVIRONMENT / "bin" / "python"
    written = captured([programs / "cyclonedx-py", "environment", *options, python])
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    bill = with_collection(json.loads(written), galaxy)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    target = OUTPUT / f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.cdx.json"
    target.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    captured([programs / "python", "-c", VALIDATE, SPECIFICATION, target])
    return target


def judged(report: str, errors: str) -> tuple[list[str], str]:
    """Return what is known to be wrong, and why it is not known of all: "" where it is.

    report: pip-audit's JSON; empty, where it ended before. errors: what it said beside it.
    """
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return [], (errors.strip().splitlines() or ["pip-audit said nothing"])[-1]
    wrong = [
        f"{package['name']} {package['version']}: {one['id']}, "
        + (f"fixed in {', '.join(one['fix_versions'])}" if one["fix_versions"] else "no fix yet")
        for package in packages
        for one in package.get("vulns", [])
    ]
    # Such a package is no finding and no failure for pip-audit: it would be taken for a clean one.
    skipped = [package["skip_reason"] for package in packages if "skip_reason" in package]
    if not skipped:
        return wrong, ""
    return wrong, f"{len(skipped)} of {len(packages)} packages, the first: {skipped[0]}"


def audit(required: bool) -> str:
    """Return what came of it. Raises Failed where anything is known to be wrong."""
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    command = [str(ready() / "pip-audit"), *options, "--format", "json"]
    done = subprocess.run(
        [*command, "--requirement", str(SUBJECT)],
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    wrong, reason = judged(done.stdout, done.stderr)
    if wrong:
        raise Failed("\n".join(wrong))
    unanswered = f"the database of vulnerabilities did not answer for all: {reason}"
    if reason and required:
        raise Failed(f"{unanswered}. It is on the internet: run this where that is reached")
    if reason:
        return f"NOT RUN: {unanswered}. OPTIONS=--required makes this a failure"
    return f"nothing is known against what {SUBJECT.relative_to(ROOT)} holds"


def main() -> None:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["sbom"]:
            say(str(sbom().relative_to(ROOT)))
        case ["audit", *options] if set(options) <= {"--required"}:
            say(audit(bool(options)))
        case _:
            raise Failed("usage: python -m tools.supply sbom | audit [--required]")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
