# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write requirements/locked anew: the newest versions that the ranges allow, with the hashes of
their files for every Python and platform.

``python -m tools.freeze``; ``--keep`` changes no version that the ranges still allow, for a
requirement that was added. Then ``make test`` says whether they work.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tools.ansible_test import CORES
from tools.bootstrap import LEVELS, LOCKED, REQUIREMENTS
from tools.common import CACHE, ROOT, Failed, captured, environment, fresh, run, say
from tools.supply import ready

HEADER = """\
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by `make freeze` from {source}: what is installed, and the hashes of its files.
"""
WORK = CACHE / "freeze"
# Levels are parts of the last of them; the others are installed into environments of their own.
APART = {
    "ee": ROOT / "meta" / "ee-requirements.txt",
    "events": REQUIREMENTS / "events.txt",
    "supply": REQUIREMENTS / "supply.txt",
}
ENTRY = re.compile(r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?==")


def entries(text: str) -> dict[str, str]:
    """Return the requirements of a lock with their hashes, by name: those of one name together."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if match := ENTRY.match(line):
            name = match["name"].lower()
        if name and line.strip() and not line.lstrip().startswith("#"):
            found[name] = found.get(name, "") + line
    return found


def versions(text: str) -> str:
    """Return the requirements of a lock without their hashes."""
    heads = [line.rstrip(" \\\n") for line in text.splitlines() if ENTRY.match(line)]
    return "".join(f"{head}\n" for head in heads)


def core_pins() -> str:
    """Return the newest ansible-core for older and for newer Pythons: those of the matrix."""
    newest = {}
    for minor in ("3.11", "3.12"):
        newest[minor] = [core.version for core in CORES if minor in core.pythons][-1]
    return (
        f'ansible-core=={newest["3.11"]} ; python_version < "3.12"\n'
        f'ansible-core=={newest["3.12"]} ; python_version >= "3.12"\n'
    )


def resolved(source: Path, constraints: str, *, kept: str = "") -> str:
    """Return the lock of a file of ranges. kept: a lock whose versions stay where they may."""
    (WORK / "constraints.txt").write_text(constraints, encoding="utf-8")
    output = WORK / "output.txt"
    output.write_text(kept, encoding="utf-8")
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
    form = ["--no-header", "--no-annotate", "--no-emit-index-url"]
    files: list[str | Path] = [
        "--constraint",
        WORK / "constraints.txt",
        "--output-file",
        output,
        source,
    ]
    command: list[str | Path] = [ready() / "uv", "pip", "compile", *options, *form, *files]
    run(command, env=environment(index()))
    return output.read_text(encoding="utf-8")


def index() -> dict[str, str]:
    """Return how pip reaches its package index here, as uv is told it."""
    configured = {}
    for line in captured([sys.executable, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        configured[name.rpartition(".")[2]] = value.strip("'")
    told = {"UV_CACHE_DIR": str(CACHE / "uv")}
    if "index-url" in configured:
        told["UV_DEFAULT_INDEX"] = configured["index-url"]
    if "cert" in configured and "SSL_CERT_FILE" not in os.environ:
        told["SSL_CERT_FILE"] = configured["cert"]
    return told


def write(name: str, source: Path, body: str, *, includes: str = "") -> None:
    """Write a lock."""
    head = HEADER.format(source=source.relative_to(ROOT))
    if includes:
        head += f"-r {includes}.txt\n"
    (LOCKED / f"{name}.txt").write_text(f"{head}\n{body}", encoding="utf-8")
    say(f"requirements/locked/{name}.txt: {len(entries(body))} packages")


def former(*names: str) -> str:
    """Return the present locks of these names, together."""
    files = [LOCKED / f"{name}.txt" for name in names]
    texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    return "".join(versions(text) for text in texts)


def freeze_levels(keep: bool) -> str:
    """Write the locks of the levels: each holds what the one before it lacks. Returns the whole."""
    kept = former(*LEVELS) if keep else ""
    whole = resolved(REQUIREMENTS / f"{LEVELS[-1]}.txt", core_pins(), kept=kept)
    left = entries(whole)
    before = ""
    for level in LEVELS:
        source = REQUIREMENTS / f"{level}.txt"
        names = entries(resolved(source, versions(whole)))
        own = "".join(left.pop(name) for name in sorted(names) if name in left)
        write(level, source, own, includes=before)
        before = level
    return whole


def main() -> None:
    """Write all locks."""
    options = sys.argv[1:]
    if not set(options) <= {"--keep"}:
        raise Failed("usage: python -m tools.freeze [--keep]")
    fresh(WORK)
    LOCKED.mkdir(exist_ok=True)
    keep = "--keep" in options
    whole = freeze_levels(keep)
    for name, source in APART.items():
        # What runs the collection has the same versions everywhere.
        constraints = versions(whole) if name == "ee" else core_pins()
        write(name, source, resolved(source, constraints, kept=former(name) if keep else ""))


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
