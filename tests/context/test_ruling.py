"""A model may choose between the sides of a conflict: its answer is a choice, or an error, and nothing else."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kit.context import conflict, pending, ruling
from kit.errors import InvalidInput
from kit.model.command import ModelFailed
from tests.context.test_collapse import trust
from tests.context.test_merge import Forked
from tests.git import git
from tests.kit import kit
from tests.model.server import completion, plain, serving
from tests.safety.samples import run

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "ghp_" + run("alnum", 36, seed=1)


@pytest.fixture
def world(repo: Path) -> Forked:
    """A merge of `side` into `main` that waits with one conflict."""
    made = Forked(repo)
    made.edit("main", made.answer, "because of ours")
    made.edit("side", made.answer, "because of theirs")
    made.merge("main", "side")
    assert kit(repo, "context", "switch", "main").code == 0
    return made


def found(world: Forked) -> conflict.Conflict:
    waits = pending.find(world.store.repository, "main")
    assert waits
    return waits.conflicts[0]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ('{"choice": "ours"}', ("ours", "")),
        ('```json\n{"choice": "theirs", "text": "ignored"}\n```', ("theirs", "")),
        ('{"choice": "text", "text": "because of both"}', ("text", "because of both")),
    ],
)
def test_a_choice_is_taken(world: Forked, answer: str, wanted: tuple[str, str]) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return answer

    assert ruling.rule(found(world), ask, nonce="n0nce") == wanted
    assert "because of ours" in asked[0]
    assert "because of theirs" in asked[0]
    assert asked[0].count("n0nce") == 3


@pytest.mark.parametrize(
    "answer",
    ["", "ours", "[]", '{"choice": "both"}', '{"choice": "text"}', '{"choice": "text", "text": " "}',
     '{"choice": ["ours"]}', '{"choice": "text", "text": 7}', "{" * 5000],
)  # fmt: skip
def test_anything_else_is_an_error(world: Forked, answer: str) -> None:
    with pytest.raises(ModelFailed):
        ruling.rule(found(world), lambda _: answer, nonce="n")
    with pytest.raises(InvalidInput, match="content has"):
        ruling.rule(found(world), lambda _: json.dumps({"choice": "text", "text": "x" * 1_000_001}), nonce="n")


def test_a_side_that_is_too_long_is_not_shown_in_part(world: Forked) -> None:
    each = found(world)
    assert each.ours
    with pytest.raises(InvalidInput, match="more than"):
        ruling.prompt(each._replace(ours=each.ours._replace(text="x" * (ruling.MOST + 1))), nonce="n")


def program(world: Forked, answer: Any) -> None:
    file = world.folder.parent / "model.py"
    file.write_text(f"import sys\nsys.stdin.read()\nprint({json.dumps(answer)!r})\n")
    trust(world.folder, f"[model]\ncommand = {json.dumps([sys.executable, str(file)])}\n", "command")


def test_a_program_chooses_and_the_merge_waits_to_be_looked_at(world: Forked) -> None:
    program(world, {"choice": "text", "text": f"because of both {TOKEN}"})
    before = world.tip("main")
    done = kit(world.folder, "context", "resolve", "all", "--engine", "command", "--json")
    assert (done.code, done.json["open"]) == (0, []), done
    assert TOKEN not in done.out
    assert TOKEN not in (world.folder / ".kit" / "context" / "merge-main.json").read_text()
    assert world.tip("main") == before
    assert kit(world.folder, "context", "merge", "--continue").code == 0
    assert world.said("main")[1].startswith("because of both")
    assert kit(world.folder, "context", "resolve", "all", "--engine", "command").code == 4


def test_a_service_chooses_too_and_one_that_is_not_trusted_is_not_asked(world: Forked) -> None:
    with serving(plain(completion('{"choice": "theirs"}'))) as service:
        text = f'[model]\nurl = "{service.url}"\nname = "m"\n'
        (world.folder / "kit.toml").write_text(text)
        refused = kit(world.folder, "context", "resolve", "all", "--engine", "openai", "--json")
        assert (refused.code, len(service.asked)) == (7, 0)
        trust(world.folder, text, "openai")
        assert kit(world.folder, "context", "resolve", "all", "--engine", "openai").code == 0
    assert kit(world.folder, "context", "merge", "--continue").code == 0
    assert world.said("main")[1] == "because of theirs"


def test_what_a_model_did_not_choose_stays_open(world: Forked) -> None:
    program(world, {"choice": "neither"})
    assert kit(world.folder, "context", "resolve", "all", "--engine", "command").code == 5
    assert found(world).choice == ""
    assert git(world.folder, "fsck", "--strict", "--no-dangling") == ""
