# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of devices of Zequenze CONTROL, as events for ansible-rulebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Changes of the devices of Zequenze CONTROL
description:
  - Polls the platform, and makes one event of each change of a device.
  - Often it asks only for the devices whose status changed lately, by the platform's own clock; now and then it
    reads the whole list, for what such a short look cannot see.
  - An error never ends the rulebook, but for an option that cannot be used and a token that is refused (401, 403).
  - Needs ansible-core and requests (2.28 or newer) in the Python of ansible-rulebook.
options:
  url:
    description:
      - The address of the API. If not set, the environment variable ZQ_URL is used.
    type: str
    default: https://control.zequenze.com/api/v1
  token:
    description:
      - The API token. If not set, the environment variable ZQ_TOKEN is used, which is where it should be; one of the
        two is needed.
    type: str
  validate_certs:
    description:
      - Whether the platform's certificate is verified. If not set, the environment variable ZQ_VALIDATE_CERTS is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of CA certificates. If not set, the environment variable ZQ_CA_PATH is used.
    type: path
  client_cert:
    description:
      - A client certificate in PEM form. If not set, the environment variable ZQ_CLIENT_CERT is used.
    type: path
  client_key:
    description:
      - The key of the client certificate. If not set, the environment variable ZQ_CLIENT_KEY is used.
    type: path
  proxy:
    description:
      - The address of an HTTP proxy. If not set, the environment variable ZQ_PROXY is used, then the usual ones.
    type: str
  timeout:
    description:
      - How many seconds one request may take. If not set, the environment variable ZQ_TIMEOUT is used.
    type: float
    default: 30.0
  retries:
    description:
      - How often a request is sent again within one look. If not set, the environment variable ZQ_RETRIES is used.
    type: int
    default: 4
  rate_limit:
    description:
      - How many requests a second are sent at most. If not set, the environment variable ZQ_RATE_LIMIT is used;
        without either there is no limit.
    type: float
  filters:
    description:
      - Which devices are watched, by C(type) and C(organization) (or C(organization_id)); each value is one, or a list.
    type: dict
    default: {}
    aliases: [filter]
  interval:
    description:
      - Seconds from one look to the next.
    type: float
    default: 60.0
  full_interval:
    description:
      - Seconds from one look at the whole list to the next.
      - So long it may take until anything but a change of the status is seen.
    type: float
    default: 900.0
  kinds:
    description:
      - Which events are told.
    type: list
    elements: str
    choices: [status, pending, firmware, configuration, created, renamed, deleted, connection]
    default: [status, pending, firmware, configuration, created, renamed, deleted, connection]
  initial:
    description:
      - Whether the status of every device is told at the very first look.
    type: bool
    default: false
  state_file:
    description:
      - A file (mode 0600) in which the source remembers what it has told.
      - With it nothing is lost that happens while the rulebook does not run.
    type: path
  settle:
    description:
      - Seconds that a status must last before it is told.
    type: float
    default: 0.0
  max_down_per_hour:
    description:
      - So many devices at most are told to be down in an hour; with a C(state_file), over restarts too.
      - The others wait. One that comes up meanwhile is not told.
    type: int
"""

EXAMPLES = r"""
- name: Devices that are down for five minutes
  hosts: localhost
  sources:
    - name: devices
      zequenze.control.devices:
        state_file: /var/lib/eda/devices.state
        settle: 300
  rules:
    - name: Tell it
      condition: event.kind == "status" and event.device.status == "Down"
      action:
        debug:
"""

# The folders above: event_source, plugins, eda, extensions, control, zequenze, ansible_collections.
COLLECTIONS = Path(__file__).absolute().parents[6]


def make_importable() -> None:
    """ansible-rulebook runs this file by its path: the collection is on no search path."""
    if COLLECTIONS.name != "ansible_collections":
        # Not installed, but in a checkout: as it was found otherwise.
        return
    root = str(COLLECTIONS.parent)
    if root not in sys.path:
        sys.path.append(root)
    import ansible_collections

    # PyPI's package `ansible` has one with a fixed path.
    if str(COLLECTIONS) not in ansible_collections.__path__:
        ansible_collections.__path__.append(str(COLLECTIONS))


async def main(queue: Any, args: dict[str, Any]) -> None:
    """The source. Runs until it is cancelled."""
    make_importable()
    from ansible_collections.zequenze.control.plugins.plugin_utils._events import source

    await source.main(queue, args)
