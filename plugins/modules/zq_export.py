#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a live fleet as desired-state files."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_export
short_description: Write the devices of Zequenze CONTROL as desired-state files
description:
  - Writes YAML files, one for each organization, type or site, as P(zequenze.control.zq_desired_state#lookup) reads them.
  - The same fleet gives the same files, to the byte. A file that would be the same is not touched.
  - Applying what was written with M(zequenze.control.zq_fleet) is no change, for V(merged) and for
    V(replaced).
  - A file that this module did not write is never overwritten and never removed. One that it wrote, and of which there are no devices
    any more, is removed.
  - What it wrote may be edited as it is, with nothing to be taken out. Each file has a digest of itself in its head, by which it is known
    to have been edited. Where one was, the task fails and writes nothing. Export into another folder then, and compare.
  - Passwords are not in the files; the platform does not return them. Neither is whether a firmware
    upgrade is pending.
  - A list of the platform has no C(username), C(update_frequency), C(debug) and C(firmware_image). They are in the files with O(detail)
    alone, so that an export reads pages, and so does whoever compares the platform with the files.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  check_mode:
    details:
      - No file is written, and that one cannot be written is said.
  diff_mode:
    support: full
    details:
      - By file, the devices and defaults that change.
  idempotent:
    support: full
options:
  path:
    description:
      - The folder. It is made where it is missing.
      - That it, and the exported files in it, can be written is seen before the platform is read. A file that is a link stays one, and
        what it points to is written.
    type: path
    required: true
  scope:
    description:
      - What is written. If it is not given, it is everything that the token may see.
      - With O(scope.organization), the files of other organizations stay as they are. With O(split=type), where a file has devices of
        several, a file holds devices of these only, as it does with O(scope.type).
      - With O(scope.type), a file holds devices of these types only, and only an export with the
        same types may write it again.
    type: dict
    suboptions:
      organization:
        description: The id of an organization, or a list of them.
        type: raw
        aliases: [organization_id]
      type:
        description: A device type, as its id or its short name, or a list of them.
        type: raw
  split:
    description:
      - V(organization) writes C(organization_ID.yml) for each organization, V(type) C(type_NAME.yml) for each type, and V(site)
        C(site_ID_NAME.yml) for each C(location_name) of an organization. What has none is in C(no_organization.yml), C(no_type.yml) and
        C(no_site_ID.yml).
      - Of a type's or a site's name, the name of the file has lower-case letters without accents, digits and hyphens. Two that would have
        the same one get a part of a digest each.
      - A folder belongs to one split.
    type: str
    choices: [organization, type, site]
    default: organization
    version_added: 1.0.0
  detail:
    description:
      - Whether the files have C(username), C(update_frequency), C(debug) and C(firmware_image) as well.
      - Each device is then read by itself, by this module, and by M(zequenze.control.zq_fleet) and M(zequenze.control.zq_drift) whenever
        they compare the files with the platform.
      - Without it, the files have C(keep_detail), so that a replacement does not reset what was not read.
    type: bool
    default: false
    version_added: 1.0.0
  snapshot:
    description:
      - A file, readable by its owner alone, for all fields of the devices in O(scope) as they are, with what they report (status,
        versions, connections), as JSON. It is written each time, and no part of C(changed), RV(files) and RV(diff). Each device is read by
        itself for it.
    type: path
  concurrency:
    description: How many pages of a list are read at once.
    type: int
    default: 8
  read_concurrency:
    description: How many devices are read at once where they are read one by one; 1 to 128.
    type: int
    default: 16
    version_added: 1.0.0
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
seealso:
  - module: zequenze.control.zq_fleet
  - plugin: zequenze.control.zq_desired_state
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Begin with a repository from what there is
  zequenze.control.zq_export:
    path: devices
"""

RETURN = r"""
files:
  description: What became of each file, or would in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    action:
      description: V(create), V(update), V(remove) or V(unchanged).
      type: str
  sample:
    - {path: devices/organization_101.yml, action: create}
summary:
  description: How many devices were exported, and how many files there are of each kind.
  returned: success
  type: dict
  sample: {devices: 20, created: 1, updated: 0, removed: 0, unchanged: 0}
diff:
  description: By file, the devices and defaults that differ.
  returned: success
  type: dict
  contains:
    before:
      description: Before the task.
      type: dict
    after:
      description: After it.
      type: dict
  sample: {before: {}, after: {}}
refused:
  description: V(true) where nothing was written, for a file is not the export's, or for it would remove all of them.
  returned: when the task is refused
  type: bool
  sample: true
status:
  description: The HTTP status of the request that failed, or null where no answer came.
  returned: failure
  type: int
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._client import Client
from ..module_utils._devices import READ_CONCURRENCY
from ..module_utils._fleet.export import export
from ..module_utils._fleet.split import ORGANIZATION, SPLITS
from ..module_utils._module import run_module
from ..module_utils._selection import SCOPE_SPEC

SPEC: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "scope": {"type": "dict", "options": SCOPE_SPEC},
    "split": {"type": "str", "choices": list(SPLITS), "default": ORGANIZATION},
    "detail": {"type": "bool", "default": False},
    "snapshot": {"type": "path"},
    "concurrency": {"type": "int", "default": 8},
    "read_concurrency": {"type": "int", "default": READ_CONCURRENCY},
    "page_size": {"type": "int", "default": 100},
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    return export(params, client)


def main() -> None:
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
