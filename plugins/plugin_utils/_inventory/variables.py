# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of host variables: none that Ansible or the collection obeys.

The platform decides which fields there are. A field `in_process` must not become `zq_in_process`.
"""

from __future__ import annotations

import keyword

from ansible.vars.reserved import is_reserved_name

from ...module_utils._errors import InputError
from ...module_utils._schema import BY_NAME
from .constructed import JINJA_WORDS

# What begins so is a variable of Ansible's, or of a role or a playbook of this collection.
_OBEYED_BEGINNINGS = (
    "ansible_",
    "awx_setup_",
    "credential_rotation_",
    "drift_",
    "export_",
    "firmware_rollout_",
    "maintenance_",
    "onboarding_",
    "preflight_",
    "reconcile_",
    "status_",
)
_OBEYED = frozenset(
    [
        "zq_in_process",
        # Ansible's own, but for those that every ansible-core reserves.
        "delegated_vars",
        "group_names",
        "groups",
        "hostvars",
        "inventory_dir",
        "inventory_file",
        "inventory_hostname",
        "inventory_hostname_short",
        "item",
        "play_hosts",
        "playbook_dir",
        "role_name",
        "role_names",
        "role_path",
        "vars",
        # Functions and values of templates, which a variable hides. Cores before 2.19 reserve none.
        "cycler",
        "dict",
        "joiner",
        "lipsum",
        "lookup",
        "namespace",
        "now",
        "omit",
        "q",
        "query",
        "range",
        "undef",
    ]
)


def is_obeyed(name: str) -> bool:
    """Whether a variable of this name does something."""
    return (
        name in _OBEYED
        or name in JINJA_WORDS
        or name.startswith(_OBEYED_BEGINNINGS)
        or keyword.iskeyword(name)
        or is_reserved_name(name)
    )


def may_be_variable(name: str) -> bool:
    """Whether a field of the platform may become a variable of this name."""
    return name.isidentifier() and not is_obeyed(name)


def check_prefix(prefix: str) -> None:
    """Raise InputError for a `hostvars_prefix` that makes a variable no variable, or one of those."""
    remedy = "Use letters, digits and underscores, as in the default, zq_."
    if not prefix:
        raise InputError(
            "hostvars_prefix",
            prefix,
            "would let the platform set any variable of Ansible",
            remedy,
        )
    for field in BY_NAME:
        name = prefix + field
        if not name.isidentifier():
            raise InputError("hostvars_prefix", prefix, "makes no names of variables", remedy)
        if is_obeyed(name):
            raise InputError(
                "hostvars_prefix",
                prefix,
                f"makes the variable {name}, which Ansible or this collection obeys",
                remedy,
            )
