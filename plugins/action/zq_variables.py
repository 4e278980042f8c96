# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_variables`: the variables of a playbook are in the controller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.vars import load_extra_vars

from ..module_utils._errors import RefusedError, ZqError
from ..module_utils._module import check_options
from ..modules import zq_variables
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._action.progress import TaskProgress
from ..plugin_utils._action.run_once import run_once_host
from ..plugin_utils._untrusted import untagged
from ..plugin_utils._variables.catalogue import TABLES
from ..plugin_utils._variables.command import run_again
from ..plugin_utils._variables.folder import file_name, report_folder
from ..plugin_utils._variables.organization import (
    Organization,
    check_apart,
    check_scoped,
    queue_warning,
)
from ..plugin_utils._variables.play import UNSLICED, Play, check_limit, check_slice, devices_of
from ..plugin_utils._variables.read import by_own_name, check_plan, read_variables, report_dir_of
from ..plugin_utils._variables.table import Table


def main() -> None:
    """Where ansible-lint looks for the options of a task."""
    check_options(zq_variables.SPEC)


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_variables.SPEC
    variables: Mapping[str, Any] = {}

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task; the first one of a role also says which host goes on from there."""
        self.variables = task_vars or {}
        result = super().run(tmp, task_vars)
        result["begun"] = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        # A keyword of a task, block or play goes before --check, which is all that Ansible's variable tells.
        result["check_mode"] = bool(self._task.check_mode)
        if self._task.run_once:
            result["host"] = run_once_host(self._task, self.variables)
        return result

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = TABLES[params["name"]]
        values = dict(self._values(table))
        organization = None
        try:
            values = by_own_name(table, values)
            if table.by_organization:
                organization = Organization.of(self.variables)
            if organization is not None:
                return self._read_one(table, values, organization)
            return self._read(table, values)
        except ZqError as error:
            # A report tells of a refusal too, where its folder is known.
            told = report_dir_of(table, values)
            if organization is not None:
                told = organization.told(told)
            error.partial = {**error.partial, **told}
            raise

    def _read(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        play = Play.from_variables(self.variables, str(self._task.get_play().hosts))
        given = read_variables(table, values)
        check_slice(table, play, given, self._is_unsliced())
        check_limit(table, play, given)
        unscoped = check_scoped(table, given, untagged(dict(self.variables.get("groups") or {})))
        if unscoped:
            self._display.warning(unscoped)
        devices = devices_of(table, play, given, self._device_of)
        if table.hosts_without and "report_dir" in given:
            given["report_dir"] = self._report_folder(play, given)
        self._say(check_plan(table, given, self._task.check_mode))
        return {
            "changed": False,
            "given": given,
            "sliced": play.sliced,
            "scratch": self._scratch(),
            **self._run_again(table),
            **devices,
        }

    def _read_one(
        self, table: Table, values: Mapping[str, Any], organization: Organization
    ) -> dict[str, Any]:
        """For a host that stands for an organization: it is a run of its own."""
        check_apart(organization, table, together=bool(self._task.run_once))
        check_mode = bool(self._task.check_mode)
        given = read_variables(table, organization.values(table, values, check_mode=check_mode))
        told = organization.told(given)
        given = organization.narrowed(table, given)
        if "report_dir" in told:
            given["report_dir"] = told["report_dir"]
        self._say(check_plan(table, given, self._task.check_mode))
        self._warn_of_queue(organization, given)
        return {
            "changed": False,
            "given": given,
            "sliced": False,
            "scratch": f"{self._scratch()}-{file_name(organization.host)}",
            **self._run_again(table),
            "organization": told["organization"],
        }

    def _say(self, note: str) -> None:
        if note:
            TaskProgress(self._display, self._task.get_name()).say(note)

    def _warn_of_queue(self, organization: Organization, given: Mapping[str, Any]) -> None:
        hosts = [str(host) for host in self.variables.get("ansible_play_batch") or ()]
        if hosts and hosts[0] == organization.host:
            forks = int(context.CLIARGS.get("forks") or 1)
            warning = queue_warning(len(hosts), forks, waits="window" in given)
            if warning:
                self._display.warning(warning)

    def _report_folder(self, play: Play, given: Mapping[str, Any]) -> str:
        first_host = None
        if play.sliced and not self._is_unsliced() and play.hosts:
            first_host = play.hosts[0]
        return report_folder(given["report_dir"], given.get("name"), first_host)

    def _values(self, table: Table) -> Iterator[tuple[str, Any]]:
        for variable in table.variables:
            for name in table.full_names(variable):
                if name in self.variables:
                    yield name, self._value(name)

    def _value(self, name: str) -> Any:
        try:
            return untagged(self._templar.template(self.variables[name]))
        except AnsibleError as error:
            raise RefusedError(
                f"{name}: cannot be worked out: {error}",
                errors={name: [str(error)]},
                remedy="Nothing was written. Correct the variable.",
            ) from None

    def _is_unsliced(self) -> bool:
        if UNSLICED not in self.variables:
            return False
        return bool(boolean(self._value(UNSLICED), strict=False))

    def _device_of(self, host: str) -> str:
        """By the variable of the inventory plugin, else by the name of the host."""
        name = self.variables["hostvars"].raw_get(host).get("zq_name")
        return str(untagged(name or host))

    def _run_again(self, table: Table) -> dict[str, Any]:
        extra = untagged(dict(load_extra_vars(self._loader)))
        cli = dict(context.CLIARGS)
        if list(cli.get("inventory") or ()) == list(vars(constants)["DEFAULT_HOST_LIST"]):
            del cli["inventory"]
        again = run_again(table, cli, extra, untagged(self._told_by_awx()))
        return {"again": again.text, "again_with": again.to_dict()}

    def _told_by_awx(self) -> dict[str, Any]:
        return {name: value for name, value in self.variables.items() if "_job_" in name}

    def _scratch(self) -> str:
        """In the folder that all processes of this ansible-playbook share, and that goes with it."""
        return str(Path(vars(constants)["DEFAULT_LOCAL_TMP"]) / f"zq-{self._task.get_play()._uuid}")
