# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet that is loaded into the simulator: an export, a folder of files, a seed, or none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._text import plural
from ansible_collections.zequenze.control.plugins.plugin_utils._forms import list_from
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.device_file import (
    read_devices,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
    UnreadableError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.folder import expanded

from tools.common import Failed
from tools.rehearsal.files import document_of, one_line

OPTION = "--fleet"
REMEDY = "Give a snapshot of zequenze.control.export, a folder of device files, or a seed of the simulator."
# What only the platform decides, and what is no field of a device there.
LEFT_OUT = (
    "id",
    "uuid",
    "password",
    "update_password",
    "new_name",
    "sync",
    "keep_detail",
    "pending_settings",
    "firmware_image_is_pending",
)

# The parts of a seed's behaviours.
BEHAVIOURS = {"default": Mapping, "types": Mapping, "groups": list, "devices": Mapping}

Seed = dict[str, Any]
Device = dict[str, Any]


def seed_of(path: Path, software_version: str) -> Seed:
    """What the simulator is given of a file or a folder. Raises Failed."""
    if path.is_dir():
        return seed_of_declared(OPTION, path, software_version)
    value = _as_json(path, document_of(OPTION, path))
    if isinstance(value, list):
        value = {"devices": value}
    if not isinstance(value, Mapping) or not (value.get("devices") or value.get("count")):
        raise Failed(f"{OPTION} {path}: holds no devices. {REMEDY}")
    _check_parts(path, value)
    devices = value.get("devices") or []
    if not all(isinstance(one, Mapping) for one in devices):
        raise Failed(f"{OPTION} {path}: its devices are no list of mappings. {REMEDY}")
    for number, device in enumerate(devices, 1):
        if not device.get("name"):
            raise Failed(f"{OPTION} {path}: device {number} has no name. {REMEDY}")
    return {**value, "devices": numbered([dict(device) for device in devices])}


def _as_json(path: Path, value: Any) -> Any:
    """What YAML holds as it is sent to the simulator: moments are text there. Raises Failed."""
    try:
        return json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError, RecursionError) as error:
        raise Failed(f"{OPTION} {path}: cannot be written as JSON: {error}. {REMEDY}") from None


def _check_parts(path: Path, seed: Mapping[str, Any]) -> None:
    """See that what is read of a seed here can be; the rest the simulator checks. Raises Failed."""
    behaviours = seed.get("behaviours")
    for name, value, kind in (
        *((name, seed.get(name), list) for name in ("devices", "types")),
        *((name, seed.get(name), Mapping) for name in ("behaviours", "images")),
    ):
        _check_part(path, name, value, kind)
    for name, kind in BEHAVIOURS.items():
        _check_part(path, f"behaviours.{name}", (behaviours or {}).get(name), kind)


def _check_part(path: Path, name: str, value: Any, kind: type) -> None:
    if value and not isinstance(value, kind):
        word = "list" if kind is list else "mapping"
        raise Failed(f"{OPTION} {path}: {name} is no {word}. {REMEDY}")


def seed_of_declared(option: str, path: Path, software_version: str) -> Seed:
    """The devices that a folder declares, all up. Raises Failed."""
    up = {"status": "Up", "software_version": software_version}
    return {"devices": numbered([{**up, **device} for device in declared(option, path)])}


def declared(option: str, path: Path) -> list[Device]:
    """The devices of a folder, or file, of desired state. Raises Failed."""
    try:
        return [dict(device) for device in read([str(path)], FILES)]
    except FileError as error:
        first, *others = error.problems
        text = f"{option}: {one_line(first)}"
        if others:
            text += f" And {plural(len(others), 'problem')} more."
        raise Failed(text) from None


def _content(name: str) -> bytes:
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
    if content.startswith(b"$ANSIBLE_VAULT"):
        return _undecryptable(name).encode()
    return content


def _undecryptable(_text: str) -> str:
    raise UnreadableError("is encrypted: a rehearsal needs no secret, leave it out.")


FILES = Files(_content, _undecryptable)


def numbered(devices: list[Device]) -> list[Device]:
    """Devices as the simulator takes them: a type has a number there, and what only the platform
    decides is left to it.
    """
    known: dict[str, int] = {}
    for device in devices:
        if device.get("type_short_name") and _number(device.get("type")):
            known[str(device["type_short_name"])] = _number(device["type"])
    highest = max((_number(device.get("type")) for device in devices), default=0)
    for device in devices:
        for name in LEFT_OUT:
            device.pop(name, None)
        given = device.get("type") or device.get("type_short_name")
        if given is None or _number(given):
            continue
        name = str(given)
        if name not in known:
            highest += 1
            known[name] = highest
        device.update(type=known[name], type_short_name=name)
    return devices


def types_in(prefix: str, given: Mapping[str, Any], folder: Path) -> list[str]:
    """The types of the devices that the variables declare, as far as they can be read.

    What is wrong with them the playbook says.
    """
    devices: list[Any] = []
    if prefix == "onboarding":
        devices = _onboarded(given, folder)
    elif given.get(f"{prefix}_path"):
        path = folder / expanded(str(given[f"{prefix}_path"]))
        try:
            devices = list(read([str(path)], FILES))
        except FileError:
            return []
    found = [device.get("type") for device in devices if isinstance(device, Mapping)]
    return [str(one) for one in dict.fromkeys(found) if one is not None]


def _onboarded(given: Mapping[str, Any], folder: Path) -> list[Any]:
    devices = [given.get("onboarding_defaults")]
    try:
        devices += list_from("onboarding_devices", given.get("onboarding_devices"))
    except InputError:
        return devices
    if given.get("onboarding_file"):
        path = folder / expanded(str(given["onboarding_file"]))
        try:
            rows = read_devices(str(path), FILES, lambda _text: None)
        except FileError:
            return devices
        devices += [row["fields"] for row in rows]
    return devices


def with_types(seed: Seed, names: Iterable[str]) -> Seed:
    """A seed that has these types too, by short name or number; one without any knows only these."""
    devices = seed.get("devices") or []
    types = [dict(kind) for kind in seed.get("types") or [] if isinstance(kind, Mapping)]
    if seed.get("count") and not types:
        # The simulator has types of its own for these.
        return seed
    known = {str(kind.get("short_name")) for kind in types}
    known |= {str(device.get("type_short_name")) for device in devices}
    numbers = {_number(kind.get("id")) for kind in types}
    numbers |= {_number(device.get("type")) for device in devices}
    for name in names:
        if name in known or _number(name) in numbers - {0}:
            continue
        number = _number(name) or max(numbers, default=0) + 1
        short_name = f"type-{name}" if name.isdecimal() else name
        types.append({"id": number, "name": short_name, "short_name": short_name})
        numbers.add(number)
    return {**seed, "types": types} if types else seed


def _number(value: Any) -> int:
    """0 where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else 0


def images_of(given: Mapping[str, Any], software_version: str) -> dict[str, str]:
    """The images that the variables name, with the version that a device reports then."""
    images = {}
    rollback, image = (given.get(f"firmware_rollout_{one}image") for one in ("rollback_", ""))
    if _number(rollback):
        images[str(rollback)] = _former_version(given, software_version)
    if _number(image):
        images[str(image)] = str(given.get("firmware_rollout_version"))
    return images


def _former_version(given: Mapping[str, Any], software_version: str) -> str:
    name = "firmware_rollout_from"
    try:
        versions = list_from(name, given.get(name) or software_version)
    except InputError:
        return software_version
    return str(versions[-1]) if versions else software_version
