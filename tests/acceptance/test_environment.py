# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wrong variable of the environment is named with its value, by an action, a module and the inventory alike."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.support import BIN, python_without_blanks

TIMEOUT = "timeout: 'abc' (in the environment variable ZQ_TIMEOUT) is not a number. Give a number"
CERTS = "validate_certs: 'nein' (in the environment variable ZQ_VALIDATE_CERTS) is neither true"
COMMANDS = {
    "action": ["ansible", "localhost", "-m", "zequenze.control.zq_device_info"],
    "module": [
        *("ansible", "localhost", "-c", "local", "-m", "zequenze.control.zq_device_info"),
        *(
            "-e",
            "zq_in_process=false",
            "-e",
            f"ansible_python_interpreter={python_without_blanks()}",
        ),
    ],
    "inventory": ["ansible-inventory", "-i", "fleet.zq.yml", "--list"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_variable_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "fleet.zq.yml").write_text(
        "plugin: zequenze.control.zq_inventory\n", encoding="utf-8"
    )
    program, *arguments = COMMANDS[command]
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=tmp_path,
        env={
            "HOME": str(tmp_path),
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            # Nothing listens there, and nothing is asked.
            "ZQ_URL": "http://127.0.0.1:9/api/v1",
            "ZQ_TOKEN": "tok-5f2c9e7b1a",
            "ZQ_TIMEOUT": "abc",
            "ZQ_VALIDATE_CERTS": "nein",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert TIMEOUT in told
    assert CERTS in told
