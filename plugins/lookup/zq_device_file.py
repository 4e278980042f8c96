# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices that a file lists."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_device_file
short_description: Read a list of devices from a YAML, JSON or CSV file
description:
  - Returns the devices of a file, each with the place where it is written, as
    O(zequenze.control.zq_onboarding_plan#module:rows) takes them.
  - What is wrong with a row is returned with it, so that M(zequenze.control.zq_onboarding_plan) can
    say everything at once. A file that cannot be read as a whole is an error.
  - What is written is data. It is never evaluated as a template.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
options:
  _terms:
    description:
      - The path of a file. What it is, its ending says, V(.yml), V(.yaml), V(.json) or V(.csv); with
        O(mapping) also V(.tsv), V(.tab) and V(.txt), which are tables as CSV is.
      - A relative path begins at the folder in which Ansible was started.
    type: list
    elements: str
    required: true
  encoding:
    description:
      - How the text of the file is encoded, by any name that Python knows, such as V(windows-1252),
        which spreadsheets write where they are asked for plain CSV, or V(utf-16).
      - Bytes that are not text of this encoding are an error that names the line.
    type: str
    default: utf-8
    version_added: 1.0.0
  mapping:
    description:
      - How a list that other software made is read, as it is. A mapping, its text in YAML or JSON,
        or the path of a YAML or JSON file that holds it. Only what it names is taken.
      - C(fields) says what each field is made of, as text with C({Column}). Filters follow a V(|),
        V(lower), V(upper), V(slug) (lower-case letters without accents, digits and hyphens) and V(hex)
        (the hexadecimal digits alone), such as C({Serial Number|lower}). C({{) and C(}}) are braces.
        It is never a template. C(coordinates) is a latitude and a longitude in one.
      - C(values) says by field what each text means, such as C(active) to be V(true) and C(planned)
        V(false). A text that is not there is an error, unless there is V(*) for the rest.
      - C(skip) says by column which texts leave a row out. V("") is an empty cell.
      - C(encoding) is as O(encoding), and comes before it. A byte order mark comes before both.
      - C(header), if V(false), says that no line names the columns, which are C({1}), C({2}) and
        so on then.
      - C(list) says where in a YAML or JSON document the list is, by a dotted name. A list on the way
        means each of its entries, and V(*) each value of a mapping. Columns of documents are dotted
        names too, C({site.name}); in a mapping of mappings, C({@key}) is the key of an entry.
      - The header of a table is its first line that has all columns that are named, whatever is
        before it, and whether commas, semicolons, tabs or V(|) separate them. Headings are compared
        without case and blanks. Totals, comments and a repeated header are left out. How many rows
        are left out, and their lines, is told as a warning.
      - An empty cell is a field that is not given; in a name, it is an error.
    type: raw
    version_added: 1.0.0
  needs_name:
    description:
      - Whether a device without a name is wrong. It is not where
        O(zequenze.control.zq_onboarding_plan#module:name) says what names are made of. CSV needs no column
        for it then.
    type: bool
    default: true
    version_added: 1.0.0
notes:
  - YAML is a list of devices, or a mapping with C(devices) and, if you like, C(defaults),
    C(organization_defaults) and C(type_defaults), as P(zequenze.control.zq_desired_state#lookup)
    reads them. Single values with C(!vault) may be encrypted.
  - JSON is a list of devices, or an object with C(devices) and, if you like, C(defaults).
  - CSV has the names of the fields in its first line, and is separated by commas, semicolons, tabs
    or V(|). An empty cell is a field that is not given. Names may be spelled with blanks, hyphens
    and capitals, C(Serial Number), but for C(username) and C(password). C(sep=;) before them, and
    empty columns behind them, are passed over.
  - The workbook of a spreadsheet is refused. Save the sheet as CSV UTF-8.
  - What people write around a table is no device, and is an error of its row, such as comments,
    sums, the header again, and placeholders for names. A row that gives nothing but a name, where
    most rows give more, is warned of.
  - A serial number has to be written in full. V(4.02211E+11), V(402211000101.0) and V(="001234"),
    which spreadsheets make of it, and placeholders such as V(N/A), are refused; so are, in names
    and serial numbers, characters that cannot be seen.
  - A byte order mark is left out. A file that is no regular file, such as a pipe, is not opened.
  - The whole file may be encrypted by ansible-vault.
seealso:
  - module: zequenze.control.zq_onboarding_plan
  - plugin: zequenze.control.zq_desired_state
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: How many devices does the file list?
  ansible.builtin.debug:
    msg: "{{ lookup('zequenze.control.zq_device_file', 'devices.csv') | length }}"

- name: How many devices does a spreadsheet's own CSV list?
  ansible.builtin.debug:
    msg: "{{ lookup('zequenze.control.zq_device_file', 'devices.csv', encoding='windows-1252') | length }}"

- name: How many devices does the export of an asset system list?
  ansible.builtin.debug:
    msg: "{{ lookup('zequenze.control.zq_device_file', 'assets.csv', mapping='assets-mapping.yml') | length }}"
"""

RETURN = r"""
_raw:
  description:
    - A list whose only element is the list of rows. Each has C(place), such as C(devices.csv:14),
      C(line), C(fields), and C(errors), which are messages by field; an empty text stands for the
      row itself.
  type: list
  elements: list
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ..module_utils._text import one_line
from ..plugin_utils._device_mapping import known_encoding
from ..plugin_utils._input.ansible_files import ansible_files
from ..plugin_utils._input.device_file import read_devices
from ..plugin_utils._input.document import FileError
from ..plugin_utils._input.encoding import UTF_8
from ..plugin_utils._input.mapping_file import read_mapping
from ..plugin_utils._untrusted import untagged


class LookupModule(LookupBase):
    def run(
        self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[Any]:
        """Read one file."""
        self.set_options(var_options=variables, direct=kwargs)
        if len(terms) != 1 or not isinstance(terms[0], str) or not terms[0].strip():
            raise AnsibleLookupError("zq_device_file: give the path of one file.")
        encoding = self.get_option("encoding") or UTF_8
        if not known_encoding(encoding):
            raise AnsibleLookupError(
                f"zq_device_file: {one_line(terms[0])}: encoding: {encoding!r} is not known. Give one that"
                " Python knows, such as utf-8, utf-16 or windows-1252."
            )
        files = ansible_files(self._loader)
        mapping = None
        needs_name = bool(self.get_option("needs_name"))
        try:
            given = untagged(self.get_option("mapping"))
            if given is not None and given != "":
                mapping = read_mapping("mapping", given, files, needs_name)
            return [
                read_devices(
                    str(terms[0]), files, Display().warning, str(encoding), mapping, needs_name
                )
            ]
        except FileError as error:
            raise AnsibleLookupError(str(error)) from None
