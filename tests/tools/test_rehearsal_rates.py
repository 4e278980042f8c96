# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How `--fail` and `--never-return` are read: whom they are of, and the part of them."""

from __future__ import annotations

import pytest

from tools.common import Failed
from tools.rehearsal.rates import Rate


@pytest.mark.parametrize(
    ("text", "of", "part"),
    [
        ("3%", {}, 0.03),
        ("0.03", {}, 0.03),
        ("0", {}, 0),
        ("100%", {}, 1),
        ("type=router:10%", {"type": "router"}, 0.1),
        ("organization=101:5%", {"organization": "101"}, 0.05),
        ("name=cpe-7:100%", {"name": "cpe-7"}, 1),
        ("location=Madrid, Centro:50%", {"location": "Madrid, Centro"}, 0.5),
        ("location=a:b=c:1:50%", {"location": "a:b=c:1"}, 0.5),
        ("location=:50%", {"location": ""}, 0.5),
        ("type=a,:5%", {"type": "a,"}, 0.05),
        (
            "organization=1,location=Madrid, Centro,type=ap:0.5",
            {"organization": "1", "location": "Madrid, Centro", "type": "ap"},
            0.5,
        ),
        ('location="x,type=y",type=ap:5%', {"location": "x,type=y", "type": "ap"}, 0.05),
        ('location="the ""old"" one":5%', {"location": 'the "old" one'}, 0.05),
        ("location=the 'old' \"one\":5%", {"location": "the 'old' \"one\""}, 0.05),
        ("location=Köln\n2:5%", {"location": "Köln\n2"}, 0.05),
    ],
)
def test_what_is_read(text: str, of: dict[str, str], part: float) -> None:
    assert Rate.parse("--fail", text) == Rate(of, part, f"--fail {text}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'' is no part"),
        ("many", "'many' is no part"),
        ("200%", "200% is no part"),
        ("-1%", "-1% is no part"),
        ("1.5", "1.5 is no part"),
        ("nan", "nan is no part"),
        ("inf%", "inf% is no part"),
        (":5%", "cannot be read"),
        ("router:5%", "cannot be read"),
        ("typ=router:5%", "cannot be read"),
        ("type=router", "'type=router' is no part"),
        ("type=router:", "'' is no part"),
        ('location="x:5%', "cannot be read"),
        ("type=a,type=b:5%", "gives type twice"),
        ("organization=acme:5%", "'acme' is no organization"),
        ("organization=²:5%", "'²' is no organization"),
    ],
)
def test_what_cannot_be_read_is_one_line(text: str, told: str) -> None:
    with pytest.raises(Failed) as error:
        Rate.parse("--fail", text)
    assert str(error.value).startswith(f"--fail {text}: ")
    assert told in str(error.value)
    assert str(error.value).endswith(".")


def test_what_the_simulator_takes() -> None:
    rate = Rate.parse("--fail", "type=ap:5%")
    assert rate.group("fail_rate", ["sync", "reboot"]) == {
        "of": {"type": "ap"},
        "fail_rate": {"sync": 0.05, "reboot": 0.05},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3%", "3% of all"),
        ("type=ap,location=:12.5%", "12.5% of type ap, location none"),
    ],
)
def test_its_words(text: str, words: str) -> None:
    assert Rate.parse("--fail", text).words == words
