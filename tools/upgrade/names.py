# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users write: plugins, their options, choices and return values, variables of playbooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.upgrade.site import Site, Trial, expect

KINDS = ("module", "lookup", "filter", "inventory")
PLAYBOOKS = (
    "awx_setup|credential_rotation|drift|export|firmware_rollout|maintenance|onboarding|preflight"
    "|reconcile|status"
)
VARIABLE = re.compile(rf"\b(?:{PLAYBOOKS})_\w+")
# What is gone since one of the older versions, before there was a release. After it, what is gone
# stands among the removed features of the changelog, and the first number of the version is another.
GONE = {"zequenze.control.zq_rotation returns finished"}


def names_of(plugin: str, documentation: Mapping[str, Any]) -> Iterator[str]:
    """What a plugin takes and returns, as ansible-doc tells it."""
    yield plugin
    yield from options_of(plugin, documentation["doc"].get("options") or {})
    yield from returned_by(plugin, documentation.get("return") or {})


def options_of(where: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Options with their other names and their choices, and those within them."""
    for name, option in options.items():
        for one in (name, *(option.get("aliases") or ())):
            yield f"{where} takes {one}"
        for choice in option.get("choices") or ():
            yield f"{where} takes {name}={choice}"
        yield from options_of(f"{where}: {name}", option.get("suboptions") or {})


def returned_by(where: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Return values, and those within them."""
    for name, value in values.items():
        yield f"{where} returns {name}"
        yield from returned_by(f"{where}: {name}", value.get("contains") or {})


class Names(Trial):
    """The public interface: within a major version nothing of it goes away."""

    name = "the names that users write"

    def write(self, site: Site) -> None:
        site.write("names.json", json.dumps(sorted(self._names(site))))

    def read(self, site: Site) -> str:
        before, after = set(json.loads(site.text("names.json"))), self._names(site)
        expect(len(before) > 500, f"only {len(before)} names were found")
        gone = sorted(before - after - GONE)
        expect(not gone, f"gone, with no mention in GONE: {'; '.join(gone)}")
        known = sorted(before - after)
        return f"{len(before)}, of which {len(before) - len(known)} are there; gone: {known}"

    @staticmethod
    def _names(site: Site) -> set[str]:
        found: set[str] = set()
        for kind in KINDS:
            options = ("-t", kind, "-j")
            plugins = json.loads(site.program("ansible-doc", *options, "-l", "zequenze.control"))
            documented = json.loads(site.program("ansible-doc", *options, *plugins))
            for plugin, documentation in documented.items():
                found.update(names_of(plugin, documentation))
        # The page has moved, and is written in another markup.
        for page in (site.there.collection / "docs").rglob("variables.*"):
            found.update(VARIABLE.findall(page.read_text(encoding="utf-8")))
        return found


NAMES: tuple[Trial, ...] = (Names(),)
