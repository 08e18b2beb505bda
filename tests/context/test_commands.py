"""`kit context` as it is typed: what it prints, what it says in JSON, and how it fails."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click
import pytest

from kit.cli.context import SECTIONS, VERBS, command
from tests.git import git
from tests.kit import Done, kit, kit_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


def said(repo: Path, *words: str, code: int = 0, **more: Any) -> Done:
    done = kit(repo, "context", *words, **more)
    assert done.code == code, done
    return done


@pytest.fixture
def thread(repo: Path) -> Path:
    said(repo, "new", "t", "--task", "parser")
    return repo


def entry(repo: Path, text: str, *words: str) -> str:
    """Adds an entry and returns its id."""
    found: str = said(repo, "add", "--text", text, *words, "--json").json["entries"][0]["id"]
    return found


def test_entries_are_added_from_files_standard_input_and_lines_of_json(thread: Path) -> None:
    (thread / "rules.md").write_text("Be brief.\n")
    lines = [{"role": "user", "text": "hi"}, {"role": "tool", "content": "42", "call": "c1", "tags": ["a"]}]
    (thread / "talk.jsonl").write_text("\n".join(map(json.dumps, lines)))
    said(thread, "add", "--role", "system", "rules.md")
    done = said(thread, "add", "--jsonl", "talk.jsonl")
    assert re.fullmatch(r"(added \S+ (user dialogue|tool tool-io), 1 token \(estimate\)\n){2}", done.out)
    piped = kit_process(thread, "context", "add", "-", given="from a pipe\n")
    assert piped.code == 0, piped
    shown = said(thread, "show", "--json").json
    assert [each["text"] for each in shown["entries"]] == ["Be brief.\n", "hi", "42", "from a pipe\n"]
    assert [each["priority"] for each in shown["entries"]][:2] == ["pinned", "normal"]
    assert git(thread, "rev-list", "--count", "refs/kit/context/t") == "4"


def test_what_is_wrong_is_said_with_the_line_and_nothing_is_written(thread: Path) -> None:
    (thread / "talk.jsonl").write_text('{"role": "user", "text": "hi"}\n[1]\n')
    assert "talk.jsonl:2" in said(thread, "add", "--jsonl", "talk.jsonl", code=5).err
    for words in (["--text", "x", "--role", "No"], ["--text", "x", "--generation", "[1]"], ["nowhere.md"]):
        said(thread, "add", *words, code=5)
    assert said(thread, "add", code=2).err
    (thread / "bytes").write_bytes(b"\xff")
    said(thread, "add", "bytes", code=5)
    assert said(thread, "show", "--json").json["count"] == 0


def test_a_secret_is_taken_out_and_that_is_said(thread: Path) -> None:
    done = said(thread, "add", "--text", "use ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    assert "redacted: 1 github" in done.err
    assert "ghp_" not in said(thread, "show").out


def test_an_entry_is_edited_annotated_shown_and_taken_back(thread: Path) -> None:
    name = entry(thread, "one")
    said(thread, "edit", name, "--text", "uno")
    said(thread, "annotate", name, "--priority", "pinned", "--tag", "key", "--retain", "un")
    done = said(thread, "show", name)
    assert "pinned" in done.out
    assert "    uno" in done.out
    assert "1 edit" in done.err
    assert said(thread, "show", name, "--raw").out == "uno"
    assert [each["text"] for each in said(thread, "show", name, "--history", "--json").json["history"]] == [
        "one",
        "uno",
    ]
    said(thread, "revert", name)
    said(thread, "revert", name[-8:])
    assert said(thread, "show", name, "--raw").out == "one"
    assert said(thread, "revert", name, "--json", code=5).error["code"] == "no_change"


def test_an_agent_goes_from_thread_to_thread(thread: Path) -> None:
    entry(thread, "on t")
    said(thread, "switch", "-c", "b")
    entry(thread, "on b")
    assert said(thread, "diff", "t..b").out.splitlines()[-1] == "1 changed, 1 unchanged, +1 tokens"
    rows = [row.split() for row in said(thread, "branch").out.splitlines()[1:]]
    assert [row[:2] for row in rows] == [["*", "b"], ["t", git(thread, "rev-parse", "refs/kit/context/t")[:10]]]
    assert said(thread, "show", "--on", "t", "--json").json["count"] == 1
    assert kit(thread, "context", "show", "--json", KIT_THREAD="t").json["count"] == 1
    said(thread, "switch", "t")
    assert said(thread, "status", "--json").json["thread"] == "t"
    missing = said(thread, "switch", "tt", "--json", code=4).error
    assert (missing["code"], missing["near"]) == ("not_found", ["t"])


def test_two_instances_in_one_work_tree_are_on_threads_of_their_own(thread: Path) -> None:
    kit(thread, "context", "new", "other", KIT_INSTANCE="two")
    assert said(thread, "status", "--json", KIT_INSTANCE="one").json["thread"] == "other"
    kit(thread, "context", "switch", "t", KIT_INSTANCE="one")
    assert said(thread, "status", "--json", KIT_INSTANCE="two").json["thread"] == "other"
    assert said(thread, "status", "--json", KIT_INSTANCE="one").json["thread"] == "t"


def test_without_a_thread_it_says_how_to_begin_one(repo: Path) -> None:
    assert said(repo, "add", "--text", "x", "--json", code=4).error["code"] == "no_thread"
    assert said(repo, "branch").out == "no threads\n"
    assert said(repo, "new", "No!", "--json", code=5).error["code"] == "invalid_id"


def test_a_thread_is_reset_and_tagged(thread: Path) -> None:
    entry(thread, "one")
    said(thread, "tag", "green")
    entry(thread, "two")
    assert said(thread, "reset", "green").out.startswith("t is as it was at ")
    assert said(thread, "reset", "green").out == "t holds that already\n"
    assert said(thread, "show", "--json").json["count"] == 1
    said(thread, "reset", "HEAD~1")
    assert said(thread, "show", "--json").json["count"] == 2
    assert said(thread, "tag").out.startswith("green  ")
    said(thread, "tag", "green", "--delete")
    assert said(thread, "tag").out == "t has no tags\n"
    assert said(thread, "tag", "beef", "--json", code=5).error["code"] == "invalid_id"


def test_lists_are_bounded_and_say_what_they_cut(thread: Path) -> None:
    (thread / "talk.jsonl").write_text("\n".join(json.dumps({"text": f"word {n}"}) for n in range(60)))
    said(thread, "add", "--jsonl", "talk.jsonl")
    assert "10 earlier" in said(thread, "show").err
    assert "10 earlier" in said(thread, "find", "word").err
    assert "older ones" in said(thread, "log", "--limit", "1").err
    assert len(said(thread, "log", "--json").json["events"]) == 2
    assert "10 more" in said(thread, "diff").err
    assert len(said(thread, "diff", "--stat", "--limit", "0").out.splitlines()) == 61


def test_what_could_steer_a_terminal_is_escaped(thread: Path) -> None:
    entry(thread, "a\x1b]0;owned\x07\u202eb")
    for words in (["show"], ["log"], ["find"], ["diff"], ["status"]):
        out = said(thread, *words).out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_a_thread_goes_to_another_repository_as_a_file_and_comes_back_joined(
    thread: Path, clones: Callable[..., list[Path]]
) -> None:
    (other,) = clones(1)
    entry(thread, "one")
    said(thread, "export", "t.bundle")
    assert "refs/kit/context/t" in git(thread, "bundle", "list-heads", "t.bundle")
    loaded = said(other, "load", str(thread / "t.bundle"), "--json").json
    assert loaded["commit"] == git(thread, "rev-parse", "refs/kit/context/t")
    said(other, "load", str(thread / "t.bundle"), "--as", "copy")
    assert said(other, "show", "--on", "copy", "--json").json["count"] == 1
    entry(other, "two", "--on", "t")
    entry(thread, "three")
    said(other, "export", "--on", "t", str(other / "back.bundle"))
    assert said(thread, "load", str(other / "back.bundle"), "--json").json["joined"] is True
    assert [each["text"] for each in said(thread, "show", "--json").json["entries"]] == ["one", "two", "three"]
    assert said(thread, "load", str(other / "back.bundle"), "--json").json["joined"] is False
    assert git(thread, "fsck", "--strict") == ""


NONE = b"0" * 40
BAD = [
    b"",
    b"hello",
    b"# v2 git bundle\n\n",
    b"# v2 git bundle\n-" + NONE + b" x\n" + NONE + b" refs/kit/context/t\n\n",
    b"# v2 git bundle\n" + NONE + b" refs/kit/context/t\n\nPACKxxxx",
]


@pytest.mark.parametrize("data", BAD)
def test_a_file_that_is_no_bundle_is_refused(repo: Path, data: bytes) -> None:
    (repo / "x.bundle").write_bytes(data)
    assert said(repo, "load", "x.bundle", "--json", code=5).error["code"] == "bad_bundle"
    assert git(repo, "for-each-ref", "refs/kit/context") == ""


def test_a_bundle_of_something_else_is_refused(repo: Path) -> None:
    git(repo, "update-ref", "refs/kit/context/x", "HEAD")
    git(repo, "bundle", "create", "--quiet", "--version=2", "x.bundle", "refs/kit/context/x")
    assert said(repo, "load", "x.bundle", "--as", "y", "--json", code=5).error["code"] == "bad_bundle"


def test_entries_leave_as_lines_of_json_and_come_in_again(thread: Path) -> None:
    entry(thread, "one", "--tag", "a", "--priority", "important")
    said(thread, "export", "--jsonl", "t.jsonl")
    said(thread, "new", "u")
    said(thread, "add", "--jsonl", "t.jsonl")
    (copied,) = said(thread, "show", "--json").json["entries"]
    assert (copied["text"], copied["tags"], copied["priority"]) == ("one", ["a"], "important")


def test_deleted_threads_are_collected_after_their_time(thread: Path) -> None:
    entry(thread, "one")
    said(thread, "new", "u")
    said(thread, "branch", "t", "--delete")
    assert said(thread, "gc").out == "nothing to remove\n"
    assert said(thread, "gc", "--older", "0s", "--dry-run").out == "would remove t\n"
    assert said(thread, "gc", "--older", "0s", "--json").json["threads"] == ["t"]
    assert git(thread, "for-each-ref", "--format=%(refname)", "refs/kit/context") == "refs/kit/context/u"


def test_a_collected_thread_is_gone_in_every_clone(clones: Callable[..., list[Path]]) -> None:
    ana, ben = clones(2)
    said(ana, "new", "t")
    kit(ben, "sync", agent="ben")
    said(ana, "branch", "t", "--delete")
    assert said(ana, "gc", "--older", "0s", "--json").json["threads"] == ["t"]
    for clone in (ben, ana):
        assert kit(clone, "sync").code == 0
        assert said(clone, "branch", "--all").out == "no threads\n"


def test_a_thread_is_sent_and_the_other_clone_goes_on_with_it(clones: Callable[..., list[Path]]) -> None:
    ana, ben = clones(2)
    said(ana, "new", "t")
    assert said(ana, "add", "--text", "one", "--json").json["sent"] is True
    assert said(ben, "switch", "t", "--json").json["thread"] == "t"
    entry(ben, "two")
    kit(ana, "sync")
    assert said(ana, "show", "--json").json["count"] == 2


def test_a_sync_that_reaches_the_remote_ends_the_pause_after_a_failure(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    (ana,) = clones(1)
    said(ana, "new", "t")
    remote.path.rename(remote.path.with_name("away"))
    assert said(ana, "add", "--text", "one", "--json").json["sent"] is False
    remote.path.with_name("away").rename(remote.path)
    assert said(ana, "add", "--text", "two", "--json").json["sent"] is False
    assert kit(ana, "sync").code == 0
    assert said(ana, "add", "--text", "three", "--json").json["sent"] is True


def test_every_verb_has_help_with_an_example(repo: Path) -> None:
    assert sorted(VERBS) == sorted(verb for verbs in SECTIONS.values() for verb in verbs)
    listed = command.get_help(click.Context(command))
    for verb, (_, _, told) in VERBS.items():
        assert told in listed
        assert f"kit context {verb}" in kit(repo, "context", verb, "--help").out
    assert "did you mean 'add'" in said(repo, "ad", code=2).err


def test_adding_loads_neither_yaml_nor_pygit2_nor_jsonschema(thread: Path) -> None:
    done = kit_process(thread, "context", "add", "--text", "x", PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert "kit.context.add" in loaded
    assert loaded.isdisjoint({"yaml", "pygit2", "jsonschema", "frontmatter", "whoosh", "rich", "markdown_it"})
