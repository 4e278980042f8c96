# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read declared devices as a script of one's own would: by PyYAML's loader in C, or by json.

Run by itself it tells the seconds that it took, with its import of PyYAML.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def declared(place: Path) -> list[dict[str, Any]]:
    """Of a JSON file, or of all files of a folder."""
    if place.is_file():
        return list(json.loads(place.read_text(encoding="utf-8")))
    devices: list[dict[str, Any]] = []
    for file in sorted(place.iterdir()):
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            devices += json.loads(text)
        else:
            import yaml

            devices += yaml.load(text, Loader=yaml.CSafeLoader)
    return devices


if __name__ == "__main__":
    begun = time.monotonic()
    declared(Path(sys.argv[1]))
    sys.stdout.write(f"{time.monotonic() - begun:.4f}\n")
