"""Policies of context: which act, when they hold, and what they ask for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from kit.context import due, policy, totals, wanted
from kit.context.due import Facts
from kit.context.policy import Policy
from kit.context.totals import Totals
from kit.store import repository
from kit.store.store import Store
from tests.context.people import Writer, writer
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86400.0


def written(repo: Path, name: str, when: str, do: str, more: str = "") -> Path:
    """Writes a policy into the work tree."""
    file = repo / "policies" / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        f"---\ntype: context-policy\nid: {name}\ntitle: The policy {name}\ndescription: It does what it says.\n"
        f"{more}when: {when}\ndo: {do}\n---\n## Reason\n\nA test.\n"
    )
    return file


def reviewed(repo: Path, name: str, when: str, do: str, more: str = "") -> None:
    """Commits a policy to the reviewed branch."""
    written(repo, name, when, do, more)
    git(repo, "add", "policies")
    git(repo, "commit", "-q", "-m", name)


def known(repo: Path, *, is_work_tree: bool = False) -> policy.Known:
    store = Store(repository.find(repo, environment=dict(os.environ)))
    try:
        return policy.policies(store, is_work_tree=is_work_tree)
    finally:
        store.objects.close()


def names(found: policy.Known) -> list[str]:
    return [each.id for each in found.policies]


def test_only_what_is_on_the_reviewed_branch_acts(repo: Path) -> None:
    assert known(repo) == policy.Known()
    written(repo, "fold", "{tokens_over: 10}", "{operation: compress}")
    assert known(repo) == policy.Known()
    assert names(known(repo, is_work_tree=True)) == ["fold"]
    git(repo, "add", "policies")
    git(repo, "commit", "-q", "-m", "x")
    assert names(known(repo)) == names(known(repo)) == ["fold"]  # read, then as it was kept
    reviewed(repo, "pin", "{tag: decision}", "{operation: pin}")
    assert names(known(repo)) == ["fold", "pin"]


@pytest.mark.parametrize("status", ["draft", "deprecated"])
def test_a_policy_that_is_no_longer_or_not_yet_stable_does_not_act(repo: Path, status: str) -> None:
    reviewed(repo, "fold", "{tokens_over: 10}", "{operation: compress}", f"status: {status}\n")
    assert known(repo) == policy.Known()


def test_policies_of_the_other_type_stand_beside_them(repo: Path) -> None:
    reviewed(repo, "fold", "{tokens_over: 10}", "{operation: compress}")
    (repo / "policies" / "other.md").write_text(
        "---\ntype: policy\nid: other\ntitle: No context-policy\ndescription: One.\n---\n"
        "## Rule\n\na\n\n## Reason\n\nb\n"
    )
    git(repo, "add", "policies")
    git(repo, "commit", "-q", "-m", "x")
    assert names(known(repo)) == ["fold"]
    assert kit(repo, "validate", "--strict").code == 0
    assert {row["type"] for row in kit(repo, "list", "--json").json["records"]} == {"policy", "context-policy"}
    for kind, name in (("policy", "other"), ("context-policy", "fold")):
        assert [row["id"] for row in kit(repo, "list", kind, "--json").json["records"]] == [name]
        assert kit(repo, "show", name, "--json").json["type"] == kind


@pytest.mark.parametrize("root", ["", "kb"])
def test_the_page_that_tells_of_policies_is_none_and_the_knowledge_may_stand_in_a_folder(repo: Path, root: str) -> None:
    assert kit(repo, "init", *(["--root", root] if root else [])).code == 0
    reviewed(repo / root, "fold", "{tokens_over: 10}", "{operation: compress}")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "x")
    for is_work_tree in (False, True):
        assert known(repo, is_work_tree=is_work_tree) == policy.Known(known(repo).policies, ())
        assert names(known(repo, is_work_tree=is_work_tree)) == ["fold"]


BROKEN = {
    "no-condition": ("{}", "{operation: compress}"),
    "no-such-condition": ("{moon: full}", "{operation: compress}"),
    "no-number": ("{tokens_over: many}", "{operation: compress}"),
    "huge": ("{tokens_over: 99999999999999999999999}", "{operation: compress}"),
    "no-duration": ("{branch_age: a week}", "{operation: rebase}"),
    "no-such-operation": ("{tokens_over: 1}", "{operation: delete}"),
    "pin-without-tag": ("{tokens_over: 1}", "{operation: pin}"),
    "window-of-rebase": ("{tokens_over: 1}", "{operation: rebase, window: 3}"),
    "glob-with-folders": ('{threads: ["../*"]}', "{operation: rebase}"),
    "not-yaml": ("[", "{operation: rebase}"),
    "a-list": ("[1]", "[2]"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_policy_is_named_and_hides_no_other(repo: Path, name: str) -> None:
    reviewed(repo, "fold", "{tokens_over: 10}", "{operation: compress}")
    reviewed(repo, name, *BROKEN[name])
    found = known(repo)
    assert names(found) == ["fold"]
    assert [f"policies/{name}.md" in each for each in found.broken] == [True]
    assert kit(repo, "context", "new", "t").code == 0
    added = kit(repo, "context", "add", "--text", "x")
    assert (added.code, f"{name}.md" in added.err) == (0, True)
    assert kit(repo, "context", "maintain").code == 1


def test_what_was_kept_of_policies_is_read_again_when_it_is_damaged(repo: Path) -> None:
    reviewed(repo, "fold", "{tokens_over: 10}", "{operation: compress}")
    known(repo)
    file = repo / ".git" / "kit" / "context-policies.json"
    whole = file.read_bytes()
    for damage in (b"", b"{", whole[:-9], whole[:64], whole.replace(b'"when"', b'"then"'), whole.replace(b"10", b"1")):
        file.write_bytes(damage)
        assert names(known(repo)) == ["fold"]
        assert file.read_bytes() == whole


def test_a_branch_that_is_checked_out_cannot_bring_policies_along(repo: Path) -> None:
    reviewed(repo, "fold", "{tokens_over: 10}", "{operation: compress}")
    known(repo)
    kept = (repo / ".git" / "kit" / "context-policies.json").read_bytes()
    (repo / ".kit").mkdir(exist_ok=True)
    (repo / ".kit" / "context-policies.json").write_bytes(kept.replace(b"10", b"1"))
    git(repo, "switch", "-q", "-c", "other")
    git(repo, "add", "-f", ".kit")
    reviewed(repo, "evil", "{tokens_over: 1}", "{operation: branch}")
    assert known(repo).policies == (Policy("fold", "The policy fold", {"tokens_over": 10}, {"operation": "compress"}),)


def test_a_policy_stands_under_its_own_name_or_is_named_as_broken(repo: Path) -> None:
    reviewed(repo, "fold", "{tokens_over: 10}", "{operation: compress}")
    text = (repo / "policies" / "fold.md").read_text()
    (repo / "policies" / "twin.md").write_text(text)
    (repo / "policies" / "README.md").write_text(text)
    (repo / "policies" / "below").mkdir()
    (repo / "policies" / "below" / "deep.md").write_text(text.replace("id: fold", "id: deep"))
    git(repo, "add", "policies")
    git(repo, "commit", "-q", "-m", "x")
    for found in (known(repo), known(repo), known(repo, is_work_tree=True)):
        assert names(found) == ["deep", "fold"]  # records may stand in folders below
        assert found.broken == ('policies/twin.md: the id "fold" is not the file\'s name',)
    assert kit(repo, "context", "new", "t").code == 0
    assert kit(repo, "context", "add", "--text", "x").code == 0


def test_a_policy_that_another_replaces_does_not_act(repo: Path) -> None:
    reviewed(repo, "old", "{tokens_over: 10}", "{operation: compress}", "supersedes: [old]\n")
    assert names(known(repo)) == ["old"]
    reviewed(repo, "new", "{tokens_over: 9}", "{operation: compress}", "status: draft\nsupersedes: [old]\n")
    assert names(known(repo)) == ["old"]
    reviewed(repo, "new", "{tokens_over: 9}", "{operation: compress}", "supersedes: [old]\n")
    assert names(known(repo)) == ["new"]


def test_a_folder_of_policies_may_be_of_any_size(repo: Path) -> None:
    written(repo, "big", "{tokens_over: 1}", "{operation: compress}")
    (repo / "policies" / "big.md").write_text((repo / "policies" / "big.md").read_text() + "x" * policy.MAX_BYTES)
    for number in range(policy.MOST + 20):
        written(repo, f"p{number:03d}", "{tokens_over: 1000}", "{operation: compress}")
        written(repo, f"q{number:03d}", "{}", "{operation: compress}")
    git(repo, "add", "policies")
    git(repo, "commit", "-q", "-m", "x")
    for found in (known(repo), known(repo), known(repo, is_work_tree=True)):
        assert names(found) == [f"p{number:03d}" for number in range(policy.MOST)]
        assert found.broken[0].startswith("policies/big.md")
        assert found.broken[policy.MOST :] == ("... and 41 more (kit validate policies)",)


def facts(**changed: Any) -> Facts:
    held = Totals("", changed.pop("entries", 5), changed.pop("tokens", 50), frozenset(changed.pop("tags", ())))
    return Facts("lexer-1", held, **{"begun": 0.0, "written": 0.0, **changed})


@pytest.mark.parametrize(
    ("when", "given", "holds"),
    [
        ({"tokens_over": 50}, {"tokens": 50}, False),
        ({"tokens_over": 50}, {"tokens": 51}, True),
        ({"entries_over": 4}, {}, True),
        ({"entries_over": 5}, {}, False),
        ({"branch_age": "1d"}, {}, True),
        ({"branch_age": "3d"}, {}, False),
        ({"idle": "1d"}, {"written": 1.5 * DAY}, False),
        ({"tag": "decision"}, {"tags": ["decision"]}, True),
        ({"tag": "decision"}, {"tags": ["other"]}, False),
        ({"threads": ["lexer-*"]}, {}, True),
        ({"threads": ["parser", "?"]}, {}, False),
        ({"tokens_over": 10, "entries_over": 100}, {}, False),
    ],
)
def test_all_conditions_must_hold_and_each_is_said_with_its_numbers(
    when: dict[str, Any], given: dict[str, Any], holds: bool
) -> None:
    told = due.verdict(Policy("p", "", when, {"operation": "pin"}), facts(**given), now=2 * DAY)
    assert told.holds == holds
    assert len(told.why) == len(when)
    assert all(each for each in told.why)


def test_totals_grow_with_what_is_added_and_are_counted_where_more_happened(ana: Writer) -> None:
    def held(kept: bool) -> Totals:
        found = totals.totals(ana.store, ana.state())
        (ana.store.repository.top / ".kit" / "totals" / "t.json").unlink()
        assert totals.totals(ana.store, ana.state()) == found
        assert kept
        return found

    first = ana.add("one", tags=("a",))
    assert held(kept=True).tags == {"a"}
    two = ana.add("two two", tags=("b",))
    grown = totals.after(ana.store, "t", [two], ana.state().commit)
    assert grown == held(kept=True)
    assert (grown.entries, grown.tags) == (2, {"a", "b"})
    skipped = ana.add("thought", priority="skip")
    assert totals.after(ana.store, "t", [skipped], ana.state().commit) == held(kept=True)
    ana.edit(first.id, "another word, and more of them")
    edited = ana.state()
    assert totals.after(ana.store, "t", [edited.entries[-1]], edited.commit) is None  # an edit takes something away
    assert held(kept=True).entries == 2
    ana.add("three")
    ana.annotate(two.id, priority="skip")
    four = ana.add("four")
    assert totals.after(ana.store, "t", [four], ana.state().commit) is None  # a note came in between
    assert held(kept=True).tags == {"a"}


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"commit": 3}', b'{"commit": "x", "entries": "1"}'])
def test_totals_that_are_damaged_are_counted_again(ana: Writer, damage: bytes) -> None:
    ana.add("one")
    right = totals.totals(ana.store, ana.state())
    file = ana.store.repository.top / ".kit" / "totals" / "t.json"
    file.write_bytes(damage)
    assert totals.totals(ana.store, ana.state()) == right
    assert totals.after(ana.store, "t", [ana.add("two")], ana.state().commit)


def test_a_policy_asks_for_nothing_where_nothing_is_left_to_do(ana: Writer, repo: Path) -> None:
    def asked(do: dict[str, Any], tag: str = "") -> Any:
        when = {"tag": tag} if tag else {"tokens_over": 1}
        return wanted.arguments(ana.store, ana.state(), Policy("p", "", when, do))

    assert asked({"operation": "compress", "window": 0}) is None
    ana.add("only one")
    assert asked({"operation": "compress", "window": 0}) is None
    two = ana.add("two", tags=("x",))
    assert asked({"operation": "compress", "window": 2}) is None
    assert asked({"operation": "compress", "window": 0, "target": 9}) == {
        "first": ana.state().entries[0].id, "last": two.id, "target": 9,
    }  # fmt: skip
    assert asked({"operation": "pin"}, "x") == {"entries": [two.id]}
    ana.annotate(two.id, priority="pinned")
    assert asked({"operation": "pin"}, "x") is None
    assert asked({"operation": "branch"}) == {"name": "t-aside", "at": ana.state().commit}
    ana.begin("t-aside")
    assert asked({"operation": "branch"}) is None
    assert asked({"operation": "rebase"}) is None  # it was begun from no other
    assert writer(repo)


def test_of_more_than_one_fold_may_stand_for_the_first_are_folded(ana: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.context.span.MOST", 3)
    said = [ana.add(text).id for text in ("one", "two", "three", "four", "five")]
    folding = Policy("p", "", {"tokens_over": 1}, {"operation": "compress", "window": 1})
    assert wanted.arguments(ana.store, ana.state(), folding) == {"first": said[0], "last": said[2]}
