# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a fleet in Prometheus' text format, for the textfile collector of node_exporter.

Labels are bounded: no device has a series of its own, and neither have organizations and types
beyond the first few hundred.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._status.kinds import (
    BREAKING_POLICY,
    DOWN,
    INACTIVE,
    NEVER_CONNECTED,
    OF_VAULT,
    PENDING,
    STALE,
    WRONG_VERSION,
)
from ...module_utils._text import escaped
from .status import UP, Status
from .values import to_count, to_datetime, to_int, to_text

# With series of their own: those with the most devices.
MAX_ORGANIZATIONS = 500
MAX_TYPES = 100
OTHER, NONE = "other", "none"
DEVICES = "zequenze_devices"
# Kind → what is counted.
GAUGES = {
    STALE: "Devices that have not connected for long.",
    PENDING: "Devices with something pending.",
    WRONG_VERSION: "Devices that report another version than they should.",
    INACTIVE: "Devices that are set inactive.",
    NEVER_CONNECTED: "Devices that have never connected.",
    BREAKING_POLICY: "Devices that break the policy of the desired state.",
}

Key = tuple[str, str]  # organization, type


def as_prometheus(status: Status) -> str:
    rows = _by_organization_and_type(status.groups["organization_types"])
    lines = list(_head(DEVICES, "Devices by organization, type and status."))
    for key, counts in rows.items():
        lines += [_line(DEVICES, _labels(key, status=one), counts[one]) for one in (UP, DOWN)]
    for kind, text in GAUGES.items():
        name = f"{DEVICES}_{kind}"
        lines += _head(name, text)
        lines += [_line(name, _labels(key), counts[kind]) for key, counts in rows.items()]
    lines += _vault(status)
    lines += _timestamp(status)
    return "\n".join(lines) + "\n"


def _by_organization_and_type(rows: Sequence[Mapping[str, Any]]) -> dict[Key, Counter[str]]:
    organizations = _largest(rows, "organization_id", MAX_ORGANIZATIONS)
    types = _largest(rows, "type_short_name", MAX_TYPES)
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for row in rows:
        organization, device_type = row.get("organization_id"), row.get("type_short_name")
        key = (
            _organization(organization) if organization in organizations else OTHER,
            (to_text(device_type) or NONE) if device_type in types else OTHER,
        )
        found[key].update({kind: to_count(row.get(kind)) for kind in (UP, DOWN, *GAUGES)})
    return found


def _largest(rows: Iterable[Mapping[str, Any]], field: str, most: int) -> set[Any]:
    """The values of a field that have series of their own."""
    sizes: Counter[Any] = Counter()
    for row in rows:
        sizes[row.get(field)] += to_count(row.get("devices"))
    return {value for value, _size in sizes.most_common(most)}


def _organization(value: Any) -> str:
    number = to_int(value)
    return NONE if number is None else str(number)


def _labels(key: Key, **more: str) -> dict[str, str]:
    organization, device_type = key
    return {"organization": organization, "type": device_type, **more}


def _vault(status: Status) -> Iterator[str]:
    if not status.vault:
        return
    counts = status.vault_counts()
    entries, problems = "zequenze_vault_entries", "zequenze_vault_problems"
    yield from _head(entries, "Entries of the vault file that were looked at.")
    yield _line(entries, {}, counts["entries"])
    yield from _head(problems, "Entries and devices with a problem of a kind.")
    for kind in OF_VAULT:
        yield _line(problems, {"kind": kind}, counts[kind])


def _timestamp(status: Status) -> Iterator[str]:
    """When the fleet was looked at: an alert on its age tells that nobody does any more."""
    moment = to_datetime(status.generated)
    if moment is not None:
        name = "zequenze_status_timestamp_seconds"
        yield from _head(name, "When the fleet was looked at, in seconds since 1970.")
        yield _line(name, {}, int(moment.timestamp()))


def _head(name: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge"]


def _line(name: str, labels: Mapping[str, str], value: int) -> str:
    if not labels:
        return f"{name} {value}"
    told = ",".join(f'{label}="{_quoted(text)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {value}"


def _quoted(text: str) -> str:
    """A label's value. It holds no control characters, and so no end of a line."""
    return escaped(text).replace("\\", "\\\\").replace('"', '\\"')
