# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation of the plugins as a site, in .cache/docs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.common import CACHE, ROOT, VENV, Failed, fresh, run, say

SITE = CACHE / "docs"


def main() -> None:
    """Let antsibull-docs write the sources and Sphinx the pages."""
    fresh(SITE)
    options: list[str | Path] = [
        "--use-current",
        "--squash-hierarchy",
        "--fail-on-error",
        "--dest-dir",
        SITE,
    ]
    run(
        [VENV / "bin" / "antsibull-docs", "sphinx-init", *options, "zequenze.control"],
        log=CACHE / "logs" / "docs-init.log",
    )
    settings = SITE / "conf.py"
    text = settings.read_text(encoding="utf-8")
    # The indexes of other projects' documentation would be downloaded at every build.
    changed, count = re.subn(
        r"^intersphinx_mapping = \{.*?^\}",
        "intersphinx_mapping = {}",
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    if count != 1:
        raise Failed("conf.py of antsibull-docs has no intersphinx_mapping any more")
    # Without those indexes, references to Ansible's own documentation lead nowhere; ours are
    # checked by antsibull-docs.
    changed += '\nsuppress_warnings = ["ref.ref", "ref.envvar"]\n'
    settings.write_text(changed, encoding="utf-8")
    run(["bash", SITE / "build.sh"], log=CACHE / "logs" / "docs-build.log")
    page = SITE / "build" / "html" / "index.html"
    if not page.is_file():
        raise Failed("no page was built")
    say(f"{page.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
