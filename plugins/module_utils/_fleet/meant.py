# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared devices that a task is about, and what can be said of them before any is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._devices import Device, DeviceApi
from .._errors import InputError
from .._plan import Declaration
from .._problems import Problems
from .._text import MAX_LISTED
from .only import nothing_is_meant
from .request import FleetRequest, Scope


class Meant:
    """Which declarations of a request are carried out, and which are passed over.

    scope: with the ids of its types.
    """

    def __init__(self, api: DeviceApi, request: FleetRequest, scope: Scope | None) -> None:
        self.api = api
        self.request = request
        self.scope = scope
        self.only = request.only.with_ids(api.type_id) if request.only else None

    def check(self) -> list[Declaration]:
        """See to all that is wrong without a look at a device, so that this is said at once.

        Returns the declarations that may be meant. Raises ConfigError, or InputError where none is.
        """
        problems = Problems()
        declarations = self.before_reading(problems)
        if self.scope is not None:
            for one in declarations:
                reason = self.scope.leaves(self._belongs_to(one, problems))
                if reason:
                    problems.add(one.where, reason)
        problems.raise_if_any(MAX_LISTED)
        if self.request.declarations and not declarations:
            raise nothing_is_meant(len(self.request.declarations))
        return declarations

    def before_reading(self, problems: Problems) -> list[Declaration]:
        """The declarations that do not say themselves that they are not meant."""
        if self.only is None:
            return self.request.declarations
        meant = []
        for one in self.request.declarations:
            try:
                if self.only.means(one, self.api.type_id) is not False:
                    meant.append(one)
            except InputError as error:
                problems.add_error(one.where, error)
        return meant

    def after_reading(
        self, declarations: Sequence[Declaration], found: Mapping[str, Device]
    ) -> list[Declaration]:
        """Of these, those that are meant: what one does not say, its device does."""
        meant = []
        for one in declarations:
            actual = found.get(one.name) or found.get(one.final_name)
            if self.only is None or self.only.means_with(one, actual, self.api.type_id):
                meant.append(one)
        return meant

    def undeclared(self, devices: Sequence[Device]) -> Sequence[Device]:
        """Of the devices in scope, those that nobody has declared, if they would be meant."""
        if self.only is None:
            return devices
        declared = names_of(self.request.declarations)
        return [
            device
            for device in devices
            if device["name"] not in declared and self.only.means_device(device, self.api.type_id)
        ]

    def passed_over(self, meant: Sequence[Declaration]) -> int | None:
        """How many are not meant; None where all are."""
        if self.only is None:
            return None
        return len(self.request.declarations) - len(meant)

    def _belongs_to(self, declaration: Declaration, problems: Problems) -> dict[str, Any]:
        """Where the device is declared to belong, as far as that is known without a request."""
        if declaration.absent:
            return {}
        fields = declaration.fields
        belongs = {key: fields[key] for key in ("organization_id", "type") if key in fields}
        if not isinstance(belongs.get("type"), str):
            return belongs
        short_name = belongs.pop("type")
        types = self.request.selection.type if self.request.selection else ()
        # Where the scope has a short name, the types of the platform have been read for it.
        if any(isinstance(one, str) for one in types):
            try:
                belongs["type"] = self.api.type_id(short_name)
            except InputError as error:
                problems.add_error(declaration.where, error)
        return belongs


def names_of(declarations: Iterable[Declaration]) -> dict[str, None]:
    """The names that devices have or are to have, each once, in order."""
    names: dict[str, None] = {}
    for declaration in declarations:
        names[declaration.name] = None
        names[declaration.final_name] = None
    return names
