#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say whether the platform can be worked with."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_preflight
short_description: Say whether Zequenze CONTROL can be worked with, and what to do where not
description:
  - Looks whether the platform is reached and trusted, whether it is the API that answers, what the token may read and, with
    O(write_to), write, and how far the clocks differ.
  - All checks that can be made are made, and told at once. One that depends on another that failed is V(not_run).
  - Fails at its end where a check failed. A warning fails nothing.
  - The playbook C(zequenze.control.preflight) prints what it returns.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  check_mode:
    details:
      - Nothing but GET is sent. With O(write_to) it is told what would be sent.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
options:
  write_to:
    description:
      - The name of a device on which it is tried whether the token may write.
      - What is sent is a PATCH without any field, so that nothing is changed, also where somebody else changes the device at the
        same time. The device is read before and after it, and compared.
      - If it is not given, no write is tried.
    type: str
seealso:
  - module: zequenze.control.zq_device_info
"""

EXAMPLES = r"""
- name: See whether the platform can be read
  zequenze.control.zq_preflight:
    timeout: 10
    retries: 0

- name: See whether the token may write as well
  zequenze.control.zq_preflight:
    write_to: router-hq-001
  register: preflight

- name: Tell it
  ansible.builtin.debug:
    msg: "{{ preflight.lines }}"
"""

RETURN = r"""
state:
  description: V(failed) where a check failed, else V(ok).
  returned: when the checks were made, also on failure
  type: str
  sample: ok
counts:
  description: How many checks there are of each status.
  returned: when the checks were made, also on failure
  type: dict
  sample: {ok: 9, warning: 1, failed: 0, not_run: 1}
checks:
  description: What was looked at, in this order.
  returned: when the checks were made, also on failure
  type: list
  elements: dict
  contains:
    name:
      description:
        - V(versions) of the software, V(proxy), V(name) of the host, V(connection), V(tls), V(api), V(clock), V(latency),
          V(token), the list of V(devices), all fields of one V(device), the list of V(types), V(write).
      type: str
    status:
      description: V(ok), V(warning), V(failed) or V(not_run).
      type: str
    detail:
      description: What was seen, or why it was not looked at.
      type: str
    remedy:
      description: What to do, or empty.
      type: str
  sample:
    - {name: token, status: ok, detail: the platform accepts it, remedy: ""}
lines:
  description: The same in words, a line for each check, and one for all of them.
  returned: when the checks were made, also on failure
  type: list
  elements: str
  sample: ["ok: token: the platform accepts it", "ok: 1 of 1 check passed"]
status:
  description: The HTTP status of the first check that failed, or null where no answer came.
  returned: failure
  type: int
errors:
  description: What is wrong, by check, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._client import Client
from ..module_utils._module import run_module
from ..module_utils._preflight.run import run_checks
from ..module_utils._selection import check_name

SPEC: dict[str, Any] = {
    "write_to": {"type": "str"},
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    write_to = params.get("write_to")
    if write_to is not None:
        write_to = check_name("write_to", write_to)
    return run_checks(client, write_to).result()


def main() -> None:
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
