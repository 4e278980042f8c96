# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made from the one table of variables is what would be made of it now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.variables import made


@pytest.mark.parametrize(("path", "text"), made(), ids=[path.name for path, _text in made()])
def test_it_is_up_to_date(path: Path, text: str) -> None:
    again = "make it again: .venv/bin/python -m tools.variables"
    assert path.read_text(encoding="utf-8") == text, again
