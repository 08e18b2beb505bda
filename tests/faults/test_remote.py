"""A remote that refuses, hangs, breaks off or is not there: every command ends in time and says what is known."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from kit.errors import RemoteFailed, TimedOut, Unknown
from tests.git import git
from tests.kit import kit, kit_process
from tests.remotes import Faults, HttpRemote, PathRemote, Remote, daemon_remote, http_remote, path_remote
from tests.team import MINUTE, Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Clones = Callable[..., list[Path]]


@pytest.fixture
def http(template: Path, tmp_path: Path) -> Iterator[HttpRemote]:
    with http_remote(tmp_path / "http.git") as made:
        git(template / "clone", "push", "-q", made.url, "main")
        yield made


def refs(remote: Remote, prefix: str = "refs/kit") -> list[str]:
    return git(remote.path, "for-each-ref", "--format=%(refname)", prefix).splitlines()


def configure(folder: Path, text: str) -> None:
    (folder / "kit.toml").write_text(text)


def test_a_hook_that_rejects_is_told_with_its_words_and_nothing_has_changed(any_remote: Remote, clones: Clones) -> None:
    (clone,) = clones(1, of=any_remote.url)
    any_remote.reject("Frozen until Monday, reference already exists", refs="refs/kit/*")
    began = time.monotonic()
    done = kit(clone, "claim", "t", "--json")
    assert (done.error["code"], done.code, done.error["retryable"]) == ("refused", 8, False)
    assert "Frozen until Monday" in done.error["message"]
    assert time.monotonic() - began < 5
    assert refs(any_remote) == []


@pytest.mark.parametrize("no_rewriting", [False, True])
def test_a_host_that_refuses_other_refs_takes_branches(no_rewriting: bool, remote: PathRemote, clones: Clones) -> None:
    ana, ben = clones(2)
    remote.reject("only branches", refs="refs/kit/*")
    git(remote.path, "config", "receive.denyNonFastForwards", str(no_rewriting).lower())
    assert 'prefix = "refs/heads/kit"' in kit(ana, "claim", "t").err
    for clone in (ana, ben):
        configure(clone, '[live]\nprefix = "refs/heads/kit"\n')
    assert kit(ana, "claim", "t", "--path", "src/**").code == 0
    for _ in range(3):
        assert kit(ana, "renew", "t").code == 0
    assert kit(ben, "claim", "t", "--json", agent="ben").error["holder"] == "ana"
    assert "refs/heads/kit/tasks/t" in refs(remote, "refs/heads/kit")
    assert int(git(remote.path, "rev-list", "--count", "kit/tasks/t")) == (4 if no_rewriting else 2)
    agent = Agent(ana, now=time.time() + 5 * MINUTE)
    for minutes in range(3):  # presence rides along, and is refused its rewriting, too
        agent.later(minutes * 3 * MINUTE).claim(f"u{minutes}")
    assert kit(ana, "complete", "t").code == 0
    assert kit(ben, "wait", "t", "--timeout", "5s").code == 0
    assert refs(remote) == []


def test_messages_reach_a_host_that_takes_branches_and_lets_none_be_rewritten(
    remote: PathRemote, clones: Clones
) -> None:
    ana, ben = clones(2)
    git(remote.path, "config", "receive.denyNonFastForwards", "true")
    for clone in (ana, ben):
        configure(clone, '[live]\nprefix = "refs/heads/kit"\n')
    for number in range(3):
        sent = kit(ana, "send", "ben", f"message {number}", "--json")
        assert (sent.code, sent.json["sent"]) == (0, True)
        agent = Agent(ana, now=time.time() + (number + 1) * 5 * MINUTE)
        agent.claim(f"t{number}")
    assert kit(ben, "inbox", agent="ben").out.count("message ") == 3


@pytest.mark.parametrize("words", [
    ("claim", "t"), ("renew", "t"), ("release", "t"), ("complete", "t"), ("task", "add", "u"), ("tasks",),
    ("task", "show", "t"), ("wait", "t", "--timeout", "1s"), ("claim", "--next"),
])  # fmt: skip
def test_every_command_ends_in_time_when_the_remote_hangs(
    words: tuple[str, ...], any_remote: Remote, clones: Clones
) -> None:
    (clone,) = clones(1, of=any_remote.url)
    assert kit(clone, "claim", "t").code == 0
    configure(clone, '[live]\ntimeout = "0.5s"\n')
    any_remote.inject(Faults(hang_after=0))
    began = time.monotonic()
    done = kit(clone, *words)
    assert done.code in ((0,) if words[0] == "tasks" or words[1] == "show" else (8, 9, 10)), done
    assert time.monotonic() - began < 6
    any_remote.inject(Faults())


def test_a_hang_between_question_and_push_is_settled_by_the_next_command(http: HttpRemote, clones: Clones) -> None:
    (clone,) = clones(1, of=http.url)
    configure(clone, '[live]\ntimeout = "1s"\n')
    http.inject(Faults(hang_after=1))
    assert kit(clone, "claim", "t").code == 10
    http.inject(Faults())
    assert kit(clone, "claim", "t", "--json").json["claims"][0]["epoch"] == 1


@pytest.mark.parametrize("torn", [False, True])
def test_an_answer_that_was_lost_is_settled_by_looking_again(torn: bool, any_remote: Remote, clones: Clones) -> None:
    if torn and not isinstance(any_remote, HttpRemote):
        pytest.skip("only HTTP answers can be cut in the middle")
    (clone,) = clones(1, of=any_remote.url)
    any_remote.inject(Faults(drop_replies=1.0, torn=torn))
    agent = Agent(clone)
    assert agent.claim("t", "u")[0].epoch == 1
    assert agent.renew("t").epoch == 1
    assert agent.complete("t")["number"] == 1
    agent.release("u")
    any_remote.inject(Faults())
    assert agent.look("t").is_done


@pytest.mark.parametrize("cut", [0, 10, 600, 900, 1200])
@pytest.mark.parametrize("way", ["cut_upload", "cut_download"])
def test_a_connection_that_breaks_off_anywhere_leaves_no_doubt_for_good(
    way: str, cut: int, template: Path, tmp_path: Path, clones: Clones
) -> None:
    with daemon_remote(tmp_path / "far.git", proxied=True) as far:
        git(template / "clone", "push", "-q", far.url, "main")
        ana, ben = clones(2, of=far.url)
        far.inject(Faults(**{way: cut}))  # type: ignore[arg-type]
        with suppress(RemoteFailed, Unknown, TimedOut):
            Agent(ana).claim("t")
        far.inject(Faults())
        assert Agent(ana).claim("t")[0].epoch == 1
        assert Agent(ben, "ben", "two").look("t").epoch == 1


def test_a_server_that_is_stopped_is_exit_status_8_and_nothing_has_changed(any_remote: Remote, clones: Clones) -> None:
    (clone,) = clones(1, of=any_remote.url)
    any_remote.stop()
    for words in (("claim", "t"), ("claim", "--next"), ("task", "add", "t"), ("release", "t"), ("wait", "t")):
        assert kit(clone, *words).code == 8, words
    listed = kit(clone, "tasks", "--json")
    assert (listed.code, listed.json["fetched"]) == (0, False)
    any_remote.start()
    assert refs(any_remote) == []
    assert kit(clone, "claim", "t").code == 0


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_server_that_refuses_over_http_is_exit_status_8(status: int, http: HttpRemote, clones: Clones) -> None:
    (clone,) = clones(1, of=http.url)
    http.inject(Faults(refuse_with=status))
    done = kit(clone, "claim", "t")
    assert (done.code, "cannot be reached" in done.err) == (8, True), done
    http.inject(Faults())
    assert kit(clone, "claim", "t").code == 0


def test_words_of_a_hook_are_not_taken_for_those_of_git(http: HttpRemote, clones: Clones) -> None:
    ana, _ = clones(2, of=http.url)
    http.hook("pre-receive", "#!/bin/sh\necho 'fatal: unable to access: permission denied, not found' >&2\n")
    http.inject(Faults(drop_replies=1.0, torn=True))
    assert Agent(ana).claim("t")[0].epoch == 1


def test_a_password_in_a_url_is_not_printed(clones: Clones, http: HttpRemote) -> None:
    url = http.url.replace("http://", "http://ana:hunter2-token@")
    (clone,) = clones(1, of=url)
    http.stop()
    done = kit(clone, "claim", "t", "--json")
    assert done.code == 8
    assert "hunter2" not in done.out + done.err
    assert "hunter2" not in kit(clone, "tasks").err


def test_a_remote_with_two_places_to_push_to_decides_nothing(
    remote: PathRemote, clones: Clones, tmp_path: Path
) -> None:
    (clone,) = clones(1)
    with path_remote(tmp_path / "other.git") as other:
        git(clone, "remote", "set-url", "--add", "--push", "origin", remote.url)
        assert kit(clone, "claim", "t").code == 0
        git(clone, "remote", "set-url", "--add", "--push", "origin", other.url)
        assert kit(clone, "claim", "t", "--json").error["code"] == "several_urls"
        configure(clone, '[live]\nremote = "second"\n')
        git(clone, "remote", "add", "second", other.url)
        assert kit(clone, "claim", "t").code == 0
        assert refs(other)


def test_a_remote_that_is_gone_for_good_says_so(remote: PathRemote, clones: Clones) -> None:
    (clone,) = clones(1)
    git(clone, "remote", "set-url", "origin", str(remote.path) + "-moved")
    assert kit(clone, "claim", "t").code == 8
    git(clone, "remote", "set-url", "origin", "https://unknown.invalid/x.git")
    assert kit_process(clone, "claim", "t").code == 8


def test_renewals_need_no_right_to_rewrite_branches(any_remote: Remote, clones: Clones) -> None:
    (clone,) = clones(1, of=any_remote.url)
    git(any_remote.path, "config", "receive.denyNonFastForwards", "true")
    agent = Agent(clone)
    agent.claim("t")
    for _ in range(2):
        agent.renew("t")
    assert int(git(any_remote.path, "rev-list", "--count", "refs/kit/tasks/t")) == 2


def test_a_remote_without_atomic_pushes_is_told(remote: PathRemote, clones: Clones) -> None:
    (clone,) = clones(1)
    git(remote.path, "config", "receive.advertiseAtomic", "false")
    assert kit(clone, "claim", "t").code == 0
    done = kit(clone, "claim", "a", "b")
    assert (done.code, "atomic" in done.err) == (8, True)
    assert not any(each.endswith(("/a", "/b")) for each in refs(remote))


def test_a_real_process_survives_its_own_interruption(remote: PathRemote, clones: Clones) -> None:
    (clone,) = clones(1)
    remote.hook("pre-receive", "#!/bin/sh\nkill -INT $PPID\nexit 1\n")
    assert kit_process(clone, "claim", "t").code in (8, 10)
    (remote.path / "hooks" / "pre-receive").unlink()
    assert kit(clone, "claim", "t").code == 0
