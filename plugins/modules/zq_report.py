#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what a run did. All of it is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_report
short_description: Write what was done on Zequenze CONTROL, as Markdown, JSON and a page
description:
  - Writes what a task or a role of this collection returned, for people and for programs. It needs no connection to the platform, and
    runs in the controller.
  - Whatever a device's text holds is shown and does nothing. Markdown is cut, with a count, where a Git host would refuse it as a
    comment, and a page where it would be too long to be read; the JSON has everything.
  - The page, of the kinds that have one, is a single HTML file that fetches nothing. It follows the reader's light or dark theme, and
    can be read on a phone and printed. Those of V(reconcile) and V(maintenance) run a script of the collection's own, with which their
    devices are searched and filtered; without scripts they show all of them. No other page runs one.
  - Each file but those for other programs says who ran what, where the environment tells, which it does in a job of AWX, GitHub Actions or
    GitLab CI. Each JSON file has that as C(run) (C(system), C(job), C(title), C(user), C(commit), C(address), as far as they are known),
    and also C(state) and C(counts).
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
requirements:
  - python >= 3.9
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the platform.
    support: full
    details:
      - The files are written in check mode too, for a plan is what there is to report then.
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when run with C(--diff).
    support: none
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
    support: full
options:
  kind:
    description:
      - V(reconcile) for a result of M(zequenze.control.zq_fleet), V(maintenance) for one of M(zequenze.control.zq_device_action).
        The files are named after it, as C(reconcile.md), C(reconcile.json) and C(reconcile.html). The page of V(maintenance) begins
        with what went wrong. Of a plan that was refused, they show what is in RV(zequenze.control.zq_fleet#module:plan_file).
      - V(drift) for a result of M(zequenze.control.zq_drift). The files are C(drift.txt), C(drift.json), C(drift.junit.xml), for what a CI
        system shows of a test, and C(drift.html).
      - V(export) for a result of M(zequenze.control.zq_export), of which there are no files.
      - V(firmware_rollout), V(credential_rotation) and V(onboarding) for what the tasks of the roles of these names returned. The files are
        C(report.md), C(report.json) and C(report.html).
      - V(status) for results of M(zequenze.control.zq_status_info) and M(zequenze.control.zq_vault_info). The files are C(status.md),
        C(status.json), C(status.html), which a browser reads anew each minute, and C(status.prom) for Prometheus.
    type: str
    choices: [reconcile, maintenance, drift, export, firmware_rollout, onboarding, credential_rotation, status]
    required: true
  result:
    description:
      - What the task returned. A RV(zequenze.control.zq_fleet#module:plan) may come without its unchanged devices.
      - For V(firmware_rollout) C(plan), the result of M(zequenze.control.zq_firmware_plan); C(waves), a list with, of each wave that was
        begun, its C(number), when it was C(begun) and, where it is over, when it C(ended), whether it C(halted), and the C(results) of
        M(zequenze.control.zq_firmware); C(state) (V(planned), V(running), V(finished), V(halted) or V(paused); V(planned), if it is not
        given); C(reason), why it was halted or paused; C(failure), what the task returned with which it was broken off; C(unfinished), as
        it is in RV(earlier); C(image), C(version) and C(rollback_image). A wave that runs has C(running), the C(results) so far, C(stages),
        how many devices are where, and C(ends), when it is over at the latest.
      - For V(firmware_rollout) and V(credential_rotation) C(again) and C(again_with), as M(zequenze.control.zq_variables) returns them,
        C(max_failures), as it was given, and C(retried), whether failed devices were tried again; for V(firmware_rollout) also
        C(approved), whether it was held to a digest. By these a halt says what now.
      - For V(firmware_rollout) also what a plan is drawn by; C(window), as O(zequenze.control.zq_window_wait#module:window); C(outside), as
        O(zequenze.control.zq_window_wait#module:outside); C(clock), as RV(zequenze.control.zq_window_wait#module:clock), whose C(begin)
        is the moment at which the run is taken to begin, the C(begun) of the plan if it is not given; and C(past_waves), as they are in
        RV(earlier), from which comes what the waves are expected to take.
      - For V(onboarding) C(plan), C(registered) and C(followed), the results of M(zequenze.control.zq_onboarding_plan),
        M(zequenze.control.zq_fleet) and M(zequenze.control.zq_onboarding_follow), empty where it did not come to one of them;
        C(names), those of the devices in the order of the plan, where the plan's own may be masked; C(credentials), the names of the
        devices for which a password was made, for one of them that somebody else created meanwhile is V(unknown);
        and C(problem), what else went wrong before the devices were registered. Where the plan has errors, the files tell them alone.
      - For V(credential_rotation) C(plan), the result of M(zequenze.control.zq_rotation_plan); C(waves), as for V(firmware_rollout), with
        the C(results) of M(zequenze.control.zq_rotation); C(state), C(reason) and C(failure) as there.
      - For V(status) C(fleet), the result of M(zequenze.control.zq_status_info), and C(vault), that of
        M(zequenze.control.zq_vault_info), where a vault file was looked at; C(input) and C(writable), of tasks before these that may have
        failed. Where one of them has failed, no file is written, so that a former one stays.
      - Numbers may be texts. A status that is not known is reported as V(unknown).
      - Needed, but with O(check_only).
    type: dict
  context:
    description:
      - What else is reported. It goes into the JSON as it is, but for V(drift). What it gives as C(run) is told in the place of what the
        environment tells.
      - Read are C(check_mode), but for V(reconcile) and V(drift) C(begun) and C(ended), for V(firmware_rollout) also C(written), which
        like C(ended) is the moment of the report where it is not given, for V(maintenance) C(action), C(filter) and
        C(window), for V(onboarding) C(source), and for V(status) C(filter), C(within), C(versions), C(stale_after), C(pending_after) and
        C(fail_on), the kinds of problems that are not allowed, as a list, or as a mapping to how many are.
      - With C(host), which the JSON has as well, RV(stats) are by this host, as there are several runs in one play.
    type: dict
    default: {}
  report_dir:
    description:
      - A folder, made where it is missing.
      - Without it nothing is written, and the task only returns what the files would tell in short.
      - A file that is a link stays one, and what it points to is written. What is no regular file is never written to.
    type: path
  index_dir:
    description:
      - For V(firmware_rollout), V(credential_rotation), V(maintenance), V(reconcile) and V(drift), a folder above those of the reports of
        several runs.
        C(index.html) and C(index.json) in it tell of all of them, and link to each.
    type: path
  results_file:
    description:
      - For V(maintenance), O(zequenze.control.zq_device_action#module:results_file) of the task, for V(reconcile)
        O(zequenze.control.zq_fleet#module:results_file), with what became of each device, and for V(drift)
        O(zequenze.control.zq_drift#module:results_file), with each device. A file that is not there, as of a task that was refused before
        there was a plan, tells nothing. For V(drift) it is needed where the task has returned problems alone.
    type: path
  check_only:
    description:
      - Only see that the files of O(kind) can be written into O(report_dir), before there is anything to report. Nothing is left
        behind, and without O(report_dir) nothing is done.
      - For V(firmware_rollout) it is also read what the folder tells of earlier runs. O(result) gives C(image) and C(version) then.
      - For V(credential_rotation) it is read as well which devices the report of a run tells of that has not come to its end.
    type: bool
    default: false
seealso:
  - module: zequenze.control.zq_fleet
  - module: zequenze.control.zq_device_action
  - module: zequenze.control.zq_drift
  - module: zequenze.control.zq_firmware_plan
  - module: zequenze.control.zq_onboarding_plan
  - module: zequenze.control.zq_status_info
"""

EXAMPLES = r"""
- name: See that the plan can be written, before the platform is read
  zequenze.control.zq_report:
    kind: reconcile
    report_dir: reports
    check_only: true

- name: Plan
  zequenze.control.zq_fleet:
    path: devices
  check_mode: true
  register: planned

- name: Write the plan for a merge request
  zequenze.control.zq_report:
    kind: reconcile
    result: "{{ planned }}"
    context:
      check_mode: true
    report_dir: reports

- name: Plan a firmware rollout
  zequenze.control.zq_firmware_plan:
    filter:
      organization: 123
    image: 18
    version: 2.0.0
  register: rollout

- name: Write that plan for people to read
  zequenze.control.zq_report:
    kind: firmware_rollout
    result:
      plan: "{{ rollout }}"
      image: 18
      version: 2.0.0
    report_dir: reports/2.0.0

- name: Look at a fleet
  zequenze.control.zq_status_info:
    former: reports/status.json
  register: fleet

- name: Report it, and see whether more is wrong than may be
  zequenze.control.zq_report:
    kind: status
    result:
      fleet: "{{ fleet }}"
    context:
      fail_on:
        down: "5%"
        never_connected: 10
    report_dir: reports
  register: status_report

- name: Put together what became of new devices that were checked and registered
  zequenze.control.zq_report:
    kind: onboarding
    result:
      plan: "{{ plan }}"
      registered: "{{ registered }}"
  register: onboarded

- name: Say it
  ansible.builtin.debug:
    msg: "{{ onboarded.lines }}"
"""

RETURN = r"""
reports:
  description: The files that were written. None without O(report_dir).
  returned: always
  type: list
  elements: str
  sample: [reports/reconcile.md, reports/reconcile.json]
headline:
  description: All of it in one line.
  returned: without O(check_only)
  type: str
  sample: "Plan: 40 of 60 selected devices will be upgraded to 2.0.0 (image 18) in 3 waves"
state:
  description:
    - What happened, in a word. V(planned), V(applied), V(refused) where nothing was written, or V(failed); for O(kind=drift) V(clean) or
      V(drifted) in the place of the first two. For O(kind=firmware_rollout) and O(kind=credential_rotation) V(planned), V(running),
      V(finished), V(halted), V(paused), V(refused), or V(failed) where it was not begun. For O(kind=status)
      V(ok), V(exceeded) where there is more of a kind than is allowed, V(refused) or V(failed).
  returned: without O(check_only)
  type: str
  sample: applied
stats:
  description: What the playbooks hand on with C(set_stats), such as C(reconcile_summary) and C(reconcile_expected_plan_digest).
  returned: without O(check_only)
  type: dict
  sample: {maintenance_summary: {state: applied, selected: 3, done: 3}}
lines:
  description:
    - The headline, and what follows from it. Of a planned rollout, the devices of each wave, and those that are excluded and why; of one
      that was begun, the devices that failed, and what has become of each wave. Of an onboarding, the devices that failed, by reason.
      Of a rollout, no more than ten devices are named at each place, and the last line is its state with the counts.
    - Of the other kinds the first line is the state with the counts, which a plan calls C(to create) and so on.
  returned: without O(check_only)
  type: list
  elements: str
  sample:
    - "Halted in wave 1: 1 of 5 devices failed (0 allowed)."
    - "  gw-0021  the upgrade is over, and it reports 1.4.1"
    - "Wave 1 (5 devices): halted; 1 failed, 4 done"
shown:
  description: The same as RV(lines), for C(debug) to print. Where results are shown as YAML, which folds long texts of a
    list, it is one text, which is not folded.
  returned: without O(check_only)
  type: raw
  sample: ["applied: created 1, updated 0, deleted 0, unchanged 58, failed 0, unknown 0"]
report:
  description:
    - What the JSON holds, without O(context), and for V(firmware_rollout) without C(plan), which is
      RV(zequenze.control.zq_firmware_plan#module:kept_plan).
    - For V(firmware_rollout) C(headline), C(state) (as given, or V(nothing) where no device needed it), C(reason), C(image), C(version),
      C(rollback_image), C(warnings), C(plan_digest), C(unfinished); C(summary) with C(selected), C(up_to_date), C(excluded), C(left_out)
      (selected, but not in the plan that was approved), C(awaited) (down, and waited for), C(due), C(done), C(failed), C(unknown),
      C(withdrawn) and C(waiting); C(waves), each with C(number), C(kind) (V(canaries) or V(wave)), C(size), C(state) (V(planned),
      V(running), V(done), V(halted), V(skipped)), C(begun), C(ended), C(max_failures), C(soak) and its counts by status; and C(devices),
      each with C(id), C(name), C(organization_id), C(location_name), C(type), C(type_short_name), C(wave), C(before), C(after), C(status)
      (V(done), V(failed), V(unknown), V(withdrawn), V(waiting), V(planned), V(excluded), or V(awaited) for one that is down and waited
      for), C(reason), C(begun) and C(ended); of one that has failed because its time was over, C(timed_out).
    - For V(firmware_rollout) also C(schedule), null but for a plan, with C(moment), when the run is taken to begin; C(timezone) and
      C(openings) of the window, each with C(opens) and C(closes), none where it is always open; C(outside); C(took), null or how long
      C(waves) past waves took without their soak, C(shortest), C(longest) and C(typical) (the median) in seconds, and of which
      C(firmware); C(waves), each that has something to do, with C(number), C(devices), the seconds that it C(may_take), the last of which
      are its C(soak), C(latest), when it C(begins) and C(ends) if all waves take as long as they may, C(expected), the same if they take
      what past ones took, or null, and C(waits), whether it has to wait for the window; C(halts_in), the number of the wave in which too
      many devices have failed before, C(unplaced), that of the first wave that no opening has room for, and C(not_waited_for), that of
      the wave of devices that are down, where the window has no room for it when the others are over. Each of these three may be null.
    - For V(firmware_rollout) also C(speed), that of the clock, and C(past_waves), as they were given.
    - For V(onboarding) C(headline), C(msg), C(summary) (a number for each status); C(devices), each with C(name), C(place),
      C(serial_number), C(organization_id), C(type), C(type_short_name), C(status) (V(registered), V(updated), V(already_right),
      V(connected), V(configured), V(waiting), V(failed), V(unknown), V(skipped)) and C(reason); and C(errors), lists of messages by place
      of the input. In check mode the status is what would be.
    - For V(credential_rotation) C(headline), C(state), C(reason), C(summary), C(waves), C(devices), C(warnings), and whether it was
      C(resumed). Of each device also C(since), when it was given the password before, and whether that one was C(restored).
  returned: for O(kind=firmware_rollout), O(kind=credential_rotation) and O(kind=onboarding), without O(check_only)
  type: dict
  sample: {}
earlier:
  description:
    - What the folder tells of earlier runs. C(devices), those of the report of a run with the image and the version of O(result); C(plans),
      what the reports have kept of plans; C(unfinished), when a run was C(begun) and had C(written) its report that did not end, or an
      empty mapping.
    - Also C(past_waves), the newest hundred of the waves of whatever firmware that were done as a whole, each with C(image),
      C(version), how many C(devices), how many C(seconds) it took without its soak, when it C(ended), and whether that was C(rehearsed),
      by a clock with a speed of its own. A report keeps those that it was given beside its own.
    - Also C(report_dir), where this run writes its report. In check mode, a plan does not take the place of what was told of a run.
    - For V(credential_rotation) C(devices) and C(report_dir) alone.
    - For V(status) C(file) alone, the report of an earlier look, as O(zequenze.control.zq_status_info#module:former), which need not be
      there yet.
  returned: for O(kind=firmware_rollout), O(kind=credential_rotation) and O(kind=status), with O(check_only) and O(report_dir)
  type: dict
  sample: {devices: [], plans: [], unfinished: {}, past_waves: [], report_dir: reports}
exceeded:
  description: For each kind of C(fail_on) of which there is more than is allowed, that in words.
  returned: for O(kind=status), without O(check_only)
  type: list
  elements: str
  sample: ["12 down (5 allowed, 1% of 500 devices)"]
msg:
  description: What failed, or null. Also why the files could not be written.
  returned: for O(kind=firmware_rollout), O(kind=credential_rotation) and O(kind=onboarding), and on failure
  type: str
  sample: "1 of 40 devices failed: ont-17: failed, no such place"
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

SPEC = {
    "kind": {
        "type": "str",
        "choices": [
            "reconcile",
            "maintenance",
            "drift",
            "export",
            "firmware_rollout",
            "onboarding",
            "credential_rotation",
            "status",
        ],
        "required": True,
    },
    "result": {"type": "dict"},
    "context": {"type": "dict", "default": {}},
    "report_dir": {"type": "path"},
    "index_dir": {"type": "path"},
    "results_file": {"type": "path"},
    "check_only": {"type": "bool", "default": False},
}
