# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices a rollout is about: by name or by filter, or those of them that were approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from .._errors import RefusedError
from .._selection import Filter
from .._text import listing, plural
from .approval import Settings, StoredPlan, plan_digest
from .approved import OPTION, PLAN_ANEW, check_digest, check_settings, moving_keys, moving_warning
from .request import PlanRequest
from .target import Target


@dataclass(frozen=True)
class Selected:
    """devices: as the list shows them. missing: names that do not exist.

    left_out: the names of those that are selected, and not in the approved plan. gone: the names, in
    that plan, of those of it that are selected no more.
    """

    devices: Sequence[Device]
    missing: Sequence[str] = ()
    left_out: Sequence[str] = ()
    gone: Sequence[str] = ()

    @property
    def ids(self) -> list[int]:
        return [int(device["id"]) for device in self.devices]

    @property
    def warnings(self) -> list[str]:
        found = []
        if self.gone:
            are = plural(len(self.gone), "device is", "devices are")
            named = listing(self.gone)
            found.append(
                f"Of the approved plan {are} not selected any more, and left out: {named}."
            )
        if self.left_out:
            have = plural(len(self.left_out), "selected device is", "selected devices are")
            named = listing(self.left_out)
            found.append(
                f"{have} not in the approved plan, and left out: {named}."
                " A plan that is made now would have them."
            )
        return found


def select(api: DeviceApi, request: PlanRequest) -> Selected:
    """Raises NotFoundError for a name that does not exist, where no plan was approved."""
    found = _found(api, request)
    if found.missing and request.expected is None:
        raise no_such_device(list(found.missing))
    if request.approved is None:
        return found
    return _approved(found, request.approved)


def _found(api: DeviceApi, request: PlanRequest) -> Selected:
    if request.names is None:
        return Selected(api.select(_filter(request), WITH_PENDING))
    found = api.find_in(Filter(), request.names, WITH_PENDING, confirm="always").devices
    missing = [name for name in request.names if name not in found]
    return Selected(list(found.values()), missing)


def _filter(request: PlanRequest) -> Filter:
    """The filter; of an approved plan without what a device leaves it by as it is upgraded."""
    selection = request.selection or Filter()
    if request.approved is None:
        return selection
    return replace(selection, status=(), last_status_change_from=())


def _approved(found: Selected, approved: StoredPlan) -> Selected:
    ids = set(approved.ids)
    devices = [device for device in found.devices if int(device["id"]) in ids]
    present = {int(device["id"]) for device in devices}
    gone = [one.name for one in approved.members if one.id not in present and not one.gone]
    left_out = [str(device["name"]) for device in found.devices if int(device["id"]) not in ids]
    if not devices:
        raise RefusedError(
            f"{OPTION}: none of the devices of the approved plan is selected any more",
            errors={OPTION: ["none of its devices is selected"]},
            remedy=PLAN_ANEW,
        )
    return Selected(devices, found.missing, left_out, gone)


def settings_of(request: PlanRequest, target: Target, selected: Selected) -> Settings:
    """What is asked for beside the selection."""
    ids = _ids_by_name(request, selected)
    return Settings(
        image=target.image,
        version=target.version,
        sources=target.sources,
        types=target.types,
        canaries=[ids.get(name, name) for name in request.canaries],
        waves=[str(size) for size in request.sizes],
        max_failures=str(request.max_failures),
        order=request.order,
    )


def _ids_by_name(request: PlanRequest, selected: Selected) -> Mapping[str, int]:
    """By the names that devices have, or had when the plan was approved."""
    ids: dict[str, int] = {str(device["name"]): int(device["id"]) for device in selected.devices}
    plan = request.approved or request.memory.plan
    if plan is not None:
        ids.update({one.name: one.id for one in plan.members if not one.gone})
    return ids


def check_approved(request: PlanRequest, settings: Settings, selected: Selected) -> None:
    """Refuse what is not the plan that was approved, where one was. Raises RefusedError."""
    if request.approved is not None:
        check_settings(settings, request.approved.settings)
    elif request.expected is not None:
        digest = plan_digest(settings, selected.ids)
        check_digest(
            request.expected,
            digest,
            request.selection,
            selected=len(selected.devices),
            missing=len(selected.missing),
            newcomers=_newcomers(request, selected),
        )


def _newcomers(request: PlanRequest, selected: Selected) -> list[str]:
    """Names of devices that the plan of the run before did not have; none where it is not known."""
    if request.memory.plan is None:
        return []
    known = set(request.memory.plan.ids)
    return [str(device["name"]) for device in selected.devices if int(device["id"]) not in known]


def selection_warnings(request: PlanRequest, selected: Selected, check_mode: bool) -> list[str]:
    """What the user should know of the selection."""
    warnings = selected.warnings
    keys = moving_keys(request.selection)
    if keys and check_mode and request.approved is None:
        warnings.append(moving_warning(keys))
    return warnings


def canaries_of(request: PlanRequest, settings: Settings, selected: Selected) -> list[str]:
    """The names that the canaries have now; of an approved plan those that are still there."""
    if request.approved is None:
        return list(request.canaries)
    names = {int(device["id"]): str(device["name"]) for device in selected.devices}
    return [names[one] for one in settings.canaries if isinstance(one, int) and one in names]
