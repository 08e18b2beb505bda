"""Words that are no ids are refused before anything is written: exit status 2 or 5, never a ref, never a crash."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.kit import kit, kit_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

IDS = [
    "", " ", ".", "..", "../x", "a/../b", "a/b", "/etc/passwd", "a..b", "-option", "--takeover", "--upload-pack=x",
    "a b", "a\tb", "a\nb", "a\rb", "\x1b[2J", "Parser", "PARSER", "pаrser", "ｐarser", "pärser", "parser\u200b",  # noqa: RUF001
    "par\u202eser", "con", "nul", "aux.txt", "com1", "lpt9.log", "a.lock", "a.", ".a", "_a", "-", "@",
    "a@{0}", "a^", "a~1",
    "a:b", "a*", "a?", "a[b", "a\\b", "a'b", 'a"b', "a;b", "a|b", "$(touch x)", "`touch x`", "%2e%2e",
    "refs/heads/main", "HEAD^", "x" * 81, "x" * 5000, "é" * 80, "\udc80", "☃", "٣", "a\u0301",
]  # fmt: skip
VERBS = [
    ["claim", "{}"], ["claim", "ok", "{}"], ["renew", "{}"], ["release", "{}"], ["complete", "{}"], ["wait", "{}"],
    ["task", "add", "{}"], ["task", "add", "ok", "--needs", "{}"], ["task", "show", "{}"],
]  # fmt: skip


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_word_that_is_no_id_is_refused_and_never_a_ref(
    words: list[str], remote: PathRemote, clones: Callable[..., list[Path]]
) -> None:
    (clone,) = clones(1)
    for word in IDS:
        if word == "" and "--needs" in words:
            continue
        for escape in ([], ["--"]) if "--needs" not in words else ([],):
            asked = [*words[:-1], *escape, word]
            done = kit(clone, *asked)
            assert done.code in (2, 5), (asked, done)
            assert "Traceback" not in done.err
            assert "\x1b" not in done.err
            assert len(done.err) < 1500
    assert git(remote.path, "for-each-ref", "refs/kit") == ""
    assert git(clone, "for-each-ref", "refs/kit/tasks") == ""
    assert not (clone.parent / "x").exists()


@pytest.mark.parametrize("name", [each for each in IDS if each != ""])
def test_a_name_that_is_no_agent_is_refused_wherever_it_comes_from(name: str, repo: Path) -> None:
    assert kit(repo, "claim", "t", agent=name).code in (2, 5)
    assert kit(repo, "claim", "t", agent="", KIT_AGENT=name).code == 5
    assert kit(repo, "claim", "t", KIT_INSTANCE=name).code == 5
    assert git(repo, "for-each-ref", "refs/kit") == ""


@pytest.mark.parametrize("session", ["../../x", "\n", "x" * 5000, "a b", "\udcff", "-x"])
def test_a_session_id_may_be_any_text(session: str, repo: Path) -> None:
    assert kit(repo, "claim", "t", CLAUDE_CODE_SESSION_ID=session).code == 0
    assert kit(repo, "renew", "t", CLAUDE_CODE_SESSION_ID=session).code == 0


@pytest.mark.parametrize("name", ["Ana Müller", "-x", "..", "ana\nben", "山田", "con", "x" * 300])
def test_the_name_in_the_git_config_becomes_a_slug_or_is_asked_for(name: str, repo: Path) -> None:
    git(repo, "config", "user.name", name)
    done = kit(repo, "claim", "t", "--json", agent="")
    if done.code:
        assert done.error["code"] == "no_agent"
    else:
        assert done.json["claims"][0]["agent"].isascii()


def test_free_text_may_be_anything_that_can_be_text(repo: Path) -> None:
    text = "\x1b]0;owned\x07 ' \" \\ $(x) `y` %s {0} \u202e \u200b ☃ \r\n Kit-Event: complete " + "long " * 500
    for words in (["claim", "t", "--note", text], ["complete", "t", "--note", text, "--next-action", text, "--blocked"],
                  ["task", "add", "u", "--title", text], ["claim", "t", "--takeover", "--reason", text],
                  ["release", "t", "--note", text], ["task", "show", "t"], ["tasks"]):  # fmt: skip
        done = kit(repo, *words)
        assert done.code == 0, done
        assert "\x1b" not in done.out + done.err
        assert "\u202e" not in done.out + done.err
    events = kit(repo, "task", "show", "t", "--json").json["story"]
    assert [each["event"] for each in events] == ["claim", "complete", "claim", "release"]
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize("words", [
    ["claim", "t", "--note", "{}"], ["task", "add", "t", "--title", "{}"], ["complete", "u", "--note", "{}"],
])  # fmt: skip
def test_bytes_that_are_no_text_are_refused_in_plain_words(words: list[str], repo: Path) -> None:
    kit(repo, "claim", "u")
    done = kit_process(repo, *[word.format(os.fsdecode(b"\xff\xfe")) for word in words])
    assert done.code in (0, 5), done
    assert "defect" not in done.err


@pytest.mark.parametrize(
    "glob", ["/etc/**", "../x", "a/../../b", "", ".git/config", "a\nb", "C:/x", "a\\b", "x" * 5000, ".GIT/x"]
)
def test_a_path_outside_the_repository_is_not_reserved(glob: str, repo: Path) -> None:
    assert kit(repo, "claim", "t", "--path", glob).code in (2, 5)
    assert git(repo, "for-each-ref", "refs/kit") == ""


@pytest.mark.parametrize("words", [
    ["--ttl", "1e999"], ["--ttl", "-1s"], ["--ttl", "nan"], ["--ttl", "9" * 400], ["--wait", "x"], ["--ttl", "٣m"],
    ["--epoch", "-1"], ["--epoch", "1.5"],
])  # fmt: skip
def test_numbers_out_of_range_are_usage(words: list[str], repo: Path) -> None:
    assert kit(repo, "claim", "t", *words).code == 2
