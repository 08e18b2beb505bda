"""The whole path on a bare remote: two people and an agent, each in a clone of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.git import git
from tests.review import play

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BRANCH = "kit/promote/loop-closed"


def test_the_path_from_a_candidate_to_recall(clones: Callable[..., list[Path]]) -> None:
    bots, anas, bens = clones(3)
    bot, ana, ben = play.agent(bots), play.person(anas, "ana"), play.person(bens, "ben")
    play.begin(anas)
    git(bots, "pull", "--quiet")
    play.candidate(bots)

    # The agent proposes it, and can neither approve it nor pretend that ana did.
    done = bot("promote", "loop-closed", "--push", "--json")
    assert done.code == 0, done
    assert bot("review", "approve", "loop-closed", "--json").error["code"] == "agent"
    git(bots, "checkout", "--quiet", BRANCH)
    assert play.rules(bot("validate", "--diff", "origin/main", "--json")) == {"approval.missing"}
    block = bots / "blocks/loop-closed.md"
    block.write_text(play.approval(block.read_text()))
    git(bots, "commit", "--quiet", "--all", "-m", "Approved")
    assert play.rules(bot("validate", "--json")) == set()
    assert play.rules(bot("validate", "--diff", "origin/main", "--json")) == {"approval.author"}
    git(bots, "checkout", "--quiet", "main")
    git(bots, "branch", "--force", BRANCH, f"origin/{BRANCH}")

    # Ana approves it.
    git(anas, "fetch", "--quiet")
    assert ana("review", "list", "--json").json["waiting"][0]["state"] == "proposed"
    done = ana("review", "approve", "loop-closed", "--push", "--json")
    assert done.code == 0, done
    assert done.json["by"] == "human:ana"
    git(anas, "checkout", "--quiet", BRANCH)
    assert play.rules(ana("validate", "--diff", "origin/main", "--json")) == set()

    # A change after the approval makes it stale.
    git(bots, "fetch", "--quiet")
    play.candidate(bots, play.CANDIDATE.replace("to session.", "to session, in pyproject.toml."))
    done = bot("promote", "loop-closed", "--push", "--json")
    assert done.code == 0, done
    git(bens, "fetch", "--quiet")
    git(bens, "checkout", "--quiet", BRANCH)
    assert play.rules(ben("validate", "--diff", "origin/main", "--json")) == {"approval.stale"}
    git(bens, "checkout", "--quiet", "main")
    assert ben("review", "show", "loop-closed", "--json").json["state"] == "proposed"

    # Ben approves it again; merging it is the promotion.
    done = ben("review", "approve", "loop-closed", "--push", "--json")
    assert done.code == 0, done
    git(bens, "merge", "--quiet", "--no-edit", "--no-ff", BRANCH)
    assert play.rules(ben("validate", "--diff", "origin/main", "--json")) == set()
    assert "loop-closed" not in ben("recall", "event loop is closed").out
    git(bens, "push", "--quiet", "origin", "main")
    git(bots, "pull", "--quiet")
    assert "loop-closed" in bot("recall", "event loop is closed").out
    assert bot("promote", "loop-closed", "--json").json["is_merged"]
    for each in (bots, anas, bens):
        git(each, "fsck", "--strict")
