# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of all playbooks and roles, by the prefix of their variables."""

from __future__ import annotations

from collections.abc import Mapping

from .table import Table
from .tables.awx_setup import AWX_SETUP
from .tables.credential_rotation import CREDENTIAL_ROTATION
from .tables.drift import DRIFT
from .tables.export import EXPORT
from .tables.firmware_rollout import FIRMWARE_ROLLOUT
from .tables.maintenance import MAINTENANCE
from .tables.onboarding import ONBOARDING
from .tables.preflight import PREFLIGHT
from .tables.reconcile import RECONCILE
from .tables.status import STATUS

TABLES: Mapping[str, Table] = {
    table.prefix: table
    for table in (
        AWX_SETUP,
        CREDENTIAL_ROTATION,
        DRIFT,
        EXPORT,
        FIRMWARE_ROLLOUT,
        MAINTENANCE,
        ONBOARDING,
        PREFLIGHT,
        RECONCILE,
        STATUS,
    )
}
