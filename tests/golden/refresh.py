# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the golden inventories anew: `.venv/bin/python tests/golden/refresh.py`, then look at the difference.

With ZQ_ANSIBLE_BIN, the folder with the programs of another ansible-core, only what that core prints differently is written.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
sys.dont_write_bytecode = True

from simulator.testing import Simulator  # noqa: E402
from tests.acceptance.inventory.programs import Inventory, core  # noqa: E402
from tests.acceptance.support import Platform  # noqa: E402
from tests.golden.golden import CONFIGURATIONS, EXPECTED, file_of, listed, prepare  # noqa: E402


def main() -> None:
    """Run each configuration and write what is printed."""
    EXPECTED.mkdir(exist_ok=True)
    other = bool(os.environ.get("ZQ_ANSIBLE_BIN"))
    with tempfile.TemporaryDirectory() as folder, Simulator("--workers", "1") as simulator:
        inventory = Inventory(Platform(simulator, Path(folder)), Path(folder))
        prepare(inventory)
        for name in CONFIGURATIONS:
            text = listed(inventory, name)
            own, common = file_of(name, core()), file_of(name)
            own.unlink(missing_ok=True)
            if not other or (not common.exists() or common.read_text(encoding="utf-8") != text):
                (own if other else common).write_text(text, encoding="utf-8")
                print(f"written: {(own if other else common).name}")  # noqa: T201 - it is run in a terminal


if __name__ == "__main__":
    main()
