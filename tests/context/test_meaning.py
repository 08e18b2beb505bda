"""What a comparison of meaning finds, what it must not find, and what it is known not to see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kit.context.meaning import asked, compare, finding
from kit.context.meaning.finding import RESULT
from tests.context import changes, histories
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.entry import Entry
    from kit.context.meaning.finding import Finding


def edited(role: str, before: str, after: str) -> tuple[list[Entry], list[Entry]]:
    """One entry, and the same with an edit of it."""
    old = histories.said(1, role, before)
    new = histories.said(2, role, after)._replace(edits=old.id)
    return [old], [old, new]


def found(role: str, before: str, after: str) -> tuple[Finding, ...]:
    return compare.compare(*edited(role, before, after)).findings


@pytest.mark.parametrize(("role", "before", "after", "kind", "word"), changes.CHANGES)
def test_a_change_of_meaning_is_found_and_explained(role: str, before: str, after: str, kind: str, word: str) -> None:
    (one,) = found(role, before, after)
    assert one.kind == kind, one
    assert word in [each.lower() for each in one.words], one
    assert one.why
    if one.before and one.after:
        assert one.before.entry != one.after.entry


@pytest.mark.parametrize(("role", "before", "after"), changes.SAME)
def test_other_words_for_the_same_are_no_finding(role: str, before: str, after: str) -> None:
    assert found(role, before, after) == ()


@pytest.mark.parametrize(("before", "after", "kind"), changes.LATER)
def test_a_later_sentence_takes_back_one_that_still_stands(before: str, after: str, kind: str) -> None:
    first, second = histories.said(1, "assistant", before), histories.said(2, "assistant", after)
    assert [each.kind for each in compare.compare([first], [first, second]).findings] == [kind]


@pytest.mark.parametrize(("before", "after"), changes.FOLLOWING)
def test_what_merely_follows_contradicts_nothing(before: str, after: str) -> None:
    first, second = histories.said(1, "assistant", before), histories.said(2, "assistant", after)
    assert compare.compare([first], [first, second]).findings == ()


@pytest.mark.parametrize(("role", "before", "after", "kinds"), changes.UNSEEN)
def test_what_the_rules_do_not_see_is_as_the_notes_say(role: str, before: str, after: str, kinds: set[str]) -> None:
    assert {each.kind for each in found(role, before, after)} <= kinds


def test_an_instruction_that_a_fold_has_swallowed_was_removed() -> None:
    talk = [histories.said(1, "user", "Fix it. Never push to main."), histories.said(2, "assistant", "I fixed it.")]
    fold = histories.said(3, "assistant", "It was fixed.")._replace(folds=tuple(each.id for each in talk))
    (one,) = compare.compare(talk, [*talk, fold]).findings
    assert one.kind == finding.REMOVED
    kept = fold._replace(text="It was fixed. Never push to main.")
    assert compare.compare(talk, [*talk, kept]).findings == ()


def test_an_instruction_that_is_skipped_was_removed() -> None:
    rule = histories.said(1, "system", "Never push to main.")
    (one,) = compare.compare([rule], [rule._replace(priority="skip")]).findings
    assert (one.kind, one.after) == (finding.REMOVED, None)


def test_an_assistant_does_not_weaken_what_a_user_demands() -> None:
    rule = histories.said(1, "system", "You must run the tests.")
    said = histories.said(2, "assistant", "I should run the tests.")
    assert compare.compare([rule], [rule, said]).findings == ()


def test_a_result_that_is_another_is_found_with_the_first_line_that_differs() -> None:
    talk = [histories.called(1, "call_1"), histories.answered(2, "call_1", "ok\n3 passed")]
    edit = histories.answered(3, "call_1", "ok\n9 passed")._replace(edits=talk[1].id)
    (one,) = compare.compare(talk, [*talk, edit]).findings
    assert (one.kind, one.words) == (RESULT, ("3 passed", "9 passed"))
    again = [histories.called(4, "call_2"), histories.answered(5, "call_2", "ok\n1 failed")]
    (other,) = compare.compare(talk, [*talk, *again]).findings
    assert (other.kind, other.words) == (RESULT, ("3 passed", "1 failed"))


def test_much_text_of_one_word_takes_no_time_worth_mention() -> None:
    before = [histories.said(1, "system", "Never push to main. " * 3000)]
    after = [histories.said(1, "system", "Avoid pushing to main. " * 3000 + "a" * 5000 + " is:" * 3000)]
    assert compare.compare(before, after).findings


def test_a_model_is_believed_where_it_quotes_only() -> None:
    before, after = [histories.said(1, "system", "Never push to main.")], [histories.said(1, "system", "Push at will.")]
    good = {"kind": finding.REVERSED, "why": "it may now",
            "before": {"entry": before[0].id, "quote": "Never push"},
            "after": {"entry": after[0].id, "quote": "Push at will"}}  # fmt: skip
    bad = [
        good | {"kind": "other"},
        good | {"after": {"entry": after[0].id, "quote": "Push whenever"}},
        good | {"after": None},
        good | {"before": {"entry": "none", "quote": "Never push"}},
        good | {"why": 3},
        "text",
    ]
    read = asked.read({"findings": [good, *bad]}, before, after, by="command/x")
    assert [each.kind for each in read.findings] == [finding.REVERSED]
    assert read.dropped == len(bad)
    assert asked.read({"findings": "no"}, before, after, by="x").dropped == 1


def test_the_command_names_both_entries_and_the_words(repo: Path) -> None:
    kit(repo, "context", "new", "talk")
    first = kit(repo, "context", "add", "--role", "system", "--text", "Never push to main.", "--json").json
    kit(repo, "context", "edit", first["entries"][0]["id"], "--text", "Avoid pushing to main.")
    done = kit(repo, "context", "diff", "--semantic", "--json").json
    (one,) = done["findings"]
    assert (one["kind"], one["words"], one["by"]) == (finding.WEAKENED, ["never", "avoid"], "rules")
    assert one["before"]["entry"] == first["entries"][0]["id"]
    shown = kit(repo, "context", "diff", "--semantic")
    assert "instruction-weakened: must became should (never, avoid)" in shown.out
    assert kit(repo, "context", "diff", "--engine", "command").code == 2


def test_a_model_adds_what_the_rules_do_not_see(repo: Path, tmp_path: Path) -> None:
    kit(repo, "context", "new", "talk")
    first = kit(repo, "context", "add", "--role", "assistant", "--text", "The parser keeps comments.", "--json").json
    name = first["entries"][0]["id"]
    second = kit(repo, "context", "edit", name, "--text", "Comments are lost in parsing.", "--json").json
    answer = {"findings": [{"kind": finding.CONTRADICTED, "why": "lost is not kept",
                            "before": {"entry": name, "quote": "keeps comments"},
                            "after": {"entry": second["entry"]["id"], "quote": "Comments are lost"}}]}  # fmt: skip
    program = tmp_path / "model"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'EOF'\n{json.dumps(answer)}\nEOF\n")
    program.chmod(0o755)
    (repo / "kit.toml").write_text(f'[model]\ncommand = ["{program}"]\n')
    refused = kit(repo, "context", "diff", "--semantic", "--engine", "command", "--json")
    assert refused.code == 7
    git(repo, "config", "--global", "--add", "kit.trustModel", refused.error["digest"])
    done = kit(repo, "context", "diff", "--semantic", "--engine", "command", "--json").json
    assert [(each["kind"], each["by"]) for each in done["findings"]] == [(finding.CONTRADICTED, "command/model")]
    assert done["dropped"] == 0
