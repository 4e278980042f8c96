# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet that the platform starts with: a file, so many devices, or the example."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import DatabaseError, IntegrityError

from simulator import engine, example, seed


class StartupError(Exception):
    """An option of the command line that cannot be followed; the text says what to do."""


def first_fleet(options: Namespace, *, new: bool) -> None:
    """Plant what the options say; `new`: the platform has just been made. Raises StartupError."""
    if options.seed is not None:
        _plant(f"--seed {options.seed}", _read(options.seed), options)
    if options.devices is not None:
        given = {"count": options.devices, "organizations": [1, 2, 3]}
        _plant(f"--devices {options.devices}", given, options)
    asked = options.empty or options.seed is not None or options.devices is not None
    if new and not asked:
        with engine.turn() as moment:
            seed.plant(example.seed(moment.now), moment)


def _read(file: str) -> dict[str, Any]:
    import yaml

    option = f"--seed {file}"
    try:
        text = Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise StartupError(f"{option}: not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise StartupError(f"{option}: cannot be read: {error.strerror}") from None
    try:
        given = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise StartupError(
            f"{option}: neither YAML nor JSON: {' '.join(str(error).split())}"
        ) from None
    if given is None:
        raise StartupError(f"{option}: the file is empty; --empty starts without devices")
    if not isinstance(given, Mapping):
        keys = ", ".join(sorted(seed.SEED_KEYS))
        raise StartupError(f"{option}: a mapping is expected, with any of the keys {keys}")
    return dict(given)


def _plant(option: str, given: dict[str, Any], options: Namespace) -> None:
    try:
        with engine.turn() as moment:
            seed.plant(given, moment)
    except IntegrityError as error:
        raise StartupError(_clash(option, str(error), options)) from None
    except (ValueError, TypeError, KeyError, AttributeError, DatabaseError) as error:
        raise StartupError(f"{option}: {error}") from None


def _clash(option: str, error: str, options: Namespace) -> str:
    if "UNIQUE" not in error:
        return f"{option}: {error}"
    field = "serial number" if "serial_number" in error else "name"
    if options.data_dir is None:
        return f"{option}: two devices have the same {field}"
    return (
        f"{option}: two devices have the same {field}, or one of them is in --data-dir"
        f" {options.data_dir} from an earlier start; to go on with what is there, leave the option out"
    )
