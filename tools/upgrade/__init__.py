# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an older version of the collection has written is read by this one.

Each older version is built from its commit, installed from its tarball, and works on a simulated
platform, until rollouts are half way. Then this version is installed over it, and goes on.
"""
