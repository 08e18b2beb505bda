"""A hostile repository is told about; it is not followed, run, waited for or multiplied."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from kit.safety.pattern import trouble
from kit.validation import view
from tests.git import git
from tests.validation.files import block, fact, found, report, told, write

if TYPE_CHECKING:
    from pathlib import Path

DEEP = 300


def test_links_to_files_are_never_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.md": "ghp_" + "1234567890abcdefABCDEF1234567890abcd"})
    top = write(tmp_path / "top", {"facts/f.md": fact()})
    (top / "facts" / "g.md").symlink_to(outside / "secret.md")
    (top / "facts" / "loop").symlink_to(top / "facts")
    (top / "blocks").symlink_to(outside)
    assert told(report(top)) == [
        "blocks:1:1 error symlink",
        "facts/g.md:1:1 error symlink",
        "facts/loop:1:1 error symlink",
    ]


def test_a_knowledge_folder_below_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"facts/f.md": "no record"})
    top = write(tmp_path / "top", {"kit.toml": 'root = "kb"\n'})
    (top / "kb").symlink_to(outside)
    assert told(report(top)) == ["kb:1:1 error symlink"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    write(tmp_path, {"facts/g.md": fact("g")})
    os.mkfifo(tmp_path / "facts" / "f.md")
    os.mkfifo(tmp_path / "kit.toml")
    assert told(report(tmp_path)) == ["facts/f.md:1:1 error unreadable", "kit.toml:1:1 error unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"facts/f.md": fact()})
    (tmp_path / "facts" / "f.md").chmod(0)
    assert told(report(tmp_path)) == ["facts/f.md:1:1 error unreadable"]


def test_a_file_too_large_to_be_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"facts/f.md": b""})
    os.truncate(tmp_path / "facts" / "f.md", 100 << 20)
    assert told(report(tmp_path)) == ["facts/f.md:1:1 error unreadable"]


def test_one_bad_file_hides_nothing_of_the_others(tmp_path: Path) -> None:
    files = {"facts/f.md": b"\xff", "facts/g.md": fact("h"), "blocks/a.md": "---\n"}
    assert found(tmp_path, files) == [
        "blocks/a.md:1:1 error front-matter",
        "facts/f.md:1:1 error encoding",
        "facts/g.md:3:1 error place.id",
    ]


NESTED = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x]\n" + "".join(f"{after}: &{after} [{', '.join([f'*{name}'] * 9)}]\n" for name, after in NESTED)


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        (BOMB, "6:4 error yaml"),
        (f"a: {'[' * DEEP}{']' * DEEP}\n", "6:23 error yaml"),
        (f"a: {'x' * (10 << 20)}\n", "1:1 error too-large"),
        ("a: !!python/object/apply:os.system [ls]\n", "6:4 error yaml"),
        ("<<: {title: X}\n", "6:1 error yaml"),
        ("a: \x00\n", "6:4 error hidden-character"),
        ('a: "\x1b]0;title\x07"\n', "6:5 error hidden-character"),
        ("? [a]\n: b\n", "6:3 error yaml"),
    ],
    ids=["alias bomb", "deep", "ten megabytes", "tag", "merge key", "NUL", "escape", "key"],
)
def test_yaml_is_refused_before_it_can_do_harm(front: str, expected: str, tmp_path: Path) -> None:
    begun = time.monotonic()
    assert f"facts/f.md:{expected}" in found(tmp_path, {"facts/f.md": fact(more=front)})
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "9" * 5000 + "}", '{"a": NaN}', '"\\ud800"', "{}{}"]
)
def test_json_is_refused_before_it_can_do_harm(text: str, tmp_path: Path) -> None:
    assert [line.split()[-1] for line in found(tmp_path, {"templates/t.json": text})] == ["json"]


BODIES = [
    *("[" * 200_000, "![" * 90_000, "[a](" * 50_000, "> " * 100_000, "- " * 100_000, "`" * 200_000, "<a " * 60_000),
    *("*a_" * 60_000, "[[a" * 60_000, "- a\n" * 50_000, "# a\n" * 50_000, "\n" * 200_000, "\u202e\n" * 60_000),
    *("[a]: /x\n" * 20_000 + "\n" + "[a]" * 20_000, "[a\n" * 60_000, "1. a\n\n" * 30_000, "AKIA" * 50_000),
    *("".join(f"## {n}\n- a\n" for n in range(15_000)), "1. a\n" * 30_000, "- a\n\n" * 30_000),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:6]))
def test_no_text_takes_longer_than_its_length_allows(body: str, tmp_path: Path) -> None:
    begun = time.process_time()
    found(tmp_path, {"facts/f.md": fact(body=body)})
    assert time.process_time() - begun < 10


def test_thousands_of_nested_folders_are_walked(tmp_path: Path) -> None:
    write(tmp_path, {"facts/f.md": fact()})
    here = os.open(tmp_path / "facts", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        assert "facts/f.md" in report(tmp_path).asked
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "facts"], check=True)  # shutil.rmtree calls itself for each folder


IDS = [
    "..",
    "...",
    "-option",
    "con",
    "nul.txt",
    "a..b",
    "a.lock",
    "A",
    "a b",
    "\u0430",
    "a\u0301",
    "%41",
    "x" * 200,
    "a\nb",
    "a\x1bb",
    "~",
]


@pytest.mark.parametrize("name", IDS, ids=ascii)
def test_no_name_is_an_id_that_is_not_a_slug(name: str, tmp_path: Path) -> None:
    rules = [line.split()[-1] for line in found(tmp_path, {f"facts/{name}.md": fact("f")})]
    assert "place.name" in rules or "place.stray" in rules


def test_an_id_of_five_thousand_characters_is_cut_in_the_message(tmp_path: Path) -> None:
    write(tmp_path, {"facts/f.md": fact("x" * 5000)})
    assert all(len(each.message) < 300 for each in report(tmp_path).findings)


def test_names_that_differ_only_in_case_or_form_are_twins(tmp_path: Path) -> None:
    files = {
        "facts/caf\u00e9.md": fact("f"),
        "facts/cafe\u0301.md": fact("f"),
        "facts/g.md": fact("g"),
        "facts/G.md": fact("G"),
    }
    paths = [each.path for each in report(write(tmp_path, files)).findings if each.rule == "place.unique"]
    assert paths == ["facts/caf\u00e9.md", "facts/g.md"]


def test_a_name_that_is_no_text_is_told_about(tmp_path: Path) -> None:
    place = os.path.join(os.fsencode(tmp_path), b"facts")  # noqa: PTH118 - bytes
    os.mkdir(place)  # noqa: PTH102
    with open(os.path.join(place, b"\xff.md"), "w") as file:  # noqa: PTH118, PTH123
        file.write(fact())
    assert "facts/\udcff.md:1:1 error place.name" in told(report(tmp_path))


def test_a_secret_is_repeated_in_no_message(tmp_path: Path) -> None:
    token = "ghp_" + "1234567890abcdefABCDEF1234567890abcd"
    files = {"facts/f.md": fact(more=f"status: {token}\ntags: [{token}x]\n", body=f"[{token}](javascript:{token})\n")}
    findings = report(write(tmp_path, files)).findings
    assert {each.rule for each in findings} == {"secret", "record.value", "link.scheme"}
    assert not any(token[:12] in part for each in findings for part in (each.message, each.fix))


def test_crlf_is_accepted(tmp_path: Path) -> None:
    files = {"blocks/a.md": block(more="tags: [x]\n").replace("\n", "\r\n"), "kit.toml": "format = 1\r\n"}
    assert found(tmp_path, files) == []


def test_a_link_into_gits_or_kits_own_folders_leads_nowhere(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", ".")
    write(tmp_path, {".kit/x": ""})
    files = {"facts/f.md": fact(body="[a](../.git/config) [b](../.kit/x)\n")}
    assert [line.split()[-1] for line in found(tmp_path, files)] == ["link.missing", "link.missing"]


def test_a_type_whose_schema_is_at_fault_is_not_used(tmp_path: Path) -> None:
    meta = {"properties": {"n": {"pattern": "^(a+)+$"}}}
    schema = {"x-kit": {"plane": "reviewed", "path": "notes/{id}.md"}, "properties": {"meta": meta}}
    note = f"---\ntype: note\nid: a\nn: {'a' * 60}!\n---\n"
    begun = time.monotonic()
    files = {"schemas/note.schema.json": json.dumps(schema), "notes/a.md": note}
    assert [line.split()[-1] for line in found(tmp_path, files)] == ["schema.pattern"]
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "path", ["../x/{id}.md", "/etc/{id}.md", ".git/{id}.md", "{id}.md", "a/../../{id}.md", "tasks/{id}.md"]
)
def test_a_type_cannot_lead_out_of_the_repository(path: str, tmp_path: Path) -> None:
    schema = json.dumps({"x-kit": {"plane": "reviewed", "path": path}, "properties": {"meta": {}}})
    assert [line.split()[-1] for line in found(tmp_path, {"schemas/note.schema.json": schema})] == ["schema.invalid"]


SLOW = [
    *("^(a+)+$", "(a|a)*", "(?:a|aa)+$", "((a*))*", "(a?){30}a{30}", r"(\w+\s?)*$", "(.*,)*", "(?:a|b|ab)+"),
    *("((?:a|aa))*", "(x+x+)+y", r"([a-z]+)*\d", "(a{1,50}){1,50}b"),
]
QUICK = [
    *("^[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9_-])?$", "^[a-z]+(?:-[a-z]+)*$", r"^(?:\d{1,3}\.){3}\d{1,3}$", "(a|b)*"),
    *(r"^v\d+(?:\.\d+)*$", "(?:/[^/]+)*", "^sha256:[0-9a-f]{64}$", "(?x) a # )", "[(*+]+"),
]


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_can_take_for_ever_is_refused(pattern: str) -> None:
    assert trouble(pattern)


@pytest.mark.parametrize("pattern", QUICK)
def test_a_pattern_that_is_quick_is_allowed(pattern: str) -> None:
    assert trouble(pattern) == ""


def test_ten_thousand_broken_links_take_no_longer_than_they_are_many(tmp_path: Path) -> None:
    links = "".join(f"[x](../facts/missing-{number}.md)\n" for number in range(5000))
    files = {f"facts/f{number}.md": fact(f"f{number}") for number in range(200)}
    begun = time.process_time()
    assert len(found(tmp_path, files | {"blocks/a.md": block(body=links)})) == 5004
    assert time.process_time() - begun < 10


def test_the_whole_tree_knows_no_path_with_a_nul(tmp_path: Path) -> None:
    assert not view.of_work_tree(tmp_path).exists("a\0b")
