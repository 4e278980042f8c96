# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: all of them or none, and what the task returns where they cannot be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.action.zq_report import check, report
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.modules import zq_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report import kinds
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import (
    kind_of,
    make_report,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report

SPEC: Any = zq_report.SPEC
KINDS: list[str] = SPEC["kind"]["choices"]


def params(kind: str, result: dict[str, Any], folder: Path | str | None) -> dict[str, Any]:
    given = {"kind": kind, "result": result, "context": {}, "check_only": False}
    return {**given, "report_dir": folder and str(folder)}


def test_the_module_knows_every_kind_and_each_has_its_file() -> None:
    files = {file.stem for file in Path(str(kinds.__path__[0])).glob("*.py")}
    assert files == set(KINDS)
    assert len({kind_of(kind).report for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("folder", [None, ""])
def test_without_a_folder_nothing_is_written(
    kind: str, folder: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    returned = report(params(kind, {}, folder))
    assert (returned["changed"], returned["reports"]) == (False, [])
    assert returned["headline"]
    assert not list(tmp_path.iterdir())


def test_what_the_files_would_tell_is_returned_where_they_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = {"plan": {"summary": {"up_to_date": 2}}, "state": "finished", "version": "2.0.0"}
    with pytest.raises(InputError) as caught:
        report(params("firmware_rollout", result, tmp_path / "file"))
    returned = caught.value.to_dict()
    assert "cannot be made" in returned["msg"]
    assert list(returned["errors"]) == ["report_dir"]
    assert returned["lines"][0] == "Nothing to do: 2 devices have 2.0.0 already."
    assert returned["report"]["state"] == "nothing"


def test_what_became_of_the_devices_is_told_with_why_the_files_could_not_be_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    device = {"name": "one", "action": "create"}
    result = {
        "plan": {"devices": [{"name": "one", "status": "new"}]},
        "registered": {
            "plan": [device],
            "results": [{"name": "one", "status": "failed", "reason": "refused"}],
            "failed": True,
            "msg": "1 of 1 device is not as declared.",
        },
    }
    unwritten = (
        f"The report could not be written: report_dir: '{tmp_path / 'file'}' cannot be made:"
        " Not a directory. Give a place that can be written to."
    )
    for given, told in ((result, "1 of 1 device is not as declared. "), ({}, "")):
        with pytest.raises(InputError) as caught:
            report(params("onboarding", given, tmp_path / "file"))
        returned = caught.value.to_dict()
        assert returned["msg"] == f"{told}{unwritten}"
        assert returned["report"]["msg"] == (told.strip() or None)
        assert returned["lines"]


# An export leaves no report of its own.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "export"])
def test_whether_it_can_be_written_is_known_before_there_is_anything_to_report(
    kind: str, tmp_path: Path
) -> None:
    for folder in (tmp_path / "new" / "folder", tmp_path, None, ""):
        checked = check(params(kind, {}, folder))
        checked.pop("earlier", None)
        assert checked == {"changed": False, "reports": []}
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("", encoding="utf-8")
    names = list(make_report(kind, {}, {}).files)
    (tmp_path / names[-1]).mkdir()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path, Path("/proc/new")):
        with pytest.raises(InputError) as caught:
            check(params(kind, {}, folder))
        assert list(caught.value.errors) == ["report_dir"]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["file", names[-1]])


def test_a_report_needs_a_result() -> None:
    given = {**params("drift", {}, None), "result": None}
    with pytest.raises(InputError, match="result: is not given"):
        report(given)


def test_none_is_written_where_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="b' is a folder"):
        Report({}, {"a": lambda: "x", "b": lambda: "y"}).write(str(tmp_path))
    assert [one.name for one in tmp_path.iterdir()] == ["b"]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "reconcile.md").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        make_report("reconcile", {}, {}).write(str(tmp_path))


def test_none_is_written_where_one_cannot_be_made(tmp_path: Path) -> None:
    def fail() -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Report({}, {"a": lambda: "x", "b": fail}).write(str(tmp_path))
    assert not list(tmp_path.iterdir())
