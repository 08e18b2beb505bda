"""Whatever the history: both APIs accept it, the budget holds, the same goes in again, and nothing is lost unsaid."""

from __future__ import annotations

import json
import random  # noqa: TC003 - hypothesis reads the annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.context import compile as compiling
from kit.context import options as optional
from kit.context import piece, version
from kit.context.compile import compile_entries
from kit.context.compiled import Compiled  # noqa: TC001
from kit.context.entry import Entry  # noqa: TC001
from kit.context.options import Options
from kit.errors import Blocked
from tests.context.histories import histories
from tests.context.rules import RULES

often = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
choices = st.builds(
    Options,
    format=st.just("text"),
    order=st.just(()),
    counter=st.just("estimate"),
    strategy=st.sampled_from(optional.STRATEGIES),
    budget=st.sampled_from([0, 0, 40, 120, 400, 2000]),
    k=st.integers(1, 6),
    reasoning=st.booleans(),
)


def compiled(entries: list[Entry], options: Options) -> Compiled | None:
    try:
        return compile_entries(entries, options)
    except Blocked as blocked:
        assert blocked.details["needed"] > options.budget > 0
        return None


@often
@given(histories(), choices, st.randoms(use_true_random=False))
def test_every_history_is_accepted_by_both_apis_in_every_order(
    entries: list[Entry], options: Options, chance: random.Random
) -> None:
    order = [each.id for each in entries]
    chance.shuffle(order)
    for wanted in ((), tuple(order), tuple(order[: len(order) // 2])):
        for name, rules in RULES.items():
            done = compiled(entries, options._replace(format=name, order=wanted))
            assert done is None or rules(json.loads(done.data)) == []


@often
@given(histories(), choices, st.sampled_from(optional.FORMATS), st.randoms(use_true_random=False))
def test_a_compile_is_the_same_again_and_from_any_order_of_files(
    entries: list[Entry], options: Options, form: str, chance: random.Random
) -> None:
    first = compiled(entries, options._replace(format=form))
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert compiled(shuffled, options._replace(format=form)) == first


@often
@given(histories(), choices, st.sampled_from(optional.FORMATS))
def test_the_total_is_within_the_budget(entries: list[Entry], options: Options, form: str) -> None:
    done = compiled(entries, options._replace(format=form))
    if done and options.budget:
        assert done.account["tokens"]["total"] <= options.budget


@often
@given(histories(), choices)
def test_each_entry_is_either_in_or_cut_for_one_named_reason(entries: list[Entry], options: Options) -> None:
    done = compiled(entries, options)
    if done:
        sent = [each["id"] for each in done.account["entries"]]
        cut = [each["id"] for each in done.account["cut"]]
        assert sorted(sent + cut) == sorted(each.id for each in entries)
        assert {each["reason"] for each in done.account["cut"]} <= set(piece.REASONS)


@often
@given(histories())
def test_the_roots_of_all_are_the_root_of_each(entries: list[Entry]) -> None:
    known = {each.id: each for each in entries}
    assert version.roots(entries) == {each.id: version.root_of(each, known) for each in entries}


@often
@given(histories(), choices)
def test_what_is_pinned_goes_in_whole(entries: list[Entry], options: Options) -> None:
    done = compiled(entries, options)
    if done:
        pinned = {each.id for each in entries if piece.is_pinned(each)}
        for each in done.account["cut"]:
            assert each["id"] not in pinned or each["reason"] in (piece.EDITED, piece.BROKEN, piece.EMPTY)
        for each in done.account["entries"]:
            assert each["id"] not in pinned or each["form"] in (piece.FULL, piece.FOLD)


@often
@given(histories(), choices)
def test_a_call_and_its_result_go_in_together_or_not_at_all(entries: list[Entry], options: Options) -> None:
    try:
        turns = compiling.pick(entries, options).turns
    except Blocked:
        return
    for turn in turns:
        if isinstance(turn, compiling.turning.Called):
            assert all(call.entry.call == result.entry.call for call, result in turn.pairs)
        else:
            assert not turn.piece.is_call
            assert not turn.piece.is_result


@often
@given(histories(), choices)
def test_no_important_entry_is_cut_while_a_normal_one_stays(entries: list[Entry], options: Options) -> None:
    done = compiled(entries, options)
    if done:
        known = {each.id: each for each in entries}
        cut = [known[each["id"]] for each in done.account["cut"] if each["reason"] == piece.BUDGET]
        alone = [known[each["id"]] for each in done.account["entries"] if not known[each["id"]].call]
        if any(each.priority == piece.IMPORTANT for each in cut):
            assert all(each.priority in (piece.IMPORTANT, piece.PINNED) for each in alone if each.folds == ())


@often
@given(histories(), choices)
def test_the_same_entries_are_chosen_for_every_format(entries: list[Entry], options: Options) -> None:
    texts = [compiled(entries, options._replace(format=form)) for form in ("text", "json", "openai")]
    chosen = [done and done.account["entries"] for done in texts]
    assert chosen[0] == chosen[1] == chosen[2]
