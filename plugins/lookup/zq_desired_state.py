# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a fleet, from files."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_desired_state
short_description: Read the desired state of a fleet from a folder of files
description:
  - Returns the devices that the files declare, complete with their defaults, as
    O(zequenze.control.zq_fleet#module:config) takes them.
  - All files are checked first, and all that is wrong is said at once, each with file, line, entry
    and field.
  - Files, and single values with C(!vault), may be encrypted by ansible-vault.
  - What is written is data. It is never evaluated as a template.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
options:
  _terms:
    description:
      - One or more folders. Their files that end in V(.yml), V(.yaml) or V(.json), in upper or
        lower case, are read, also those in folders below, in the order of their paths. A single
        file is taken too.
      - Links to files and folders are followed. A link that leads nowhere or back to where it is, a
        folder that cannot be read, and a pipe, socket or device in place of a file are errors.
        Nothing else is left out but names that begin with a dot, and files that end otherwise.
      - A relative path begins at the folder in which Ansible was started.
      - Of several, a later one overlays the earlier ones. Of a device that both name, first the fields of their entries count, the later
        one's over the earlier one's, and then their defaults, again the later one's over the earlier one's, for what is still not given. A
        null takes back what an earlier one gives. What one folder alone names, it declares alone, with its own defaults.
      - A list among them is as if its paths were given one by one.
    type: list
    elements: raw
    required: true
  content:
    description:
      - V(devices) are the declared devices.
      - V(policy) is what the devices must be, as O(zequenze.control.zq_drift#module:policy) and
        O(zequenze.control.zq_onboarding_plan#module:policy) take it. Of a folder, it is its C(policy.yml);
        a file is the policy itself, whatever its name, if it does not hold devices. Where there is none, it
        has no rules.
      - V(schema) is the JSON Schema of the folder's files, with what the policy says of names, fields, types
        and organizations, and why. Editors check with it while somebody types.
      - Of V(schema), one path is given; of V(policy), one of several may have a policy.
    type: str
    choices: [devices, policy, schema]
    default: devices
    version_added: 1.0.0
notes:
  - A file is a list of devices, or a mapping with C(devices) and, if you like, C(defaults),
    C(organization_defaults) (by the organization's id) and C(type_defaults) (by the type as the
    devices give it), which hold for that file.
  - The file C(defaults.yml) in the folder itself holds the same three, for all files.
  - The file C(mapping.yml) in the folder itself says of which files other software made, and how they
    are read. It has, for each pattern of files, a mapping as
    P(zequenze.control.zq_device_file#lookup) takes it, or the path of a file that holds one and is
    read as nothing else. A pattern without a slash means files in all folders below. So are CSV
    files, and those that end in V(.tsv), V(.tab) or V(.txt), read; without a pattern they are not.
  - The file C(policy.yml) in the folder itself says what its devices must be, by C(name), C(required), C(forbidden),
    C(allowed_types), C(allowed_organizations), C(unique) and C(match). A device that breaks one of these rules is an error.
  - "From the weakest to the strongest: C(defaults), C(organization_defaults) and C(type_defaults)
    of C(defaults.yml), the same three of the file, the device itself. A null takes a default back:
    the field is not declared."
  - Files are UTF-8; bytes that are not are an error that names the line. JSON is a list of devices,
    or an object with C(devices) and, if you like, C(defaults).
  - Each folder of several has its own C(defaults.yml) and C(mapping.yml). The C(policy.yml) of a folder holds for the devices that
    it names, as they are once all folders are laid over one another.
  - Within one folder, a device may be named once. Of several folders, none may be in another one, and each but the first has to name
    a device.
  - Characters that cannot be seen are refused in names and serial numbers, but in the C(name) of a
    device that gets a C(new_name).
  - Organization and type, by which defaults are found, are the device's own, or come from
    C(defaults).
seealso:
  - module: zequenze.control.zq_fleet
  - module: zequenze.control.zq_export
"""

EXAMPLES = r"""
- name: Make the platform what the files declare
  zequenze.control.zq_fleet:
    config: "{{ lookup('zequenze.control.zq_desired_state', 'devices') }}"

- name: Make the platform what the files declare, with what is otherwise in the test bed
  zequenze.control.zq_fleet:
    config: "{{ lookup('zequenze.control.zq_desired_state', 'devices', 'overlays/testbed') }}"

- name: Which devices on the platform break the policy of the folder?
  zequenze.control.zq_drift:
    config: []
    policy: "{{ lookup('zequenze.control.zq_desired_state', 'devices', content='policy') }}"
    scope:
      organization: 123

- name: Write the schema by which editors check the files of the folder
  ansible.builtin.copy:
    content: "{{ lookup('zequenze.control.zq_desired_state', 'devices', content='schema') | to_nice_json }}"
    dest: devices.schema.json
    mode: "0644"

- name: How many devices are declared?
  ansible.builtin.debug:
    msg: "{{ lookup('zequenze.control.zq_desired_state', 'devices') | length }}"
"""

RETURN = r"""
_raw:
  description:
    - A list whose only element is the list of devices, or the rules, or the schema.
  type: list
  elements: raw
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..plugin_utils._input.ansible_files import ansible_files
from ..plugin_utils._input.desired_state import (
    read,
    read_policy_of,
    read_schema_of,
)
from ..plugin_utils._input.document import FileError


class LookupModule(LookupBase):
    def run(
        self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[Any]:
        """Read all the folders as one state."""
        self.set_options(var_options=variables, direct=kwargs)
        paths = _paths(terms)
        files = ansible_files(self._loader)
        content = self.get_option("content")
        if content == "schema" and len(paths) > 1:
            raise AnsibleLookupError(
                "zq_desired_state: content: schema is that of one folder. Give one path."
            )
        try:
            if content == "policy":
                return [read_policy_of(paths, files)]
            if content == "schema":
                return [read_schema_of(paths[0], files)]
            return [read(paths, files, Display().warning)]
        except FileError as error:
            raise AnsibleLookupError(str(error)) from None


def _paths(terms: list[Any]) -> list[str]:
    """Raises AnsibleLookupError."""
    paths: list[Any] = []
    for term in terms:
        paths += term if isinstance(term, (list, tuple)) else [term]
    if not paths or not all(isinstance(path, str) and path.strip() for path in paths):
        raise AnsibleLookupError(
            "zq_desired_state: the path is missing. Give the folder of the declared devices."
        )
    return [str(path) for path in paths]
