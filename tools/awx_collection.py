# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection awx.awx below .cache, for the tests of awx_setup alone.

Users have it on their controller. It is no dependency of this collection, and nothing else here may
see it. The package is a download of 54 MB, once; of that, one collection is unpacked.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import zipfile
from pathlib import Path

from tools.common import CACHE, ROOT, VENV_PYTHON, run

REQUIREMENTS = ROOT / "requirements" / "awx.txt"
FOLDER = CACHE / "awx"
COLLECTION = "ansible_collections/awx/awx/"


def collections() -> Path:
    """The folder for ANSIBLE_COLLECTIONS_PATH. Makes it where it is not there, or of another version."""
    CACHE.mkdir(exist_ok=True)
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    stamp = FOLDER / "requirements.txt"
    with (CACHE / "awx.lock").open("w", encoding="utf-8") as lock:
        # The workers of pytest come at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(FOLDER, ignore_errors=True)
            _unpack()
            stamp.write_text(wanted, encoding="utf-8")
    return FOLDER


def _unpack() -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        download = ["-m", "pip", "download", "--no-deps", "--dest", folder]
        run(
            [VENV_PYTHON, *download, "--requirement", REQUIREMENTS],
            log=CACHE / "logs" / "pip-awx.log",
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as package:
            members = [name for name in package.namelist() if name.startswith(COLLECTION)]
            package.extractall(FOLDER, members)
