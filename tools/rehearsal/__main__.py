# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tools.rehearsal --fleet FLEET --variables rollout.yml --fail 3% --speed 60``"""

from __future__ import annotations

import datetime as dt
import signal
import sys
import tempfile
from pathlib import Path

from simulator.testing import SimulatorError
from tools.common import Failed
from tools.rehearsal.changes import Setting, changes_for
from tools.rehearsal.options import options_of
from tools.rehearsal.run import rehearse
from tools.rehearsal.stage import stage


def main() -> int:
    """Rehearse. The playbook's own exit code. Raises Failed and SimulatorError."""
    options = options_of()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="zq-rehearsal-") as private:
        staged = stage(options)
        setting = Setting(
            speed=options.speed,
            report=options.report,
            private=Path(private),
            variables=f"--variables {staged.variables}",
            now=dt.datetime.now(dt.UTC),
        )
        changes = changes_for(options.rehearsed, staged.given, setting)
        return rehearse(options, staged, changes)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, SimulatorError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped")
