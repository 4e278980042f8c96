# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which device each declaration means: by its name, or by the names of a row of renames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from .._devices import Device
from .._plan import Declaration
from .._problems import Problems
from .._schema import DETAIL_ONLY


class Match(NamedTuple):
    """One declared device.

    declared: as it was written. declaration: as it is carried out.
    actual: the device that it means, None where there is none.
    """

    declared: Declaration
    declaration: Declaration
    actual: Device | None


def match_devices(
    declarations: Sequence[Declaration], found: Mapping[str, Device], problems: Problems
) -> list[Match]:
    """One match for each declaration, in their order; none for a rename that is a problem.

    A rename that is done already, or that creates the device, goes on as a declaration of the new
    name.
    """
    renames: dict[str, Match] = {}
    for chain in _chains(declarations):
        _match_chain(chain, found, renames, problems)
    matches = []
    for declared in declarations:
        if declared.final_name == declared.name:
            matches.append(_match_name(declared, found))
        elif declared.name in renames:
            matches.append(renames[declared.name])
    return matches


def _match_name(declared: Declaration, found: Mapping[str, Device]) -> Match:
    device = found.get(declared.name)
    if declared.absent and device is not None:
        # The plan of today and that of tomorrow have to be alike.
        device = as_listed(device)
    return Match(declared, declared, device)


def as_listed(device: Device) -> Device:
    """A device as a list shows it, however it was read."""
    return {key: value for key, value in device.items() if key not in DETAIL_ONLY}


def _chains(declarations: Sequence[Declaration]) -> list[list[Declaration]]:
    """The renames; those of which one takes the name that the other gives up, after one another."""
    renames: dict[str, Declaration] = {}
    for one in declarations:
        if one.final_name != one.name:
            renames[one.name] = one
    taken = {one.final_name for one in renames.values()}
    chains = []
    for start in renames.values():
        if start.name not in taken:
            chain = [start]
            while chain[-1].final_name in renames:
                chain.append(renames[chain[-1].final_name])
            chains.append(chain)
    return chains


def _match_chain(
    chain: Sequence[Declaration],
    found: Mapping[str, Device],
    renames: dict[str, Match],
    problems: Problems,
) -> None:
    """Add the renames of a chain to `renames`, by declared name.

    Of k renames in a row there are k + 1 names, of which one is free: the renames before it are
    still to be made, those after it are done.
    """
    names = [chain[0].name, *(one.final_name for one in chain)]
    free = [index for index, name in enumerate(names) if name not in found]
    if not free:
        problems.add(chain[-1].where, _name_is_taken(chain[-1]))
        free = [len(names)]
    for index, one in enumerate(chain):
        renamed = replace(one, name=one.final_name, new_name=None)
        if index < free[0]:
            renames[one.name] = Match(one, one, found[one.name])
        elif index >= free[-1]:
            renames[one.name] = Match(one, renamed, found[one.final_name])
        elif one.name not in found and one.final_name not in found:
            renames[one.name] = Match(one, renamed, None)
        else:
            problems.add(one.where, _ambiguous(one))


def _name_is_taken(rename: Declaration) -> str:
    return (
        f"new_name: {rename.final_name!r} is the name of another device already,"
        f" and {rename.name!r} exists too. Delete one, or choose another name."
    )


def _ambiguous(rename: Declaration) -> str:
    return (
        f"new_name: {rename.name!r} and {rename.final_name!r} are names of other declared devices"
        " too, of which some do not exist: it cannot be told which are which."
        " Declare the renames one after the other."
    )
