# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site, in .cache/docs: the guides of docs/docsite and the reference.

``python -m tools.docs --check`` builds it with Sphinx's own plain theme, which the tests have
installed: what is checked is the same.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

from tools.common import CACHE, ROOT, VENV, Failed, fresh, run, say

SITE = CACHE / "docs"
CHECKED = CACHE / "docs-checked"
ANSIBLE = "https://docs.ansible.com/ansible/devel/"
CONFIG = "reference_appendices/config.html"
# Where the reference leads into Ansible's own documentation. Its index would be downloaded at every
# build, so the few entries that are needed stand here; another one is a warning, and ends the build.
LABELS = {
    "action_plugins": "plugins/action.html#action-plugins",
    "ansible_configuration_settings": f"{CONFIG}#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
}
VARIABLES = {
    name: f"{CONFIG}#envvar-{name}"
    for name in (
        "ANSIBLE_CACHE_PLUGIN",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION",
        "ANSIBLE_CACHE_PLUGIN_PREFIX",
        "ANSIBLE_CACHE_PLUGIN_TIMEOUT",
    )
}


def inventory(labels: Mapping[str, str], variables: Mapping[str, str]) -> bytes:
    """An index of another project's documentation, as Sphinx reads it."""
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n"
    head += "# The remainder of this file is compressed using zlib.\n"
    lines = [f"{name} std:label -1 {place} {name}\n" for name, place in labels.items()]
    lines += [f"{name} std:envvar 1 {place} -\n" for name, place in variables.items()]
    return head.encode() + zlib.compress("".join(lines).encode())


def configured(text: str, index: Path, *, plain: bool) -> str:
    """The settings of antsibull-docs, with our index in the place of those of other projects."""
    mapping = f"intersphinx_mapping = {{'ansible': ({ANSIBLE!r}, {str(index)!r})}}"
    changed, count = re.subn(
        r"^intersphinx_mapping = \{.*?^\}",
        lambda _found: mapping,
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    if count != 1:
        raise Failed("conf.py of antsibull-docs has no intersphinx_mapping any more")
    if plain:
        changed += "\nhtml_theme = 'basic'\npygments_style = 'default'\n"
    return changed


def build(site: Path, *, plain: bool = False) -> Path:
    """Let antsibull-docs write the sources and Sphinx the pages; a warning ends it.

    Returns the first page.
    """
    fresh(site)
    options: list[str | Path] = [
        "--use-current",
        "--squash-hierarchy",
        "--fail-on-error",
        "--dest-dir",
        site,
    ]
    run(
        [VENV / "bin" / "antsibull-docs", "sphinx-init", *options, "zequenze.control"],
        log=CACHE / "logs" / "docs-init.log",
    )
    index = site / "ansible.inv"
    index.write_bytes(inventory(LABELS, VARIABLES))
    settings = site / "conf.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(configured(text, index, plain=plain), encoding="utf-8")
    run(["bash", site / "build.sh"], log=CACHE / "logs" / "docs-build.log")
    page = site / "build" / "html" / "index.html"
    if not page.is_file():
        raise Failed("no page was built")
    return page


def main() -> None:
    """Build the site."""
    plain = sys.argv[1:] == ["--check"]
    page = build(CHECKED if plain else SITE, plain=plain)
    say(f"{page.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
