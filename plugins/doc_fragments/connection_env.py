# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment variables of the connection's options, where Ansible itself reads them.

It does so for an inventory source. Used beside the fragment `connection`.
"""

from __future__ import annotations

import yaml

from ..module_utils._connection_options import OPTIONS

ENVIRONMENT = {option.name: {"env": [{"name": option.env}]} for option in OPTIONS}


class ModuleDocFragment:
    # With its type, for ansible-test reads a plain assignment as a text that is written out.
    DOCUMENTATION: str = yaml.safe_dump({"options": ENVIRONMENT}, sort_keys=False)
