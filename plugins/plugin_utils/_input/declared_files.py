# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an action plugin hands over what reads the files of `path`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...module_utils._fleet.declared import DeclaredFiles, ReadFiles
from ...module_utils._problems import Problems
from ...module_utils._redact import secrets_in_row
from .desired_state import read_declared
from .document import Files


def file_reader(files: Files, warn: Callable[[str], None], secrets: set[str]) -> ReadFiles:
    """secrets: of the devices, each is added as soon as it is read."""

    def read(paths: Sequence[str], problems: Problems) -> DeclaredFiles:
        declared = read_declared(paths, files, problems, warn)
        for device in declared.devices:
            secrets.update(secrets_in_row(device.checked.values))
        return declared

    return read
