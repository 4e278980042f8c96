# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for `debug`: whole, whether results are shown as JSON or as YAML, which folds long texts of a list."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible_collections.zequenze.control.plugins.plugin_utils._action.screen import shown

LONG = "applied: created 160, updated 236, deleted 5, unchanged 4,604, failed 0, unknown 0"


def configure(monkeypatch: pytest.MonkeyPatch, callback: str, formats: dict[str, str]) -> None:
    """formats: by the name of a callback that has the option."""

    def value(_option: str, *, plugin_type: str, plugin_name: str) -> Any:
        assert plugin_type == "callback"
        if plugin_name not in formats:
            raise AnsibleError("no such option")
        return formats[plugin_name]

    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback, raising=False)
    monkeypatch.setattr(constants.config, "get_config_value", value)


@pytest.mark.parametrize(
    ("callback", "formats", "folds"),
    [
        ("default", {"default": "json"}, False),
        ("default", {"default": "yaml"}, True),
        ("default", {"ansible.builtin.default": "yaml"}, True),
        ("community.general.yaml", {}, True),
        # Whoever has none of his own may have the one of the default.
        ("awx_display", {"default": "yaml"}, True),
        ("awx_display", {"awx_display": "json", "default": "yaml"}, False),
        ("oneline", {}, False),
    ],
)
def test_whole_in_every_format(
    monkeypatch: pytest.MonkeyPatch, callback: str, formats: dict[str, str], folds: bool
) -> None:
    configure(monkeypatch, callback, formats)
    assert shown([LONG, "b"]) == (f"{LONG}\nb\n" if folds else [LONG, "b"])
    assert shown([LONG]) == (f"{LONG}\n" if folds else [LONG])
    # What is short enough is not folded.
    assert shown(["a", "b"]) == ["a", "b"]
    assert shown([]) == []
