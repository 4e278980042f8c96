# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example dashboard and alert rules: what they ask for is in status.prom, and the dashboard has the shape of Grafana's model.

That the queries are PromQL says promtool, see tools/metrics.py.
"""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from tools.metrics import EXAMPLES, dashboard_queries, sample

DASHBOARD: dict[str, Any] = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
VARIABLES: list[dict[str, Any]] = DASHBOARD["templating"]["list"]
ALERTS = yaml.safe_load((EXAMPLES / "alerts.yml").read_text(encoding="utf-8"))
ASKED = [variable["query"]["query"] for variable in VARIABLES if variable["type"] == "query"]
RULES = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
WORDS = re.compile(r"[a-z_]+")


def written() -> dict[str, set[str]]:
    """Metric → the names of its labels, as status.prom has them."""
    found: dict[str, set[str]] = {}
    for line in sample().splitlines():
        if not line.startswith("#"):
            metric, _, labels = line.partition("{")
            names = set(re.findall(r'([a-z]+)="(?:[^"\\]|\\.)*"', labels))
            found.setdefault(metric.split(" ")[0], set()).update(names)
        elif line.startswith("# TYPE"):
            found.setdefault(line.split(" ")[2], set())
    return found


@pytest.mark.parametrize("query", [*dashboard_queries(), *ASKED, *RULES])
def test_what_is_asked_for_is_written(query: str) -> None:
    known = written()
    metrics = re.findall(r"\bzequenze_[a-z_]+", query)
    assert metrics
    assert set(metrics) <= set(known)
    for metric, inside in re.findall(r"\b(zequenze_[a-z_]+)\{([^}]*)\}", query):
        labels = set(re.findall(r"([a-z]+)(?:=~|!~|!=|=)", inside))
        assert labels <= known[metric]
    for inside in re.findall(r"by \(([^)]*)\)", query):
        assert set(WORDS.findall(inside)) <= known[metrics[0]]
    for metric, label in re.findall(r"label_values\((zequenze_[a-z_]+)(?:\{.*\})?,(\w+)\)", query):
        assert label in known[metric]


def test_every_metric_is_shown() -> None:
    queries = " ".join(dashboard_queries())
    shown = set(re.findall(r"\bzequenze_[a-z_]+", queries))
    assert set(written()) - shown == {"zequenze_vault_entries"}


def test_it_is_a_dashboard() -> None:
    assert DASHBOARD["schemaVersion"] >= 36  # the first with data sources as type and uid
    assert DASHBOARD["uid"] == "zequenze-fleet"
    assert "id" not in DASHBOARD  # it is the database's, and would clash
    assert DASHBOARD["refresh"] == "1m"
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["title"]
        assert panel["type"] in ("stat", "timeseries", "table", "bargauge")
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)


def test_panels_are_on_the_grid_and_cover_nothing() -> None:
    cells = [_cells(panel["gridPos"]) for panel in PANELS]
    for one, other in combinations(cells, 2):
        assert not one & other
    # Nor does it have holes.
    assert sum(map(len, cells)) == 24 * (1 + max(y for cell in cells for _x, y in cell))


def _cells(place: dict[str, int]) -> set[tuple[int, int]]:
    assert min(place.values()) >= 0
    assert place["x"] + place["w"] <= 24
    across = range(place["x"], place["x"] + place["w"])
    down = range(place["y"], place["y"] + place["h"])
    return {(x, y) for x in across for y in down}


def test_the_data_source_is_chosen_by_whoever_imports_it() -> None:
    (source,) = [variable for variable in VARIABLES if variable["type"] == "datasource"]
    assert (source["name"], source["query"]) == ("datasource", "prometheus")
    used = [panel["datasource"] for panel in PANELS]
    used += [target["datasource"] for panel in PANELS for target in panel["targets"]]
    used += [variable["datasource"] for variable in VARIABLES if variable is not source]
    for one in used:
        assert one == {"type": "prometheus", "uid": "${datasource}"}


def test_variables_are_declared_before_they_are_used() -> None:
    names = [variable["name"] for variable in VARIABLES]
    assert names[0] == "datasource"
    for query in dashboard_queries():
        assert set(re.findall(r"\$\{?(\w+)", query)) <= set(names)
    for variable in VARIABLES[1:]:
        assert variable["allValue"] == ".*"
        assert variable["multi"]
        assert variable["includeAll"]
        before = names[: names.index(variable["name"])]
        assert set(re.findall(r"\$(\w+)", variable["query"]["query"])) <= set(before)
