# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes that the modules have in common."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
requirements:
  - python >= 3.9
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the
      platform.
    support: full
    details:
      - Nothing but GET is sent. What the module itself refuses, such as a wrong option, a guard or a
        confirmation that is missing, fails with C(--check) too. What only the platform can refuse is
        told where its list of devices shows it, and fails otherwise without C(--check) alone.
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when run
      with C(--diff).
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run
      reports no change.
  action_group:
    description: Use C(group/zequenze.control.all) in C(module_defaults) to set the connection's
      options once for all modules.
    support: full
    membership:
      - zequenze.control.all
"""
