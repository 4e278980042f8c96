# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m simulator`: see README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

# The checkout stays as it is.
sys.dont_write_bytecode = True
if not __package__:  # started as a folder, from anywhere
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from simulator.server import serve  # noqa: E402


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m simulator", description="The Zequenze CONTROL platform, simulated."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=0, help="0: any free one")
    add("--token", help="the default token; random where not given")
    add("--data-dir", help="keeps the data there; otherwise it is removed at the end")
    add("--workers", type=int, default=4)
    add("--speed", type=float, default=1.0, help="how much faster than real time the devices live")
    add("--max-limit", type=int, default=100, help="cap of the query parameter `limit`")
    add("--strict", action="store_true", help="refuse unknown fields instead of ignoring them")
    add("--seed", metavar="FILE", help="a fleet in YAML or JSON")
    add("--devices", type=int, metavar="N", help="a fleet of N devices")
    add("--prefix", default="/api/v1", help="path of the API")
    add(
        "--facts",
        metavar="FILE",
        help="writes url, token, control_url and pid there as JSON when ready",
    )
    add("--cert", metavar="FILE", help="serve TLS with this certificate")
    add("--key", metavar="FILE", help="and this key")
    add(
        "--exit-with-parent",
        action="store_true",
        help="stop when the process that started this one is gone",
    )
    add("--quiet", action="store_true", help="print nothing")
    return parser


if __name__ == "__main__":
    serve(options().parse_args())
