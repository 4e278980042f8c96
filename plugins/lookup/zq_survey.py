# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The survey of a playbook."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_survey
short_description: The survey of a playbook of this collection, for AWX
description:
  - Makes the questions of a survey from the table of variables that the playbook itself reads, so that the two cannot differ.
  - What it returns is what the API of AWX, and C(survey_spec) of the module C(awx.awx.job_template), take.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
options:
  _terms:
    description: The prefix of the playbook's variables, such as V(reconcile), V(firmware_rollout) or V(onboarding).
    type: list
    elements: str
    required: true
seealso:
  - module: zequenze.control.zq_variables
"""

EXAMPLES = r"""
- name: What does the survey of zequenze.control.reconcile ask?
  ansible.builtin.debug:
    msg: "{{ lookup('zequenze.control.zq_survey', 'reconcile').spec | map(attribute='question_name') }}"
"""

RETURN = r"""
_raw:
  description: For each term a mapping with C(name), C(description) and C(spec), which is the list of questions.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._variables.catalogue import TABLES
from ..plugin_utils._variables.survey import survey


class LookupModule(LookupBase):
    def run(
        self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[Any]:
        """One survey for each prefix."""
        self.set_options(var_options=variables, direct=kwargs)
        surveys = []
        for term in terms:
            if term not in TABLES:
                raise AnsibleLookupError(
                    f"zq_survey: {term!r} has no variables. Give one of {', '.join(TABLES)}."
                )
            surveys.append(survey(TABLES[term]))
        return surveys
