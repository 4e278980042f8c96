# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection into .cache/build, and refuse what a user would have no use for.

``python -m tools.build`` prints the path of the tarball. The same commit gives the same bytes: what
ansible-galaxy has built is put into one order, and dated by the commit (or SOURCE_DATE_EPOCH).
Nothing else of it is changed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path

from tools.common import CACHE, ROOT, VENV, Failed, captured, say

# All that is shipped: a file elsewhere means that build_ignore in galaxy.yml lacks an entry.
SHIPPED_FOLDERS = {
    "LICENSES",
    "changelogs",
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}
SHIPPED_FILES = {
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "COPYING",
    "FILES.json",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
}
# Without these it is not a release.
NEEDED = {
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "COPYING",
    "LICENSES/GPL-3.0-or-later.txt",
    "README.md",
    "meta/runtime.yml",
    "meta/ee-requirements.txt",
    # What ansible-rulebook finds.
    "extensions/eda/plugins/event_source/devices.py",
    "extensions/eda/rulebooks/notify.yml",
    "extensions/eda/rulebooks/recover.yml",
    # What plugins read beside Python.
    "plugins/plugin_utils/_report/age.js",
    "plugins/plugin_utils/_report/filter.js",
    "plugins/plugin_utils/_report/page.css",
    "plugins/plugin_utils/_report/templates/base.html.j2",
}
# 1980, before which some archives know no time.
NO_COMMIT = 315532800


def strangers(names: list[str]) -> list[str]:
    """Return the files of a tarball that are not meant to be shipped."""
    found = []
    for name in names:
        top, _, rest = name.partition("/")
        if (
            top not in SHIPPED_FOLDERS if rest else name not in SHIPPED_FILES
        ) or "__pycache__" in name:
            found.append(name)
    return sorted(found)


def moment(source: Path) -> int:
    """Return when the source was committed, as seconds; one and the same where Git does not know."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    if not (source / ".git").exists():
        return NO_COMMIT
    return int(captured(["git", "-C", source, "log", "-1", "--format=%ct"]))


def in_order(tarball: Path, time: int) -> None:
    """Write a collection's tarball anew: sorted, of one time, of nobody in particular."""
    with tarfile.open(tarball) as archive:
        members = {member.name: member for member in archive.getmembers()}
        read = {name: archive.extractfile(one) for name, one in members.items() if one.isfile()}
        contents = {name: file.read() for name, file in read.items() if file}
    # ansible-galaxy lists files in the order of the folder, and holds the list to its checksum.
    files = json.loads(contents["FILES.json"])
    files["files"].sort(key=lambda entry: entry["name"])
    contents["FILES.json"] = as_galaxy_writes(files)
    manifest = json.loads(contents["MANIFEST.json"])
    digest = hashlib.sha256(contents["FILES.json"]).hexdigest()
    manifest["file_manifest_file"]["chksum_sha256"] = digest
    contents["MANIFEST.json"] = as_galaxy_writes(manifest)
    first = ["MANIFEST.json", "FILES.json"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in [*first, *sorted(set(members) - set(first))]:
            member, content = members[name], contents.get(name, b"")
            member.mtime, member.size = time, len(content)
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.pax_headers = {}
            archive.addfile(member, io.BytesIO(content))
    with tarball.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=time) as written:
        written.write(packed.getvalue())


def as_galaxy_writes(content: object) -> bytes:
    """Return a manifest in the form in which ansible-galaxy writes it."""
    return json.dumps(content, indent=True).encode()


def pack(source: Path, output: Path) -> Path:
    """Build the tarball of any commit's files as ansible-galaxy does, and return its path."""
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("*.tar.gz"):
        old.unlink()
    galaxy = VENV / "bin" / "ansible-galaxy"
    captured([galaxy, "collection", "build", source, "--output-path", output])
    tarballs = list(output.glob("zequenze-control-*.tar.gz"))
    if len(tarballs) != 1:
        raise Failed(f"one tarball was expected, there are {len(tarballs)}")
    return tarballs[0]


def build(source: Path = ROOT, output: Path = CACHE / "build") -> Path:
    """Build the tarball, look at what is in it, and return its path."""
    tarball = pack(source, output)
    in_order(tarball, moment(source))
    with tarfile.open(tarball) as archive:
        names = [member.name for member in archive.getmembers() if not member.isdir()]
    if extra := strangers(names):
        raise Failed(
            f"not meant to be shipped (see build_ignore in galaxy.yml): {', '.join(extra)}"
        )
    if missing := sorted(NEEDED - set(names)):
        raise Failed(f"missing in the built collection: {', '.join(missing)}")
    return tarball


if __name__ == "__main__":
    try:
        say(str(build().relative_to(ROOT)))
    except Failed as error:
        sys.exit(f"error: {error}")
