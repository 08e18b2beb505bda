"""Records from the command line: what is printed, and with which exit status."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.kit import kit
from tests.remotes.process import run

if TYPE_CHECKING:
    from pathlib import Path

FACT = ["--title", "Tags move only by force", "--set", "description=When a tag is in the way."]


@pytest.fixture
def kb(repo: Path) -> Path:
    assert kit(repo, "init").code == 0
    assert kit(repo, "new", "fact", *FACT, "--set", "tags=git").code == 0
    return repo


def test_init_says_what_it_made_and_what_it_kept(tmp_path: Path) -> None:
    done = kit(tmp_path, "init", "team", "--root", "kb", "--json")
    assert done.code == 0
    assert done.json["top"] == str(tmp_path / "team")
    assert (done.json["new_repository"], done.json["root"], done.json["kept"]) == (True, "kb", [])
    again = kit(tmp_path / "team", "init")
    assert again.out.splitlines()[0] == "kept kit.toml"
    assert "created" not in again.out
    (tmp_path / "team" / "kit.toml").write_text("format = 2\n")
    assert kit(tmp_path / "team", "init", "--json").error["hint"] == "install a newer kit"


def test_a_new_record_is_written_and_shown_again(kb: Path) -> None:
    text = (kb / "facts/tags-move-only-by-force.md").read_text()
    shown = kit(kb, "show", "tags-move-only-by-force")
    assert (shown.code, shown.out) == (0, text)
    data = kit(kb / "facts", "show", "tags-move-only-by-force.md", "--json").json
    assert data["path"] == "facts/tags-move-only-by-force.md"
    assert data["meta"]["generated"]["by"] == "process:ana"
    assert data["digest"].startswith("sha256:")
    assert kit(kb, "show", str(kb / "facts/tags-move-only-by-force.md")).out == text
    assert kit(kb, "show", "/etc/passwd", "--json").error["code"] == "outside"
    assert kit(kb, "show", "tags", "--json").error["exit_code"] == 4


def test_a_draft_is_said_to_be_one(kb: Path) -> None:
    done = kit(kb, "new", "fact", "--title", "B", "--set", "description=C")
    assert done.out == "facts/b.md\n"
    assert "draft" in done.err
    stable = kit(kb, "new", "fact", "--title", "D", "--set", "description=C", "--set", "status=stable")
    assert stable.err == ""


def test_what_is_missing_is_said_in_words_and_as_data(kb: Path) -> None:
    done = kit(kb, "new", "block", "--title", "T")
    assert (done.code, done.out) == (5, "")
    assert 'missing section Unlock: What solves it. (for example --set "Unlock=' in done.err
    error = kit(kb, "new", "block", "--json").error
    assert {"kind", "name", "description", "example"} == set(error["missing"][0])
    assert not (kb / "blocks/t.md").exists()


def test_a_dry_run_prints_the_record_and_writes_nothing(kb: Path) -> None:
    done = kit(kb, "new", "fact", "--title", "B", "--set", "description=C", "--dry-run")
    assert done.out.startswith("---\ntype: fact\nid: b\n")
    data = kit(kb, "new", "fact", "--title", "B", "--set", "description=C", "--dry-run", "--json").json
    assert (data["written"], data["path"]) == (False, "facts/b.md")
    assert not (kb / "facts/b.md").exists()


def test_standard_input_and_files_are_sources(kb: Path, tmp_path: Path) -> None:
    file = tmp_path / "note.md"
    file.write_text("---\ntitle: From a file\ndescription: D\n---\nText.\n")
    assert kit(kb, "new", "fact", "--from", str(file)).out == "facts/from-a-file.md\n"
    given = '{"title": "From a pipe", "description": "D"}'
    words = [sys.executable, "-m", "kit", "new", "fact", "--from", "-", "--agent", "ana", "--repo", str(kb)]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert run(words, given=given, env=environment).stdout == "facts/from-a-pipe.md\n"
    assert kit(kb, "new", "fact", "--from", str(tmp_path / "gone.md")).code == 2


def test_who_wrote_it_is_a_person_only_where_git_alone_names_one(kb: Path) -> None:
    def by(title: str, **environment: str) -> object:
        done = kit(kb, "new", "fact", "--title", title, "--set", "description=D", "--dry-run", agent="", **environment)
        return done.out.split("by: ")[1].split(",")[0]

    assert by("A") == '"human:test"'
    assert by("A", KIT_AGENT="bot") == '"process:bot"'
    assert by("A", CLAUDE_CODE_SESSION_ID="1") == '"process:test"'


def test_live_types_and_unknown_types_are_refused(kb: Path) -> None:
    assert kit(kb, "new", "claim", "--json").error == {
        "code": "live_type", "message": "records of the type claim are not written by hand", "hint": "use kit claim",
        "retryable": False, "exit_code": 2,
    }  # fmt: skip
    assert kit(kb, "new", "fakt").code == 4
    assert kit(kb, "new", "fact", *FACT).code == 6


def test_a_list_is_bounded_and_says_how_to_see_the_rest(kb: Path) -> None:
    for number in range(3):
        kit(
            kb,
            "new",
            "policy",
            "--title",
            f"P{number}",
            "--set",
            "description=D",
            "--set",
            "Rule=R",
            "--set",
            "Reason=B",
        )
    done = kit(kb, "list", "--limit", "2")
    assert done.out.splitlines()[1].split()[:3] == ["fact", "tags-move-only-by-force", "draft"]
    assert done.err == "2 more of 4: add --all or --limit 4\n"
    assert len(kit(kb, "list", "--all").out.splitlines()) == 5
    data = kit(kb, "list", "policy", "--limit", "1", "--json").json
    assert (len(data["records"]), data["matched"], data["cut"]) == (1, 3, 2)
    assert kit(kb, "list", "--tag", "git", "--where", "status=draft", "--json").json["matched"] == 1
    nothing = kit(kb, "list", "--where", "status=none")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no record in the work tree matches\n")


def test_files_that_cannot_be_read_are_named_beside_the_list(kb: Path) -> None:
    (kb / "facts/broken.md").write_text("no front matter")
    (kb / "schemas/bad.schema.json").write_text("{")
    done = kit(kb, "list")
    assert "facts/broken.md: the file has no front matter" in done.err
    assert "schemas/bad.schema.json" in done.err
    assert "tags-move-only-by-force" in done.out
    assert kit(kb, "list", "--json").json["unread"][0]["path"] == "facts/broken.md"
    assert "schemas/bad.schema.json" in kit(kb, "types").err


def test_a_commit_is_listed_and_shown_as_it_was(kb: Path) -> None:
    git(kb, "add", ".")
    git(kb, "commit", "-qm", "a")
    (kb / "facts/tags-move-only-by-force.md").unlink()
    assert kit(kb, "list", "--json").json["matched"] == 0
    assert kit(kb, "list", "--rev", "HEAD", "--json").json["matched"] == 1
    assert kit(kb, "show", "tags-move-only-by-force", "--rev", "HEAD").code == 0
    assert kit(kb, "show", "tags-move-only-by-force").code == 4
    assert kit(kb, "list", "--rev", "gone").code == 4


def test_types_and_schemas_are_printed_the_project_s_own_too(kb: Path) -> None:
    schema = '{"description": "A note.", "x-kit": {"plane": "reviewed", "path": "notes/{id}.md"}, %s}'
    (kb / "schemas/note.schema.json").write_text(schema % '"properties": {"meta": {}}')
    types = {each["name"]: each for each in kit(kb, "types", "--json").json["types"]}
    assert types["note"]["made_by"] == "kit new note"
    assert (types["claim"]["plane"], types["claim"]["made_by"]) == ("live", "kit claim")
    assert json.loads(kit(kb, "schema", "note").out)["description"] == "A note."
    assert kit(kb, "schema", "block", "--json").json["x-kit"]["path"] == "blocks/{id}.md"
    assert kit(kb, "schema", "blok", "--json").error["hint"] == "did you mean 'block'?"


def test_the_types_of_kit_are_known_outside_a_repository(tmp_path: Path) -> None:
    assert kit(tmp_path, "schema", "block", "--json").json["title"] == "Block"
    assert "fact" in kit(tmp_path, "types").out
    assert kit(tmp_path, "list").code == 4


def test_fmt_changes_what_is_not_canonical_and_check_only_says_so(kb: Path) -> None:
    file = kb / "facts/tags-move-only-by-force.md"
    neat = file.read_text()
    file.write_text(neat.replace("tags: [git]", "tags:   ['git']"))
    check = kit(kb, "fmt", "--check", "--diff")
    assert check.code == 1
    assert "-tags:   ['git']\n+tags: [git]" in check.out
    assert file.read_text() != neat
    assert kit(kb, "fmt", "--check", "blocks").code == 0
    assert kit(kb, "fmt", "README.md").code == 0
    assert kit(kb, "fmt", "gone.md").code == 4
    done = kit(kb / "facts", "fmt", "--json", ".")
    assert (done.code, done.json["changed"], done.json["written"]) == (0, ["facts/tags-move-only-by-force.md"], True)
    assert file.read_text() == neat
    assert kit(kb, "fmt", "--check").code == 0


def test_fmt_names_what_it_cannot_read_with_its_place(kb: Path) -> None:
    (kb / "facts/broken.md").write_text("---\nid: a\nid: b\n---\n")
    done = kit(kb, "fmt")
    assert done.code == 1
    assert "facts/broken.md:3:1: the key 'id' stands twice (keep one of them)" in done.err
    assert kit(kb, "fmt", "--json").json["unread"][0]["line"] == 3


def test_mv_shows_first_and_does_it_with_apply(kb: Path) -> None:
    (kb / "facts/README.md").write_text("See [it](tags-move-only-by-force.md).\n")
    shown = kit(kb, "mv", "tags-move-only-by-force", "tags")
    assert shown.out.splitlines()[0] == "facts/tags-move-only-by-force.md -> facts/tags.md"
    assert "+See [it](tags.md)." in shown.out
    assert "add --apply" in shown.err
    assert (kb / "facts/tags-move-only-by-force.md").exists()
    done = kit(kb / "facts", "mv", "tags-move-only-by-force.md", "deep/tags.md", "--apply", "--json")
    assert done.json == {
        "old": "facts/tags-move-only-by-force.md", "new": "facts/deep/tags.md", "changed": ["facts/README.md"],
        "approvals_lost": [], "unread": [], "applied": True,
    }  # fmt: skip
    assert (kb / "facts/README.md").read_text() == "See [it](deep/tags.md).\n"
    assert kit(kb, "mv", "gone", "new").code == 4


def test_nothing_from_a_record_or_a_schema_steers_the_terminal(kb: Path) -> None:
    evil = "\\u001b]0;x\\u0007"
    fact = f'---\ntype: fact\nid: evil\ntitle: "a{evil}"\ndescription: D\nstatus: "{evil}"\nx: [\n---\n'
    (kb / "facts/evil.md").write_text(fact.replace("x: [\n", "") + "\x1b[2J\n")
    (kb / "facts/evil2.md").write_text('---\n"\\u001b[2J": 1\n"\\u001b[2J": 2\n---\n')
    schema = {
        "description": "\x1b[2J",
        "x-kit": {"plane": "reviewed", "path": "notes/{id}.md"},
        "properties": {"meta": {"properties": {"\x1b[2J": {"description": "\x1b[2J"}}, "required": ["\x1b[2J"]}},
    }
    (kb / "schemas/note.schema.json").write_text(json.dumps(schema))
    for words in (
        ["list"], ["show", "evil"], ["types"], ["schema", "note"], ["new", "note"], ["fmt", "--check", "--diff"],
        ["mv", "evil", "good"], ["show", "evil2"], ["list", "--json"], ["show", "evil", "--json"], ["types", "--json"],
    ):  # fmt: skip
        done = kit(kb, *words)
        assert done.code in (0, 1, 5), done
        assert "\x1b" not in done.out + done.err, words
        assert "\x07" not in done.out + done.err, words


def test_a_secret_is_refused_by_its_kind_and_line(kb: Path) -> None:
    token = "ghp_" + "k3Jd82hfKs92LdPq71mZxT45vBnR60wYcE3u"
    done = kit(kb, "new", "fact", "--title", "T", "--set", "description=D", "--set", f"Evidence={token}")
    assert done.code == 5
    assert "in line" in done.err
    assert token not in done.out + done.err


def test_a_hostile_schema_makes_no_file_outside(kb: Path) -> None:
    for path in ("../../out/{id}.md", ".git/hooks/{id}.md", "/tmp/{id}.md", "notes/../../{id}.md"):
        schema = {"x-kit": {"plane": "reviewed", "path": path}, "properties": {"meta": {}}}
        (kb / "schemas/note.schema.json").write_text(json.dumps(schema))
        assert kit(kb, "new", "note", "--set", "id=x").code == 4
    schema = {"x-kit": {"plane": "reviewed", "path": "notes/{where}/{id}.md"}, "properties": {"meta": {}}}
    (kb / "schemas/note.schema.json").write_text(json.dumps(schema))
    assert kit(kb, "new", "note", "--set", "id=x", "--set", "where=..").code == 5


def test_a_schema_whose_pattern_could_take_for_ever_is_not_used(kb: Path) -> None:
    schema = {
        "x-kit": {"plane": "reviewed", "path": "notes/{id}.md"},
        "properties": {"meta": {"properties": {"id": {"type": "string", "pattern": "^(a+)+$"}}}},
    }
    (kb / "schemas/note.schema.json").write_text(json.dumps(schema))
    error = kit(kb, "new", "note", "--set", "id=" + "a" * 60 + "x", "--json").error
    assert (error["code"], error["exit_code"]) == ("invalid_schema", 5)
    assert "schemas/note.schema.json:1" in error["message"]
