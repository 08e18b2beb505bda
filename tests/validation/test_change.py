"""Of a change only what it did is reported: in the files it touched, and what it broke in all others."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING

import pytest

from kit.store.git import Git
from kit.validation import look, needed, validate, view, work
from kit.validation.gather import Means
from tests.git import git
from tests.validation.files import BODY, block, fact, told, view_of, write

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from kit.validation.validate import Report

    Files = Mapping[str, str]


def change(before: Files, after: Files, *, only: Collection[str] = ()) -> Report:
    gone = [path for path in before if path not in after]
    return validate.validate_change(
        view_of(after), view_of(before), root="", config="kit.toml", means=Means(), gone=gone, only=only
    )


def broken(before: Files, after: Files) -> list[str]:
    return told(change(before, after))


F, G = "facts/f.md", "facts/g.md"
TO_F = fact("g", body="[f](f.md)\n")
PRINT = "fingerprint: sha256:" + "0" * 64 + "\n"


def test_what_was_wrong_before_in_another_file_is_not_reported() -> None:
    before = {F: fact(more="status: done\n"), G: fact("g", body="[x](gone.md)\n")}
    assert broken(before, before | {"facts/h.md": fact("h")}) == []


def test_what_was_wrong_before_in_a_changed_file_is_reported() -> None:
    before = {F: fact(more="status: done\n")}
    assert broken(before, {F: fact(more="status: done\ntags: [a]\n")}) == [f"{F}:6:1 error record.value"]


@pytest.mark.parametrize(
    "text",
    ["[f](f.md)", "[f](./%66.md)", "[f](&#102;.md)", "![f](f.md)", "[f][r]\n\n[r]: f.md", "[[f]]", "[[facts/f]]",
     "[f](kit:facts/f)", "[f](<f.md>)", "[f](/facts/f.md)"],
)  # fmt: skip
def test_a_removed_record_breaks_every_kind_of_link_to_it(text: str) -> None:
    before = {F: fact(), G: fact("g", body=f"{text}\n")}
    rule = "link.outside" if "(/" in text else "link.missing"
    assert [line.split()[-1] for line in broken(before, {G: before[G]})] == [rule]


def test_a_removed_record_breaks_the_links_of_pages() -> None:
    page = {"facts/README.md": "# Facts\n\n- [f](f.md)\n"}
    assert broken({F: fact()} | page, page) == ["facts/README.md:3:7 error link.missing"]


def test_a_renamed_heading_breaks_links_to_it() -> None:
    before = {"blocks/a.md": block(), F: fact(body="[a](../blocks/a.md#unlock) [b](#x)\n\n## X\n")}
    after = before | {"blocks/a.md": block(body=BODY.replace("## Unlock", "## Unlock it"))}
    assert f"{F}:7:5 error link.anchor" in broken(before, after)


def test_a_removed_file_of_code_breaks_links_to_it_and_to_its_folder() -> None:
    page = {F: fact(body="[a](../src/lib/a.py) [b](../src/lib) [c](../src)\n")}
    code = {"src/lib/a.py": "", "src/b.py": ""}
    columns = [line.split(":")[2].split()[0] for line in broken(page | code, page | {"src/b.py": ""})]
    assert columns == ["5", "26"]


def test_a_new_record_with_the_id_of_another_is_found() -> None:
    assert broken({F: fact()}, {F: fact(), "blocks/f.md": block("f")}) == [f"{F}:1:1 error place.unique"]


def test_a_new_record_can_close_a_circle_of_others() -> None:
    draft = "status: draft\n"
    chain = {f"facts/{a}.md": fact(a, more=f"{draft}supersedes: [{b}]\n") for a, b in ("bc", "cd", "de")}
    before = chain | {"facts/e.md": fact("e", more=draft)}
    after = chain | {"facts/e.md": fact("e", more=f"{draft}supersedes: [b]\n")}
    assert [line.split()[-1] for line in broken(before, after)] == ["supersedes.cycle"]


def test_a_second_successor_is_found_though_the_first_did_not_change() -> None:
    old = {"facts/h.md": fact("h", more="status: deprecated\n"), F: fact(more="supersedes: [h]\n")}
    found = broken(old, old | {G: fact("g", more="supersedes: [h]\n")})
    assert found == [f"{F}:6:14 error supersedes.heads", f"{G}:6:14 error supersedes.heads"]


def test_a_record_with_the_fingerprint_of_another_is_found() -> None:
    before = {"blocks/b.md": block("b", more=PRINT)}
    assert broken(before, before | {"blocks/a.md": block(more=PRINT)}) == ["blocks/b.md:6:1 error fingerprint.twice"]


def test_a_changed_schema_is_held_against_every_record_but_not_for_old_faults() -> None:
    def schema(*required: str) -> str:
        kit = {"plane": "reviewed", "path": "notes/{id}.md"}
        return json.dumps({"x-kit": kit, "properties": {"meta": {"required": required}}})

    notes = {
        f"notes/{n}.md": f"---\ntype: note\nid: {n}\n{more}---\n" for n, more in (("a", ""), ("b", "owner: ana\n"))
    }
    before = {"schemas/note.schema.json": schema("id", "title"), **notes}
    found = broken(before, before | {"schemas/note.schema.json": schema("id", "title", "owner")})
    assert found == ["notes/a.md:2:1 error record.missing"]


def test_only_the_named_paths_are_reported() -> None:
    before = {F: fact(), G: TO_F}
    after = {G: TO_F, "blocks/a.md": block(more="status: done\n")}
    assert told(change(before, after, only=["blocks"])) == ["blocks/a.md:6:1 error record.value"]
    assert told(change(before, after, only=[G])) == [f"{G}:7:5 error link.missing"]


def test_files_that_a_change_cannot_concern_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def spy(path: str, *rest: object) -> look.Look:
        seen.append(path)
        return look.look(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "look", spy)
    many = {f"facts/h{n}.md": fact(f"h{n}") for n in range(50)}
    others = many | {G: fact("g", body="[[subject]]\n")}
    assert broken(others | {"facts/subject.md": fact("subject")}, others) == [f"{G}:7:3 error link.missing"]
    assert sorted(set(seen)) == [G, "facts/subject.md"]


@pytest.mark.parametrize("few", [needed._FEW, 0])
def test_what_is_found_is_the_same_as_if_every_file_were_looked_at(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needed, "_FEW", few)
    for seed in range(100):
        before, after = _random_change(random.Random(seed))
        full, earlier = (
            validate.validate(view_of(files), root="", config="kit.toml", means=Means()).findings
            for files in (after, before)
        )
        changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        expected = [each for each in full if each.path in changed or each[:6] not in {old[:6] for old in earlier}]
        assert list(change(before, after).findings) == expected, seed


LINKS = [
    *("[x]({0}.md#h)", "[[{0}]]", "[[facts/{0}#H]]", "![i](../src/{0}.py)", "[x](kit:facts/{0})", "[x](%6e{1}.md)"),
    *("nothing", "[x](../src/{0}/)"),
]
FIELDS = ["", "supersedes: [{0}]\n", "supersedes: [{0}, {2}]\n", PRINT, "status: draft\n", "status: deprecated\n"]


def _random_change(chance: random.Random) -> tuple[dict[str, str], dict[str, str]]:
    """Two states of a dozen files that refer to one another in every way."""
    names = [f"n{number}" for number in range(8)]

    def text(name: str) -> str:
        other, third = chance.choice(names), chance.choice(names)
        link = chance.choice(LINKS).format(other, other[1:])
        more = chance.choice(FIELDS).format(other, "", third) + chance.choice(["", "tags: x\n"])
        return fact(name, more=more, body=f"{link}\n\n## {chance.choice('HI')}\n")

    before = {f"facts/{name}.md": text(name) for name in chance.sample(names, 6)}
    before |= {f"src/{name}.py": "" for name in chance.sample(names, 3)}
    before |= {f"src/{name}/a.py": "" for name in chance.sample(names, 2)}
    before |= {"facts/README.md": f"[x]({chance.choice(names)}.md)\n"}
    before |= {f"facts/sub/{chance.choice(names)}.md": text("n1")}
    after = dict(before)
    for path in chance.sample(sorted(before), 3):
        del after[path]
    for name in chance.sample(names, 2):
        after[f"facts/{name}.md"] = text(name)
    return before, after


def in_git(top: Path, *, staged: bool = False, base: str = "HEAD") -> list[str]:
    where = Git(top, os.environ)
    seen = view.of_index(where) if staged else view.of_work_tree(top, where)
    gone = view.gone(where, base, is_staged=staged)
    root, config = validate.settings(seen, "")
    earlier = view.of_commit(where, base)
    return told(validate.validate_change(seen, earlier, root=root, config=config, means=Means(), gone=gone))


@pytest.fixture
def committed(repo: Path) -> Path:
    """A repository with a fact, one that links to it and to code, and one with a fault of old."""
    write(
        repo,
        {F: fact(), G: fact("g", body="[f](f.md) [a](../src/a.py)\n"), "src/a.py": "", "facts/old.md": fact("new")},
    )
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "-m", "Begin")
    return repo


def test_an_untouched_repository_has_nothing_to_report(committed: Path) -> None:
    assert in_git(committed) == []
    assert in_git(committed, staged=True) == []


def test_where_nothing_is_staged_nothing_is_read(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "look", None)
    assert in_git(committed, staged=True) == []


def test_what_is_staged_counts_not_what_stands_in_the_work_tree(committed: Path) -> None:
    git(committed, "rm", "--quiet", "--cached", F)
    assert in_git(committed, staged=True) == [f"{G}:7:5 error link.missing"]
    assert in_git(committed) == []
    (committed / "src" / "a.py").unlink()
    assert in_git(committed) == [f"{G}:7:15 error link.missing"]
    git(committed, "reset", "--quiet", "--hard")
    write(committed, {"facts/h.md": fact("x")})
    assert in_git(committed, staged=True) == []
    assert in_git(committed) == ["facts/h.md:3:1 error place.id"]


def test_line_ends_that_a_checkout_wrote_are_no_change(committed: Path) -> None:
    old = committed / "facts" / "old.md"
    old.write_bytes(old.read_bytes().replace(b"\n", b"\r\n"))
    assert in_git(committed) == []


def test_a_commit_is_looked_at_as_it_was(committed: Path) -> None:
    (committed / "facts" / "f.md").unlink()
    where = Git(committed, os.environ)
    found = validate.validate(view.of_commit(where, "HEAD"), root="", config="kit.toml", means=Means())
    assert told(found) == ["facts/old.md:3:1 error place.id"]
    assert found.records == 3


def test_links_of_a_commit_lead_to_files_and_folders_of_that_commit(committed: Path) -> None:
    seen = view.of_commit(Git(committed, os.environ), "HEAD")
    assert [path for path in ("src", "src/a.py", "src/b.py", "facts", "a.py", ".git") if seen.exists(path)] == [
        "src", "src/a.py", "facts"]  # fmt: skip
    assert seen.names("") == ["facts", "src"]
