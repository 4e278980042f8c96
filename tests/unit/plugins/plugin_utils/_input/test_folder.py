# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder of the desired state: nothing in it is left out in silence.

With `overridden`, a device that is declared in a file that nobody reads would be deleted.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st


def content(path: str) -> bytes:
    """Opens nothing but files: a fifo would wait for ever."""
    assert Path(path).is_file(), path
    return Path(path).read_bytes()


FILES = Files(content, str)


def write(path: Path, *names: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    devices = ", ".join(f'{{"name": "{name}"}}' for name in names)
    path.write_text(f"[{devices}]", encoding="utf-8")
    return path


def names(*folders: Path) -> list[str]:
    return [device["name"] for device in read([str(folder) for folder in folders], FILES)]


def problems(folder: Path) -> list[str]:
    with pytest.raises(FileError) as caught:
        names(folder)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder with one sound file."""
    write(tmp_path / "state" / "a.yml", "a")
    return tmp_path / "state"


@pytest.mark.parametrize(
    "name", ["b.yml", "b.yaml", "b.json", "b.YML", "b.Yaml", "B.JSON", "b.x.YAML", "b.yml/c.yml"]
)
def test_every_ending_is_read_in_upper_and_lower_case(state: Path, name: str) -> None:
    write(state / name, "b")
    assert sorted(names(state)) == ["a", "b"]


@pytest.mark.parametrize("name", ["defaults.YML", "Defaults.yaml", "DEFAULTS.JSON"])
def test_so_are_the_defaults(state: Path, name: str) -> None:
    (state / name).write_text('{"defaults": {"type": "5"}}', encoding="utf-8")
    assert read([str(state)], FILES) == [{"name": "a", "type": "5"}]


@pytest.mark.parametrize(
    "name", [".b.yml", ".git/b.yml", "README.md", "b.yml.j2", "b.yml~", "yml", "b.csv", "b.txt"]
)
def test_hidden_files_and_those_that_end_otherwise_are_left_out(state: Path, name: str) -> None:
    write(state / name, "b")
    assert names(state) == ["a"]


def test_json_is_said_in_the_words_of_json(state: Path) -> None:
    (state / "b.json").write_text('[\n{"name": "b", "debug": "maybe"}]', encoding="utf-8")
    (state / "c.JSON").write_text("[{}\n{}]", encoding="utf-8")
    assert problems(state) == [
        (
            "b.json line 2, entry 1 (b), debug: 'maybe' is neither true nor false."
            " Give true or false."
        ),
        "c.JSON line 2: is not valid JSON: Expecting ',' delimiter.",
    ]


def test_links_to_files_and_folders_are_followed(state: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere / "deep" / "b.yml", "b")
    write(elsewhere / "site-c" / "c.json", "c")
    (state / "link.yml").symlink_to(elsewhere / "deep" / "b.yml")
    (state / "site-c").symlink_to(elsewhere / "site-c")
    (state / "again").symlink_to("again-2")
    (state / "again-2").symlink_to(elsewhere / "deep" / "none-here", target_is_directory=True)
    (elsewhere / "deep" / "none-here").mkdir()
    assert sorted(names(state)) == ["a", "b", "c"]


def test_a_folder_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    """..data is a link to a hidden folder, and each file a link through it."""
    folder = tmp_path / "mounted"
    write(folder / "..2026_11_25" / "a.yml", "a")
    (folder / "..data").symlink_to("..2026_11_25")
    (folder / "a.yml").symlink_to("..data/a.yml")
    assert names(folder) == ["a"]


def test_the_folder_itself_may_be_a_link(state: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(state)
    assert names(tmp_path / "link") == ["a"]


@pytest.mark.parametrize("name", ["b.yml", "site-b", "old.md"])
def test_a_dead_link_is_an_error(state: Path, name: str) -> None:
    (state / name).symlink_to("../nowhere")
    assert problems(state) == [
        f"{name}: is a link to '../nowhere', which is not there. Correct or remove it."
    ]


def test_an_editor_s_lock_is_a_hidden_dead_link(state: Path) -> None:
    (state / ".#a.yml").symlink_to("me@here.1234")
    assert names(state) == ["a"]


@pytest.mark.parametrize(
    ("target", "place", "to"),
    [(".", "below/up", "below"), ("..", "below/up", ""), ("../..", "below/up", "..")],
)
def test_a_link_back_is_a_loop(state: Path, target: str, place: str, to: str) -> None:
    # What is around it is not looked at.
    (state.parent / "dead.yml").symlink_to("nowhere")
    (state / "below").mkdir()
    (state / "below" / "up").symlink_to(target)
    there = {"": str(state), "..": str(state.parent)}.get(to, to)
    assert problems(state) == [f"{place}: is a link to {there}, in which it is: a loop. Remove it."]


def test_a_link_to_the_root_is_not_entered(state: Path) -> None:
    (state / "root").symlink_to("/")
    assert problems(state) == ["root: is a link to /, in which it is: a loop. Remove it."]


def test_a_link_to_itself_is_a_loop(state: Path) -> None:
    (state / "b.yml").symlink_to("b.yml")
    (state / "c").symlink_to("d")
    (state / "d").symlink_to("c")
    text = "is a link that leads to itself: a loop. Remove it."
    assert problems(state) == [f"b.yml: {text}", f"c: {text}", f"d: {text}"]


def test_a_folder_that_is_there_twice_is_an_error(state: Path) -> None:
    write(state / "b" / "b.yml", "b")
    (state / "c").symlink_to("b")
    assert problems(state) == ["c: is the same folder as b. Keep one of the two."]


def test_a_folder_without_devices_may_be_there_twice(state: Path) -> None:
    (state / "docs").mkdir()
    (state / "docs" / "README.md").write_text("x", encoding="utf-8")
    (state / "more").symlink_to("docs")
    assert names(state) == ["a"]


def test_links_upon_links_do_not_multiply(state: Path) -> None:
    """Each folder twice in the next: 2^40 paths."""
    for number in range(40):
        folder = state / f"f{number}"
        folder.mkdir()
        for side in ("l", "r"):
            (folder / side).symlink_to(f"../f{number + 1}")
    (state / "f40").mkdir()
    assert names(state) == ["a"]


def special(path: Path, kind: str) -> Iterator[None]:
    """Make a fifo, a socket, or a link to a device."""
    if kind == "fifo":
        os.mkfifo(path)
        yield
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            here = Path.cwd()
            # The path of a socket must be short.
            os.chdir(path.parent)
            try:
                listener.bind(path.name)
            finally:
                os.chdir(here)
            yield
    else:
        path.symlink_to("/dev/zero")
        yield


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
@pytest.mark.parametrize("name", ["b.yml", "b.JSON", "below/b.yaml", "defaults.yml"])
def test_a_special_file_is_an_error_and_not_opened(state: Path, kind: str, name: str) -> None:
    path = state / name
    path.parent.mkdir(exist_ok=True)
    for _made in special(path, kind):
        assert problems(state) == [f"{name}: is no regular file, and is not opened. Remove it."]


def test_a_special_file_that_ends_otherwise_is_left_out(state: Path) -> None:
    os.mkfifo(state / "control")
    assert names(state) == ["a"]


def test_a_folder_that_cannot_be_read_is_an_error(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(state / "b" / "b.yml", "b")
    real = Path.iterdir

    def iterdir(path: Path) -> Iterator[Path]:
        if path.name == "b":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert problems(state) == ["b: cannot be read: Permission denied. Make it readable."]


def test_all_that_is_wrong_with_a_folder_is_said_at_once(state: Path) -> None:
    (state / "b.yml").symlink_to("nowhere")
    os.mkfifo(state / "c.yml")
    (state / "d.yml").write_text("[{}]", encoding="utf-8")
    assert [problem.split(":")[0] for problem in problems(state)] == [
        "b.yml",
        "c.yml",
        "d.yml line 1, entry 1, name",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nowhere", "nowhere: there is no such folder"),
        ("a.yml/x", "a.yml/x: cannot be read: Not a directory. Make it readable, or remove it."),
        ("x" * 300, "x: cannot be read: File name too long. Make it readable"),
        ("self", "self: is a link that leads to itself: a loop. Remove it."),
        ("a\0b", "there is no such folder"),
        ("d.csv", "d.csv: is none of the files that can be read. Its name has to end in .json"),
        ("~nobody-of-this-name/x", "there is no such folder"),
    ],
)
def test_a_path_that_cannot_be_read(state: Path, name: str, text: str) -> None:
    write(state / "d.csv", "d")
    (state / "self").symlink_to("self")
    with pytest.raises(FileError, match=text):
        read([f"{state}/{name}" if not name.startswith("~") else name], FILES)


def test_a_name_of_a_file_that_is_no_text(state: Path) -> None:
    (state / os.fsdecode(b"b\xff.yml")).write_text("[{}]", encoding="utf-8")
    (problem,) = problems(state)
    assert problem.startswith("b\\udcff.yml line 1")


def test_a_name_of_a_file_that_moves_the_cursor_is_shown_escaped(state: Path) -> None:
    (state / "b\x1b[2J.yml").write_text("[{}]", encoding="utf-8")
    (problem,) = problems(state)
    assert problem.startswith("b\\x1b[2J.yml line 1")


PARTS = ["a", "b", "c"]
NODES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
        st.sampled_from(["folder", "file", "link", "fifo"]),
        st.lists(st.sampled_from([*PARTS, "..", "x.yml"]), min_size=1, max_size=3),
    ),
    max_size=12,
)


def grow(top: Path, nodes: list[tuple[list[str], str, list[str]]]) -> None:
    """Make a tree; what cannot be made is passed over."""
    for number, (parts, kind, target) in enumerate(nodes):
        path = top.joinpath(*parts)
        try:
            if kind == "folder":
                path.mkdir(parents=True)
            elif kind == "file":
                write(path.with_suffix(".YML"), f"d{number}")
            elif kind == "link":
                path.symlink_to(Path(*target))
            else:
                os.mkfifo(path.with_suffix(".yml"))
        except OSError:
            continue


def reachable(top: Path) -> set[str]:
    """The devices of all files that are really below a folder, through no link."""
    found: set[str] = set()
    for folder, _below, files in os.walk(top):
        for name in files:
            path = Path(folder, name)
            if path.suffix.lower() == ".yml" and path.is_file():
                found.update(path.read_text(encoding="utf-8").split('"')[3::4])
    return found


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(nodes=NODES)
@example(nodes=[(["a"], "link", [".."])])
@example(nodes=[(["a"], "link", ["a"])])
@example(nodes=[(["a", "b"], "folder", ["a"]), (["a", "b", "c"], "link", ["..", "..", "a"])])
@example(nodes=[(["a", "b"], "file", ["a"]), (["c"], "link", ["a"])])
def test_whatever_the_links_every_device_is_read_or_it_is_an_error(
    tmp_path_factory: pytest.TempPathFactory, nodes: list[tuple[list[str], str, list[str]]]
) -> None:
    top = tmp_path_factory.mktemp("tree")
    # Links that lead out of it find nothing but more of these.
    inside = top.joinpath(*"123456789", "state")
    write(inside / "first.json", "first")
    grow(inside, nodes)
    try:
        found = names(inside)
    except FileError as error:
        elsewhere = [one for one in error.problems if not one.startswith(str(inside))]
        assert not elsewhere
        return
    # It ended, and nothing that is there was left out or was read twice.
    assert reachable(inside) <= set(found)
    assert len(found) == len(set(found))
    for path in inside.rglob("*"):
        assert path.exists(), f"{path} is a dead link, and was passed over"
