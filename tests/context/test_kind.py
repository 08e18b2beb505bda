"""Types of entry that a project declares by a schema of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kit import context
from kit.errors import InvalidInput
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

PLAN: dict[str, Any] = {
    "title": "Plan",
    "description": "What is to be done, step by step.",
    "x-kit": {
        "plane": "live",
        "path": "context/{thread}/entries/{shelf}/{row}/{id}.md",
        "priority": "important",
        "sections": {"Steps": {"required": True, "list": True}},
    },
    "type": "object",
    "properties": {
        "meta": {"type": "object", "properties": {"tags": {"type": "array", "minItems": 1}}, "required": ["tags"]},
        "sections": {"type": "object", "properties": {"Steps": {"type": "array"}}, "required": ["Steps"]},
    },
}
TEXT = "## Steps\n\n- lex\n- parse\n"


@pytest.fixture
def planned(repo: Path) -> Path:
    (repo / "schemas").mkdir()
    (repo / "schemas" / "plan.schema.json").write_text(json.dumps(PLAN))
    assert kit(repo, "context", "new", "t").code == 0
    return repo


def test_an_entry_of_the_projects_own_type_is_held_against_its_schema(planned: Path) -> None:
    done = kit(planned, "context", "add", "--type", "plan", "--tag", "a", "--text", TEXT, "--json").json["entries"][0]
    assert (done["kind"], done["priority"]) == ("plan", "important")
    told = kit(
        planned, "context", "add", "--type", "plan", "--tag", "a", "--priority", "pinned", "--text", TEXT, "--json"
    )
    assert told.json["entries"][0]["priority"] == "pinned"
    for words in (["--text", TEXT], ["--tag", "a", "--text", "no steps"]):
        refused = kit(planned, "context", "add", "--type", "plan", *words, "--json")
        assert (refused.code, refused.error["code"]) == (5, "invalid_entry"), refused
    assert len(kit(planned, "context", "show", "--json").json["entries"]) == 2
    assert kit(planned, "validate", "--strict").code == 0


def test_so_is_an_edit_of_one(planned: Path) -> None:
    name = kit(planned, "context", "add", "--type", "plan", "--tag", "a", "--text", TEXT, "--json").json["entries"][0][
        "id"
    ]
    assert kit(planned, "context", "edit", name, "--text", "nothing").code == 5
    assert kit(planned, "context", "edit", name, "--text", TEXT + "- print\n").code == 0


def test_a_type_that_nobody_declares_is_refused_and_the_nearest_named(planned: Path) -> None:
    refused = kit(planned, "context", "add", "--type", "dialog", "--text", "x", "--json")
    assert (refused.code, refused.error["code"]) == (5, "no_entry_type")
    assert "dialogue" in refused.error["hint"]
    assert "plan" in kit(planned, "context", "add", "--type", "quite-other", "--text", "x").err


def test_lines_and_programs_may_add_them_too(planned: Path) -> None:
    line = json.dumps({"role": "assistant", "kind": "plan", "tags": ["a"], "text": TEXT})
    (planned / "plans.jsonl").write_text(line)
    done = kit(planned, "context", "add", "--jsonl", "plans.jsonl", "--json").json["entries"][0]
    assert done["priority"] == "important"
    with context.open(planned, "t", agent="ana") as thread:
        assert thread.add("assistant", TEXT, kind="plan", tags=("a",)).priority == "important"
        with pytest.raises(InvalidInput, match="Steps"):
            thread.add("assistant", "x", kind="plan", tags=("a",))


@pytest.mark.parametrize(
    "change",
    [
        {"path": "context/{thread}/{id}.json"},
        {"path": "tasks/{id}/claim.json"},
    ],
)
def test_no_other_live_record_can_be_declared(planned: Path, change: dict[str, str]) -> None:
    schema = {**PLAN, "x-kit": {**PLAN["x-kit"], **change}}
    (planned / "schemas" / "plan.schema.json").write_text(json.dumps(schema))
    assert "schema.invalid" in kit(planned, "validate", "--json").out
    assert kit(planned, "context", "add", "--type", "plan", "--tag", "a", "--text", TEXT).code == 5


def test_a_broken_schema_is_told_and_other_types_go_on(planned: Path) -> None:
    (planned / "schemas" / "plan.schema.json").write_text("{")
    refused = kit(planned, "context", "add", "--type", "plan", "--text", "x")
    assert refused.code == 5
    assert "plan.schema.json does not declare a record type" in refused.err
    assert kit(planned, "context", "add", "--text", "x").code == 0


@pytest.mark.parametrize("priority", ["urgent", 7, None])
def test_a_schema_with_a_priority_that_is_none_writes_nothing(planned: Path, priority: object) -> None:
    schema = {**PLAN, "x-kit": {**PLAN["x-kit"], "priority": priority}}
    (planned / "schemas" / "plan.schema.json").write_text(json.dumps(schema))
    assert kit(planned, "context", "add", "--type", "plan", "--tag", "a", "--text", TEXT).code == 5
