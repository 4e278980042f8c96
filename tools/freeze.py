# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write requirements/constraints.txt anew: the newest versions that the ranges allow, as installed
together.

``python3 -m tools.freeze``. Then ``make test`` says whether they work.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tools.ansible_test import newest_here
from tools.bootstrap import CONSTRAINTS, REQUIREMENTS
from tools.common import CACHE, Failed, captured, run

HEADER = """\
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by `make freeze`: the exact versions that every command was tried with, on Python 3.11.
# The ranges, and the reasons for them, are in the files beside this one.

# The newest ansible-core depends on the Python.
"""


def main() -> None:
    """Install everything without constraints into a temporary folder and write down what came."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        run([sys.executable, "-m", "venv", folder])
        run(
            [python, "-m", "pip", "install", "-r", REQUIREMENTS / "mutation.txt"],
            log=CACHE / "logs" / "freeze.log",
        )
        lines = captured([python, "-m", "pip", "freeze"]).splitlines()
    pins = [
        line
        for line in lines
        if re.match(r"[\w.-]+==", line) and not line.startswith("ansible-core==")
    ]
    cores = (
        f'ansible-core=={newest_here().version} ; python_version < "3.12"\n'
        'ansible-core==2.21.5 ; python_version >= "3.12"\n'
    )
    CONSTRAINTS.write_text(HEADER + cores + "\n" + "\n".join(pins) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
