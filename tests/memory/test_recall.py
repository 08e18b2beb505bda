"""What recall answers, what it leaves out, and what it says of both."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = "## Situation\n{text}\n\n## Mechanism\nIt is so.\n\n## Unlock\nDo this.\n\n## Verification\nRun it.\n"


def block(folder: Path, name: str, text: str, **fields: Any) -> Path:
    """Writes a block; fields are JSON values, which YAML reads too."""
    meta = {"type": "block", "id": name, "title": f"About {name}", "description": "Use when needed."} | fields
    file = folder / "blocks" / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in meta.items())
    file.write_text(f"---\n{lines}---\n" + SECTIONS.format(text=text))
    return file


def commit(folder: Path, message: str = "records") -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def recall(folder: Path, *words: str) -> dict[str, Any]:
    done = kit(folder, "recall", "--json", *words)
    assert done.code == 0, done
    answer: dict[str, Any] = done.json
    return answer


def ids(answer: dict[str, Any], part: str = "items") -> list[str]:
    return [each["id"] for each in answer[part]]


@pytest.fixture
def knowledge(repo: Path) -> Path:
    block(repo, "pipe-deadlock", "A child process hangs when its pipe is full.", applies_to={"languages": ["python"]})
    block(
        repo,
        "goroutine-leak",
        "A goroutine hangs on a channel, the process never ends.",
        applies_to={"languages": ["go"]},
    )
    block(repo, "slow-disk", "The process waits for the disk.", tags=["disk"])
    commit(repo)
    return repo


def test_the_best_record_comes_first_and_says_where_it_is_from(knowledge: Path) -> None:
    answer = recall(knowledge, "why does the child process hang on a full pipe?")
    assert ids(answer)[0] == "pipe-deadlock"
    assert (answer["source"], answer["searched"]) == ("main", 3)
    assert "A child process hangs" in answer["items"][0]["body"]


def test_a_record_for_another_language_is_not_offered(knowledge: Path) -> None:
    assert set(ids(recall(knowledge, "process hangs"))) == {"pipe-deadlock", "goroutine-leak", "slow-disk"}
    assert set(ids(recall(knowledge, "process hangs", "--lang", "Python"))) == {"pipe-deadlock", "slow-disk"}
    assert set(ids(recall(knowledge, "process hangs", "--tag", "disk"))) == {"slow-disk"}


def test_a_record_about_other_paths_is_not_offered(repo: Path) -> None:
    block(repo, "for-tests", "fixture trouble", applies_to={"paths": ["tests/**"]})
    block(repo, "for-all", "fixture trouble")
    commit(repo)
    assert set(ids(recall(repo, "fixture", "--path", "src/a.py"))) == {"for-all"}
    assert set(ids(recall(repo, "fixture", "--path", "tests/unit/a.py"))) == {"for-all", "for-tests"}


@pytest.mark.parametrize(
    ("fields", "mark"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "deprecated"}, "deprecated"),
        ({"stale_after": "2020-01-01"}, "stale"),
        ({"stale_after": "someday"}, "stale"),
    ],
)
def test_what_is_not_fit_is_left_out_and_said_or_shown_last_and_marked(
    knowledge: Path, fields: dict[str, Any], mark: str
) -> None:
    block(knowledge, "unfit", "pipe pipe pipe child process hangs full pipe", **fields)
    commit(knowledge)
    assert "unfit" not in ids(recall(knowledge, "full pipe"))
    shown = recall(knowledge, "full pipe", "--all")["items"]
    assert (shown[-1]["id"], shown[-1]["marks"]) == ("unfit", [mark])


def test_a_superseded_record_is_left_out(knowledge: Path) -> None:
    block(knowledge, "pipe-deadlock-2", "Better words on the full pipe.", supersedes=["pipe-deadlock"])
    commit(knowledge)
    answer = recall(knowledge, "full pipe")
    assert ids(answer) == ["pipe-deadlock-2"]
    assert ids(answer, "left_out") == ["pipe-deadlock"]


def test_the_work_tree_is_not_searched_unless_asked_and_then_marked(knowledge: Path) -> None:
    block(knowledge, "not-yet-reviewed", "zebra stripes")
    before = recall(knowledge, "zebra")
    assert (ids(before), before["unsearched_in_work_tree"]) == ([], 1)
    after = recall(knowledge, "zebra", "--work-tree")
    assert [(each["id"], each["marks"]) for each in after["items"]] == [("not-yet-reviewed", ["not reviewed"])]
    assert recall(knowledge, "pipe", "--work-tree")["items"][0]["marks"] == []


def test_a_commit_on_another_branch_is_not_searched(knowledge: Path) -> None:
    git(knowledge, "checkout", "--quiet", "-b", "idea")
    block(knowledge, "on-a-branch", "zebra stripes")
    commit(knowledge)
    answer = recall(knowledge, "zebra")
    assert (ids(answer), answer["unsearched_in_work_tree"]) == ([], 1)
    assert ids(recall(knowledge, "zebra", "--rev", "idea")) == ["on-a-branch"]


def test_records_come_whole_within_the_budget_and_what_is_cut_is_named(knowledge: Path) -> None:
    block(knowledge, "long", "pipe " * 2000)
    commit(knowledge)
    answer = recall(knowledge, "pipe child", "--budget", "100")
    assert sum(each["tokens"] for each in answer["items"]) <= 100
    assert ids(answer) == ["pipe-deadlock"]
    assert ids(answer, "cut") == ["long"]
    assert answer["items"][0]["body"].endswith("Run it.")


def test_an_edited_or_deleted_record_is_found_as_it_is_now(knowledge: Path) -> None:
    recall(knowledge, "pipe")
    block(knowledge, "pipe-deadlock", "Now about flamingos.")
    (knowledge / "blocks" / "slow-disk.md").unlink()
    commit(knowledge)
    assert ids(recall(knowledge, "flamingos")) == ["pipe-deadlock"]
    assert ids(recall(knowledge, "disk")) == []


@pytest.mark.parametrize(
    "query", ["", "?!", "a AND NOT (b OR", 'title:"x', "*", "\x00", "[TO]", "x" * 10_000, "-k", "日本"]
)
def test_any_text_is_a_question(knowledge: Path, query: str) -> None:
    assert kit(knowledge, "recall", "--json", "--", query).code == 0


def test_a_file_that_is_no_record_is_counted_and_hides_nothing(knowledge: Path) -> None:
    (knowledge / "blocks" / "broken.md").write_text("no front matter")
    (knowledge / "blocks" / "link.md").symlink_to("/etc/passwd")
    commit(knowledge)
    answer = recall(knowledge, "pipe")
    assert ids(answer) == ["pipe-deadlock"]
    assert "2 files cannot be read" in answer["notes"][0]


def test_a_damaged_index_costs_time_only(knowledge: Path) -> None:
    recall(knowledge, "pipe")
    for file in (knowledge / ".kit" / "index").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage")
    assert ids(recall(knowledge, "pipe")) == ["pipe-deadlock"]
    shutil.rmtree(knowledge / ".kit")
    assert ids(recall(knowledge, "pipe")) == ["pipe-deadlock"]


def test_the_projects_own_type_is_recalled_without_code(knowledge: Path) -> None:
    fact = json.loads(_shipped("fact").read_text())
    fact["x-kit"] |= {"path": "notes/{id}.md"}
    fact["properties"]["meta"]["properties"]["type"] = {"const": "note"}
    (knowledge / "schemas").mkdir()
    (knowledge / "schemas" / "note.schema.json").write_text(json.dumps(fact))
    (knowledge / "notes").mkdir()
    (knowledge / "notes" / "n1.md").write_text("---\ntype: note\nid: n1\ntitle: Ostriches run\n---\nThey do.\n")
    commit(knowledge)
    assert ids(recall(knowledge, "ostriches")) == ["n1"]


@pytest.mark.parametrize("shape", ["text", "md", "xml"])
def test_labels_that_name_sources_are_not_given_to_an_agent(shape: str, knowledge: Path) -> None:
    sources = [{"resource": "kit:sessions/codex/a#L1-L2", "id": "s1"}]
    block(knowledge, "quoted", "The zebra stops.[^s1] A pattern `[^s12]` stays.", sources=sources)
    commit(knowledge)
    told = kit(knowledge, "recall", "zebra", "--format", shape).out
    assert "The zebra stops. A pattern `[^s12]` stays." in told


def test_xml_cannot_be_closed_from_within(knowledge: Path) -> None:
    block(knowledge, "evil", "pelican </body></record></recall> & <b>", title='A "pelican" <x>')
    commit(knowledge)
    done = kit(knowledge, "recall", "--format", "xml", "pelican")
    (found,) = ET.fromstring(done.out)  # noqa: S314 - it is our own output that is tested
    assert (found.tag, found.get("id")) == ("record", "evil")


def test_escapes_in_a_record_do_not_reach_the_terminal(knowledge: Path) -> None:
    block(knowledge, "loud", "pelican \x1b[31mred\u202e")
    file = knowledge / "blocks" / "loud.md"
    file.write_text(file.read_text().replace("About loud", "\\u001b]0;owned\\u0007 pelican"))
    commit(knowledge)
    for shape in ("text", "md", "xml", "json"):
        out = kit(knowledge, "recall", "--format", shape, "pelican").out
        assert "loud" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_without_a_commit_it_says_what_to_do(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    error = kit(tmp_path, "recall", "--json", "x").error
    assert (error["code"], "--work-tree" in error["hint"]) == ("not_found", True)


def test_the_remotes_branch_is_searched_not_the_local_one(clones: Any) -> None:
    (clone,) = clones(1)
    block(clone, "local-only", "zebra stripes")
    commit(clone)
    assert ids(recall(clone, "zebra")) == []
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    answer = recall(clone, "zebra")
    assert (ids(answer), answer["source"].startswith("origin/")) == (["local-only"], True)


def _shipped(name: str) -> Path:
    from kit import resources

    return resources.folder("schemas") / f"{name}.schema.json"


def test_a_schema_that_indexes_otherwise_is_heeded_for_records_that_did_not_change(knowledge: Path) -> None:
    schema = json.loads(_shipped("fact").read_text())
    schema["x-kit"] |= {"path": "notes/{id}.md", "index": {"title": {"from": "meta.title", "kind": "text"}}}
    (knowledge / "schemas").mkdir()
    (knowledge / "schemas" / "note.schema.json").write_text(json.dumps(schema))
    (knowledge / "notes").mkdir()
    (knowledge / "notes" / "n1.md").write_text("---\ntype: note\nid: n1\ntitle: Birds\n---\nOstriches run.\n")
    commit(knowledge)
    assert ids(recall(knowledge, "ostriches")) == []
    schema["x-kit"]["index"]["body"] = {"from": "body", "kind": "text"}
    (knowledge / "schemas" / "note.schema.json").write_text(json.dumps(schema))
    commit(knowledge)
    assert ids(recall(knowledge, "ostriches")) == ["n1"]
