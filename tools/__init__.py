# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs behind the Makefile.

Run from the root of the checkout: ``python3 -m tools.NAME``.
"""

import sys

# Stands before every import of newer syntax, so that an old Python says this instead of a
# SyntaxError.
if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
    FOUND = ".".join(str(number) for number in sys.version_info[:2])
    sys.exit(
        "Python 3.11 or newer is needed, this is "
        + FOUND
        + ". Name another one: make PYTHON=python3.12 ..."
    )
