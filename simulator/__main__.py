# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m simulator`: see README.md."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The checkout stays as it is.
sys.dont_write_bytecode = True
if not __package__:  # started as a folder, from anywhere
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from simulator.server import serve  # noqa: E402


class Once(argparse.Action):
    """An option of which the last would win, which nobody means."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} may be given once; put both fleets into one file")
        setattr(namespace, self.dest, values)


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A type of argparse: a whole number within limits."""

    def read(text: str) -> int:
        number = int(text)
        if number < least or (most is not None and number > most):
            limits = f"at least {least}" if most is None else f"{least} to {most}"
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return number

    read.__name__ = "whole number"  # what argparse calls it where int() refuses
    return read


def pace(text: str) -> float:
    """A type of argparse: how fast time goes; 0 stands still."""
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return number


def check(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """What options say together, and the files that the server would only miss later."""
    if given.empty and (given.seed is not None or given.devices is not None):
        parser.error("--empty means no fleet: leave out --seed and --devices, or --empty")
    if given.key is not None and given.cert is None:
        parser.error("--key needs --cert, the certificate to which it belongs")
    for name in ("cert", "key"):
        file = getattr(given, name)
        if file is not None and not os.access(file, os.R_OK):
            parser.error(f"--{name} {file}: cannot be read")


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m simulator", description="The Zequenze CONTROL platform, simulated."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=whole(0, 65535), default=0, help="0: any free one")
    add("--token", help="the default token; random where not given")
    add("--data-dir", help="keeps the data there; otherwise it is removed at the end")
    add("--workers", type=whole(1), default=4)
    add("--speed", type=pace, default=1.0, help="how much faster than real time the devices live")
    add("--max-limit", type=whole(1), default=100, help="cap of the query parameter `limit`")
    add("--strict", action="store_true", help="refuse unknown fields instead of ignoring them")
    add("--seed", metavar="FILE", action=Once, help="a fleet in YAML or JSON")
    add("--devices", type=whole(0), metavar="N", help="a fleet of N devices")
    add(
        "--empty",
        action="store_true",
        help="no devices and no types; otherwise a new platform has 60 devices of its own",
    )
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
    parser = options()
    given = parser.parse_args()
    check(parser, given)
    serve(given)
