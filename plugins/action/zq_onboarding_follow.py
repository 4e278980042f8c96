# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_onboarding_follow`, run in the controller's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..modules import zq_onboarding_follow
from ..plugin_utils._action.in_process import InProcessAction

# Where ansible-lint looks for the options of a task.
main = zq_onboarding_follow.main


class ActionModule(InProcessAction):
    spec: ClassVar[Mapping[str, Any]] = zq_onboarding_follow.SPEC
    self_validated: ClassVar[Sequence[str]] = zq_onboarding_follow.SELF_VALIDATED
    module_run = staticmethod(zq_onboarding_follow.run)
