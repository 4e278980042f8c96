# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lookup `zq_device` reads: options as those of a module, and nothing selected by accident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._client import Client
from ...module_utils._connection import Connection
from ...module_utils._errors import InputError
from ...module_utils._query import QUERY_SPEC, query_devices
from ...module_utils._redact import secrets_in
from ...module_utils._selection import Filter
from .arguments import arguments_of, validated
from .masking import mask

ALL, NAME, DEVICES = "all", "name", "devices"
SPEC: dict[str, Any] = {**QUERY_SPEC, ALL: {"type": "bool", "default": False}}


def look_up(
    terms: Sequence[Any], options: Mapping[str, Any], environ: Mapping[str, str]
) -> list[Any]:
    """The devices, in the platform's order; by name, in the order asked. Sends nothing but GET.

    terms: names, and lists of names. options: as they are given. Raises ZqError.
    """
    params = _params(options, environ)
    names = _names(terms)
    _check_selected(names, params)
    connection = Connection.from_params(params, environ, frozenset(options))
    with Client(connection, read_only=True) as client:
        devices = query_devices(client, {**params, NAME: names})
    secrets = {*connection.secrets, *secrets_in(params)}
    found: list[Any] = mask({DEVICES: devices}, params, secrets)[DEVICES]
    return found


def _params(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    checked = validated(SPEC, arguments_of(options, SPEC, environ))
    if checked.error_messages:
        # Ansible's words name the option, and hold no value of one that is secret.
        raise InputError(
            "options",
            None,
            "; ".join(checked.error_messages),
            "`ansible-doc -t lookup zequenze.control.zq_device` has all options.",
        )
    params: dict[str, Any] = checked.validated_parameters
    return params


def _names(terms: Sequence[Any]) -> list[Any] | None:
    """None where there is no term: no name was asked for."""
    if not terms:
        return None
    names: list[Any] = []
    for term in terms:
        names += term if isinstance(term, (list, tuple)) else [term]
    return names


def _check_selected(names: Sequence[Any] | None, params: Mapping[str, Any]) -> None:
    """See that it is said which devices are meant. Raises InputError."""
    selection = Filter.from_params(params)
    if names is not None and params[ALL]:
        raise InputError(ALL, True, "is given together with names", "Give one of them.")
    if names is not None or (params[ALL] and selection.empty):
        return
    if params[ALL]:
        raise InputError(ALL, True, "is given together with a filter", "Give one of them.")
    if selection.empty or selection.nothing:
        raise InputError(
            NAME,
            None,
            "no name is given, and no value of a filter",
            "Give a name, a filter such as `organization=101`, or `all=true` for every device.",
        )
