# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that an onboarding's plan is made of, read in the controller: what is wrong is one error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._problems import ConfigError
from .desired_state import read_policy_of
from .device_file import read_devices
from .document import FileError, Files
from .encoding import UTF_8
from .mapping_file import read_mapping


def with_files(
    params: Mapping[str, Any], files: Files, warn: Callable[[str], None]
) -> dict[str, Any]:
    """The options of `zq_onboarding_plan`, with the rows and the policy that its files hold.

    Raises InputError, and ConfigError with all that is wrong in a file.
    """
    read = dict(params)
    try:
        if params.get("file") is not None:
            if params.get("rows") is not None:
                raise InputError(
                    "file", params["file"], "is given beside rows", "Give one of them."
                )
            read["rows"] = _rows(params, files, warn)
        if params.get("policy_file") is not None:
            if params.get("policy") is not None:
                raise InputError(
                    "policy_file",
                    params["policy_file"],
                    "is given beside policy",
                    "Give one of them.",
                )
            read["policy"] = read_policy_of(params["policy_file"], files)
    except FileError as error:
        raise ConfigError(_in_one_line(error)) from None
    return {**read, "file": None, "policy_file": None}


def _rows(params: Mapping[str, Any], files: Files, warn: Callable[[str], None]) -> list[Any]:
    needs_name = params.get("name") is None
    mapping = None
    if params.get("mapping") not in (None, ""):
        mapping = read_mapping("mapping", params["mapping"], files, needs_name)
    return read_devices(params["file"], files, warn, UTF_8, mapping, needs_name)


def _in_one_line(error: FileError) -> str:
    """As the errors of options are told."""
    return str(error).replace(":\n", ": ", 1).replace("\n", " | ")
