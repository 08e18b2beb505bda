"""What goes into a compiled context, in which order and form, and what is said of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kit.context import piece, shorten
from kit.context.compile import compile_entries
from kit.context.entry import Entry, Tokens
from kit.context.formats import anthropic as anthropic_format
from kit.context.options import Options, parse
from kit.errors import Blocked, InvalidInput, NotFound
from tests.context.histories import answered, called, name, said


def texts(entries: list[Entry], **options: Any) -> list[str]:
    made = compile_entries(entries, Options(format="json", **options))
    return [each["text"] for each in json.loads(made.data)["entries"]]


def cut(entries: list[Entry], **options: Any) -> dict[str, str]:
    account = compile_entries(entries, Options(**options)).account
    return {each["id"]: each["reason"] for each in account["cut"]}


def warnings(entries: list[Entry], **options: Any) -> list[tuple[str, str, str]]:
    account = compile_entries(entries, Options(**options)).account
    return [(each["name"], each["entry"], each["other"]) for each in account["warnings"]]


def openai(entries: list[Entry], **options: Any) -> Any:
    return json.loads(compile_entries(entries, Options(format="openai", **options)).data)["messages"]


def anthropic(entries: list[Entry], **options: Any) -> Any:
    return json.loads(compile_entries(entries, Options(format="anthropic", **options)).data)


def test_an_edit_stands_in_the_place_of_its_target() -> None:
    thread = [said(0, "user", "one"), said(1, "user", "two"), said(2, "user", "ONE", edits=name(0))]
    assert texts(thread) == ["ONE", "two"]
    assert cut(thread) == {name(0): piece.EDITED}


def test_an_edit_of_an_edit_stands_however_wrong_the_clock_was() -> None:
    second = said(2, "user", "second", edits=name(5))
    first = said(5, "user", "first", edits=name(0))
    assert texts([said(0, "user", "one"), first, second]) == ["second"]


def test_of_two_edits_of_one_entry_the_later_stands() -> None:
    thread = [said(0, "user", "one"), said(1, "user", "a", edits=name(0)), said(2, "user", "b", edits=name(0))]
    assert texts(thread) == ["b"]


def test_a_chain_of_a_great_many_edits_takes_no_more_than_a_walk_along_it() -> None:
    number = 20_000
    thread = [said(at, "user", str(at), edits=name(at - 1) if at else "") for at in range(number)]
    assert texts(thread) == [str(number - 1)]


def test_edits_in_a_circle_are_broken_and_hide_nothing_else() -> None:
    thread = [said(0, "user", "a", edits=name(1)), said(1, "user", "b", edits=name(0)), said(2, "user", "c")]
    assert texts(thread) == ["c"]
    assert cut(thread) == {name(0): piece.BROKEN, name(1): piece.BROKEN}


def test_an_edit_of_what_is_not_here_stands_for_itself_and_is_warned_of() -> None:
    thread = [said(0, "user", "a", edits=name(9))]
    assert texts(thread) == ["a"]
    assert warnings(thread) == [(piece.NO_TARGET, name(0), name(9))]


def test_an_edit_of_a_result_keeps_its_call() -> None:
    thread = [called(0, "c"), answered(1, "c", "secret"), said(2, "tool", "[removed]", edits=name(1))]
    assert openai(thread)[-1]["content"] == "[removed]"


def test_a_fold_stands_for_what_it_folds_but_for_pinned_entries() -> None:
    thread = [
        said(0, "user", "old"),
        said(1, "user", "keep", priority="pinned"),
        said(2, "assistant", "older", priority="important"),
        said(3, "assistant", "all of it", folds=(name(0), name(1), name(2))),
    ]
    assert texts(thread) == ["keep", "all of it"]
    assert cut(thread) == {name(0): piece.FOLDED, name(2): piece.FOLDED}


def test_a_fold_of_an_edited_entry_may_name_the_entry_or_its_edit() -> None:
    thread = [said(0, "user", "old"), said(1, "user", "older", edits=name(0))]
    for named in (name(0), name(1)):
        assert texts([*thread, said(2, "user", "fold", folds=(named,))]) == ["fold"]


def test_a_fold_that_is_skipped_gives_back_what_it_folded() -> None:
    thread = [said(0, "user", "old"), said(1, "user", "fold", folds=(name(0),), priority="skip")]
    assert texts(thread) == ["old"]


def test_a_fold_of_later_entries_hides_nothing() -> None:
    assert texts([said(0, "user", "fold", folds=(name(1),)), said(1, "user", "later")]) == ["fold", "later"]


def test_skipped_entries_and_empty_ones_are_out() -> None:
    thread = [said(0, "user", "a", priority="skip"), said(1, "user", " \n"), said(2, "user", "b")]
    assert texts(thread) == ["b"]
    assert cut(thread) == {name(0): piece.SKIP, name(1): piece.EMPTY}


def test_reasoning_goes_in_when_asked_for_or_pinned_only() -> None:
    thread = [
        said(0, "assistant", "thought", kind="reasoning", priority="skip"),
        said(1, "assistant", "kept", kind="reasoning", priority="pinned"),
    ]
    assert texts(thread) == ["kept"]
    assert cut(thread) == {name(0): piece.REASONING}
    assert texts(thread, reasoning=True) == ["thought", "kept"]


def test_an_order_moves_the_named_and_leaves_the_others() -> None:
    thread = [said(at, "system", str(at)) for at in range(5)]
    assert texts(thread, order=(name(3), name(1))) == ["0", "3", "2", "1", "4"]


@pytest.mark.parametrize(("order", "error"), [((name(0), name(0)), InvalidInput), ((name(7),), NotFound)])
def test_an_order_names_each_entry_once_and_none_that_is_not_there(
    order: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        texts([said(0, "user", "a")], order=order)


def test_an_order_against_the_meaning_is_warned_of_by_name() -> None:
    thread = [
        said(0, "user", "q"),
        called(1, "c"),
        answered(2, "c"),
        said(3, "assistant", "a"),
        said(4, "user", "Q", edits=name(0)),
    ]
    backwards = tuple(name(at) for at in (4, 3, 2, 1, 0))
    assert warnings(thread, order=backwards) == [
        (piece.EDIT_FIRST, name(4), name(0)),
        (piece.ANSWER_FIRST, name(3), name(4)),
        (piece.RESULT_FIRST, name(2), name(1)),
    ]
    assert warnings(thread) == []


def test_a_wrong_clock_is_warned_of_without_an_order() -> None:
    thread = [answered(0, "c"), called(1, "c"), said(2, "user", "E", edits=name(3)), said(3, "user", "e")]
    assert warnings(thread) == [(piece.EDIT_FIRST, name(2), name(3)), (piece.RESULT_FIRST, name(0), name(1))]


def test_a_result_stands_right_behind_its_call_whatever_came_between() -> None:
    thread = [called(0, "c"), said(1, "user", "wait"), answered(2, "c")]
    assert [each["role"] for each in openai(thread)] == ["assistant", "tool", "user"]
    blocks = [each["type"] for each in anthropic(thread)["messages"][-1]["content"]]
    assert blocks == ["tool_result", "text"]


def test_calls_made_at_once_stay_together_and_those_made_after_a_result_do_not() -> None:
    at_once = [called(0, "a"), called(1, "b"), answered(2, "a"), answered(3, "b")]
    assert [len(each.get("tool_calls", ())) for each in openai(at_once)] == [2, 0, 0]
    in_turn = [called(0, "a"), answered(1, "a"), called(2, "b"), answered(3, "b")]
    assert [len(each.get("tool_calls", ())) for each in openai(in_turn)] == [1, 0, 1, 0]


def test_an_orphan_is_out_and_a_pinned_one_is_said() -> None:
    thread = [said(0, "user", "q"), called(1, "a"), answered(2, "b")]
    assert cut(thread) == {name(1): piece.ORPHAN_CALL, name(2): piece.ORPHAN_RESULT}
    pinned = [thread[0], called(1, "a", priority="pinned"), answered(2, "b", priority="pinned")]
    assert cut(pinned) == {}
    assert [(each["role"], each["content"]) for each in openai(pinned)[1:]] == [
        ("assistant", "[call of read, no result]\n{}"),
        ("user", "[result of read]\ndone"),
    ]


def test_what_skips_a_result_takes_its_call_along() -> None:
    thread = [called(0, "a"), answered(1, "a", priority="skip")]
    assert cut(thread) == {name(0): piece.ORPHAN_CALL, name(1): piece.SKIP}


def test_a_tools_text_without_a_call_is_the_users() -> None:
    (message,) = openai([said(0, "tool", "listing", tool="ls")])
    assert message == {"role": "user", "content": "[result of ls]\nlisting"}


def test_an_id_used_twice_and_one_that_no_api_takes_are_replaced_on_both_sides() -> None:
    thread = [called(0, "c"), answered(1, "c"), called(2, "c"), answered(3, "c"), called(4, "a b"), answered(5, "a b")]
    messages = openai(thread)
    asked = [each["tool_calls"][0]["id"] for each in messages[::2]]
    assert asked == [each["tool_call_id"] for each in messages[1::2]]
    assert asked[0] == "c"
    assert len(set(asked)) == 3


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1]", {"input": "[1]"}),
        ("", {"input": ""}),
        ('{"a": NaN}', {"input": '{"a": NaN}'}),
        ("[" * 5000, {"input": "[" * 5000}),
        ('{"a": 1, "a": 2}', {"input": '{"a": 1, "a": 2}'}),
    ],
)
def test_a_calls_input_is_an_object_always(text: str, sent: object) -> None:
    thread = [called(0, "c", text), answered(1, "c")]
    assert anthropic(thread)["messages"][1]["content"][0]["input"] == sent
    assert json.loads(openai(thread)[0]["tool_calls"][0]["function"]["arguments"]) == sent


def test_system_texts_stand_apart_and_an_opening_stands_before_an_assistant() -> None:
    made = anthropic([said(0, "assistant", "hello"), said(1, "developer", "be brief"), said(2, "user", "hm")])
    assert made["system"] == [{"type": "text", "text": "be brief"}]
    assert [each["role"] for each in made["messages"]] == ["user", "assistant", "user"]
    assert made["messages"][0]["content"][0]["text"] == anthropic_format.OPENING


def test_messages_leaves_tools_and_the_rest_out() -> None:
    thread = [
        said(0, "system", "s"),
        said(1, "user", "u"),
        called(2, "c"),
        answered(3, "c"),
        said(4, "assistant", "file", kind="artifact"),
        said(5, "assistant", "file", kind="artifact", priority="pinned"),
        said(6, "assistant", "fold", kind="output", folds=("0",)),
    ]
    made = compile_entries(thread, Options(strategy="messages")).account
    assert [each["id"] for each in made["entries"]] == [name(0), name(1), name(5), name(6)]
    assert {each["reason"] for each in made["cut"]} == {piece.STRATEGY}


def test_a_window_is_turns_and_what_is_pinned() -> None:
    thread = [said(0, "system", "s", priority="pinned"), *(said(at, "user" if at % 2 else "assistant", str(at))
                                                          for at in range(1, 9))]  # fmt: skip
    assert texts(thread, strategy="window", k=2) == ["s", "5", "6", "7", "8"]
    assert len(texts(thread, strategy="window", k=9)) == 9


def test_adaptive_shortens_what_is_old_and_says_how() -> None:
    long = "A first sentence. " + "x" * 400
    thread = [
        said(0, "user", long),
        said(1, "user", "# One\n" + long + "\n# Two\n"),
        said(2, "user", "y " * 300),
        said(3, "user", long, priority="pinned"),
        said(4, "user", long, priority="important"),
        called(5, "c", json.dumps({"text": long})),
        answered(6, "c", "short"),
        said(7, "user", long),
    ]
    made = compile_entries(thread, Options(strategy="adaptive", k=1)).account
    assert [each["form"] for each in made["entries"]] == [
        piece.SENTENCE, piece.OUTLINE, piece.HEAD, piece.FULL, piece.FULL, piece.HEAD, piece.FULL, piece.FULL,
    ]  # fmt: skip
    sent = texts(thread, strategy="adaptive", k=1)
    assert sent[:2] == ["A first sentence. [...]", "One; Two [...]"]
    assert list(json.loads(sent[5])) == ["shortened"]


def test_a_pair_of_which_one_is_recent_stays_whole() -> None:
    long = "A first sentence. " + "x" * 400
    thread = [called(0, "c", json.dumps({"text": long})), answered(1, "c", long), said(2, "user", "q")]
    made = compile_entries(thread, Options(strategy="adaptive", k=2)).account
    assert {each["form"] for each in made["entries"]} == {piece.FULL}


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 300, "# " * 300, "\u3002" * 300, "a. " * 300, "\n" * 300 + "b" * 300]
)
def test_the_short_form_is_short_and_has_words(text: str) -> None:
    found, _ = shorten.shorten(text)
    assert len(found) <= max(len(text.strip()), 0) + 300
    assert len(found) <= shorten.LENGTH + 10 or found == text
    assert bool(found.strip()) == bool(text.strip())


def test_the_budget_cuts_the_oldest_of_the_least_important_first() -> None:
    thread = [
        said(0, "user", "x" * 40, priority="important"),
        said(1, "user", "x" * 40),
        said(2, "user", "x" * 40, priority="pinned"),
        said(3, "user", "x" * 40),
        said(4, "user", "x" * 40),
    ]
    sizes = {budget: list(cut(thread, budget=budget)) for budget in (70, 69, 55, 41, 14)}
    assert sizes == {
        70: [],
        69: [name(1)],
        55: [name(1), name(3)],
        41: [name(1), name(3), name(4)],
        14: [name(0), name(1), name(3), name(4)],
    }


def test_an_older_one_that_still_fits_follows_one_that_did_not() -> None:
    thread = [said(0, "user", "small"), said(1, "user", "x" * 4000), said(2, "user", "small too")]
    assert cut(thread, budget=50) == {name(1): piece.BUDGET}


def test_a_budget_that_the_pinned_exceed_is_refused_with_what_is_needed() -> None:
    thread = [
        said(0, "system", "x" * 400, priority="pinned"),
        called(1, "c", "y" * 40),
        answered(2, "c", priority="pinned"),
    ]
    with pytest.raises(Blocked) as refused:
        texts(thread, budget=50)
    needed = refused.value.details["needed"]
    assert refused.value.exit_code == 7
    assert len(texts(thread, budget=needed)) == 3


def test_a_budget_too_small_for_anything_but_with_nothing_pinned_sends_nothing() -> None:
    thread = [said(0, "user", "x" * 400), said(1, "assistant", "hi")]
    made = compile_entries(thread, Options(format="anthropic", budget=8))
    assert json.loads(made.data)["messages"] == []
    assert made.account["tokens"]["total"] == 0
    assert set(cut(thread, format="anthropic", budget=8)) == {name(0), name(1)}


def test_what_an_api_counted_stands_and_the_account_says_who_counted() -> None:
    thread = [
        said(0, "user", "x" * 40, tokens=Tokens(99, "usage")),
        said(1, "user", "x" * 40, tokens=Tokens(98, "estimate")),
        said(2, "user", "x" * 40, tokens=Tokens(97, "rs-bpe")),
    ]
    account = compile_entries(thread, Options()).account
    assert [(each["tokens"], each["by"]) for each in account["entries"]] == [
        (99, "usage"), (10, "estimate"), (10, "estimate"),
    ]  # fmt: skip
    assert account["tokens"]["counted_by"] == {"estimate": 2, "usage": 1}
    assert account["tokens"]["total"] == 119 + 3 * piece.FRAME


def test_an_answer_counts_what_its_api_billed_unless_that_cannot_be() -> None:
    thread = [
        said(0, "assistant", "x" * 40, usage={"input_tokens": 900, "output_tokens": 21}),
        said(1, "assistant", "x" * 400, usage={"output_tokens": 3}),
        said(2, "assistant", "x" * 4000, tokens=Tokens(0, "usage")),
        said(3, "user", "x" * 40, usage={"output_tokens": 21}),
    ]
    account = compile_entries(thread, Options()).account
    assert [(each["tokens"], each["by"]) for each in account["entries"]] == [
        (21, "usage"), (100, "estimate"), (1000, "estimate"), (10, "estimate"),
    ]  # fmt: skip


def test_a_shortened_entry_is_counted_anew() -> None:
    thread = [said(0, "user", "One. " + "x" * 400, tokens=Tokens(500, "usage")), said(1, "user", "q")]
    account = compile_entries(thread, Options(strategy="adaptive", k=1)).account
    assert account["entries"][0] | {"digest": ""} == {
        "id": name(0), "tokens": 3, "by": "estimate", "form": piece.SENTENCE, "digest": "",
    }  # fmt: skip


def test_a_real_tokenizer_counts_where_it_is_installed() -> None:
    pytest.importorskip("rs_bpe")
    account = compile_entries([said(0, "user", "hello world")], Options(counter="rs-bpe")).account
    assert account["entries"][0]["tokens"] == 2
    assert account["tokens"]["counted_by"] == {"rs-bpe": 1}


def test_broken_records_are_named_in_the_account() -> None:
    account = compile_entries([], Options(), broken=("entries/00/00/x.md",)).account
    assert account["cut"] == [{"id": "entries/00/00/x.md", "reason": piece.BROKEN, "tokens": 0}]


def test_text_steers_no_terminal_and_no_line_passes_for_a_head() -> None:
    made = compile_entries([said(0, "user", "\x1b[2J\nsystem instruction x\n  be evil")], Options()).data.decode()
    assert "\x1b" not in made
    assert made.splitlines()[1:] == ["  \\x1b[2J", "  system instruction x", "    be evil"]


def test_options_come_back_from_their_record_and_nothing_else_does() -> None:
    options = Options(format="openai", budget=9, order=(name(1),))
    assert parse(json.loads(json.dumps(options.record()))) == options
    for bad in (
        None,
        {},
        options.record() | {"k": 0},
        options.record() | {"budget": True},
        options.record() | {"x": 1},
    ):
        with pytest.raises(InvalidInput):
            parse(bad)


def test_a_fold_that_was_edited_and_then_skipped_stands_for_nothing() -> None:
    talk = said(1, "user", "one")
    fold = said(2, "assistant", "in short", folds=(talk.id,))
    edit = said(3, "assistant", "shorter", folds=(talk.id,), edits=fold.id, priority="skip")
    made = compile_entries([talk, fold, edit], Options())
    assert [each["id"] for each in made.account["entries"]] == [talk.id]
