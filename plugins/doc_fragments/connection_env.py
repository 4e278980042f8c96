# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the connection's options add where Ansible itself reads the environment, as it does for an inventory source."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    env: [{name: ZQ_URL}]
  token:
    env: [{name: ZQ_TOKEN}]
  validate_certs:
    env: [{name: ZQ_VALIDATE_CERTS}]
  ca_path:
    env: [{name: ZQ_CA_PATH}]
  client_cert:
    env: [{name: ZQ_CLIENT_CERT}]
  client_key:
    env: [{name: ZQ_CLIENT_KEY}]
  proxy:
    env: [{name: ZQ_PROXY}]
  timeout:
    env: [{name: ZQ_TIMEOUT}]
  retries:
    env: [{name: ZQ_RETRIES}]
"""
