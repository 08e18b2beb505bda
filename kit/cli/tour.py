"""The tour that `kit demo` plays: real commands on a real remote, each checked against what it must do."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli import tour_session
from kit.cli.stage import NotSoError, Stage, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BROKEN = """---
type: block
id: broken-on-purpose
title: A block with a mistake
description: Use when you want to see what kit validate says.
status: stabel
---
## Situation
A person wrote `stabel` for `stable`, and left sections out.
"""
REVIEWERS = """
[[review.people]]
id = "mia"
email = "mia@example.invalid"
"""


def play(*, given: Mapping[str, str], keep: bool, tell: Callable[[str], None]) -> int:
    """Plays the tour in a temporary folder and returns how many commands it ran; `given` is the environment.

    Raises NotSoError.
    """
    folder = Path(tempfile.mkdtemp(prefix="kit-demo-"))
    stage = Stage(folder, environment(given, folder), tell)
    try:
        for act in (_set_up, _race, _hand_over, _recall, _mail, _distil, _review, _validate):
            act(stage)
    finally:
        if keep:
            tell(f"everything is left in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return stage.steps


def _set_up(stage: Stage) -> None:
    stage.chapter("A remote, and a clone for each of two agents")
    stage.run("you", "git init --quiet --bare --initial-branch=main origin.git")
    stage.run("you", "git clone --quiet origin.git ana")
    stage.run("ana", "kit init --example", expect="kit.toml")
    stage.append("ana", "kit.toml", REVIEWERS)
    stage.run("ana", "git add --all")
    stage.run("ana", "git commit --quiet --message 'Begin our knowledge'")
    stage.run("ana", "git push --quiet origin HEAD:main")
    stage.run("you", "git clone --quiet origin.git ben")


def _race(stage: Stage) -> None:
    stage.chapter("Both want the same task: exactly one gets it, the other is told who has it")
    stage.run("ana", "kit task add parser --title 'Write the parser'")
    words = "kit claim parser --note 'grammar first' --json"
    answers = stage.race([("ana", words), ("ben", words)])
    won = [answer.returncode == 0 for answer in answers]
    if sorted(won) != [False, True]:
        raise NotSoError(f"{won.count(True)} of two claimers won", hint="please report it with what stands above")
    winner, loser = ("ana", "ben") if won[0] else ("ben", "ana")
    told: dict[str, Any] = json.loads(answers[won.index(False)].stdout)["error"]
    stage.check(loser, words, answers[won.index(False)], status=6, expect=winner)
    if told["holder"] != winner:
        raise NotSoError(f"the loser was told that {told['holder']!r} holds it", hint="please report it")
    stage.said = [winner, loser]


def _hand_over(stage: Stage) -> None:
    winner, loser = stage.said
    stage.chapter(f"{winner} works and hands over; {loser} reads the handoff")
    stage.write(winner, "src/parser.py", "def parse(text: str) -> list[str]:\n    return text.split()\n")
    stage.run(winner, "git add --all")
    stage.run(winner, "git commit --quiet --message 'Parse words'")
    stage.run(
        winner,
        f"kit complete parser --note 'splits at spaces' --to {loser} --next-action 'handle quotes'",
        expect="1 changed file",
    )
    stage.run(loser, "kit claim parser", status=6, expect="done")
    stage.run(loser, "kit task show parser", expect="src/parser.py")
    stage.run(loser, "kit tasks", expect="done, not merged")


def _recall(stage: Stage) -> None:
    stage.chapter("What others learned answers a question, from reviewed records only")
    stage.run(
        "ben", "kit recall -k 1 'why did my forced push with a lease overwrite the work of others?'", expect="lease"
    )


def _mail(stage: Stage) -> None:
    stage.chapter("A message, read and acknowledged")
    stage.run("ben", "kit send ana 'quotes are next, I take them' --task parser")
    stage.run("ana", "kit inbox --ack", expect="quotes are next")
    stage.run("ana", "kit status", expect="parser")


def _distil(stage: Stage) -> None:
    stage.chapter("What ana's session went through is kept without its secrets, and distilled")
    stage.keep_session("ana", tour_session.ID, tour_session.records)
    stage.run("ana", "kit session mirror", expect="1 github-personal-token")
    stage.run("ana", "kit session search registry", expect="[REDACTED:github-personal-token]")
    stage.lacks("ana", tour_session.SECRETS)
    answer = stage.run("ana", f"kit distill {tour_session.ID[:8]} --json")
    (found,) = json.loads(answer)["candidates"]
    stage.said = [found["id"]]
    stage.run("ana", f"kit gate run {found['id']}", expect="pass  secrets")
    stage.run("ana", f"kit promote {found['id']} --push", expect="is made")


def _review(stage: Stage) -> None:
    (block,) = stage.said
    stage.chapter("An agent cannot approve it; mia, a person, does, and merging it is the promotion")
    stage.run("ben", f"kit review approve {block}", status=7)
    stage.run("ben", "kit recall -k 1 'sqlite: database is locked with two workers'")
    stage.run("you", "git clone --quiet origin.git mia")
    stage.run("mia", "git config user.email mia@example.invalid")
    stage.run("mia", "kit review list --fetch", expect=block)
    stage.run("mia", f"kit review show {block}", expect="BEGIN IMMEDIATE")
    stage.run("mia", f"kit review approve {block} --push", expect="human:mia")
    stage.run("mia", "git fetch --quiet")
    stage.run("mia", f"git merge --quiet --no-ff --message 'Promote {block}' origin/kit/promote/{block}")
    stage.run("mia", "kit validate --diff HEAD^", expect="0 errors")
    stage.run("mia", "git push --quiet origin HEAD:main")
    stage.run("ben", "git fetch --quiet")
    stage.run("ben", "kit recall -k 1 'sqlite: database is locked with two workers'", expect="BEGIN IMMEDIATE")


def _validate(stage: Stage) -> None:
    stage.chapter("A broken record is found before it is merged: file, line and what to write")
    stage.run("ben", "kit validate")
    stage.write("ben", "blocks/broken-on-purpose.md", BROKEN)
    stage.run("ben", "kit validate", status=1, expect="blocks/broken-on-purpose.md:6")
