"""Compares what two states of a thread mean: instructions, facts, decisions and results, sentence by sentence.

What is skipped, was only thought or is stood for by a fold says nothing to a model and counts as not there: an
instruction that a fold has swallowed is one that was removed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kit.context import arrange, piece, sentence, version
from kit.context.meaning import finding as kinds
from kit.context.meaning import pairing, rules, vocabulary
from kit.context.meaning.finding import Finding, Side
from kit.context.meaning.statement import Statement
from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kit.context.entry import Entry
    from kit.context.meaning.pairing import Pair

#: Sentences of one side that are looked at; of more, the last ones.
MOST = 20_000
#: How alike a sentence that stands must be to a new one that takes it back: as a rule; a decision; one that is over.
_KEPT, _ALIKE, _TURNED = 0.75, 0.5, 0.2
_RULES = frozenset(("rules", "user", "fold"))


class Meaning(NamedTuple):
    """What was found, the gravest first; `reworded` pairs say the same, `left` sentences were not looked at."""

    findings: tuple[Finding, ...]
    same: int
    reworded: int
    left: int


def compare(before: Sequence[Entry], after: Sequence[Entry]) -> Meaning:
    """Returns what changed in meaning between two states of a thread, by their entries."""
    sides = [spoken(before), spoken(after)]
    said = [[each for one in side for each in _statements(one)] for side in sides]
    left = sum(max(0, len(each) - MOST) for each in said)
    olds, news = (each[-MOST:] for each in said)
    gone, come, kept = _parted(olds, news)
    found: list[Finding] = []
    paired: set[int] = set()
    reworded = 0
    for pair in pairing.matched(_alike(gone, come)):
        paired |= {id(pair.old), id(pair.new)}
        made = _judged(pair, is_kept=False)
        reworded += made is None
        found += [made] if made else []
    found += [rules.removed(each) for each in gone if id(each) not in paired and _binds(each)]
    later = _later(kept, come)
    found += later.values()
    found += [rules.added(each) for each in come if id(each) not in paired and id(each) not in later and _binds(each)]
    found += _results(before, after)
    order = {kind: at for at, kind in enumerate(kinds.KINDS)}
    found.sort(key=lambda each: (order[each.kind], (each.after or each.before or Side("", "")).entry))
    return Meaning(tuple(dict.fromkeys(found)), len(kept), reworded, left)


def spoken(entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
    """Returns the entries that speak to a model, as they are in force, each with the id of the one it stands for."""
    known = {each.id: each for each in entries}
    found = []
    for each in arrange.arrange(entries).entries:
        if each.priority != piece.SKIPPED:
            root = version.root_of(known[each.id], known)
            found.append((each, root.id if root else each.id))
    return found


def _statements(told: tuple[Entry, str]) -> Iterator[Statement]:
    each, root = told
    speaker = _speaker(each)
    if speaker == "tool":
        return
    is_decision = "decision" in each.tags or each.kind == "decision"
    for one in sentence.sentences(each.text):
        text = sentence.same(one.text)
        made = Statement(each.id, text, root=root, speaker=speaker, in_rules=speaker == "rules",
                         is_decision=is_decision)  # fmt: skip
        if speaker in ("user", "fold") and made.demands:
            made.in_rules = True
        yield made


def _speaker(each: Entry) -> str:
    if each.call or each.role == "tool" or each.kind in ("tool-io", "artifact", "output"):
        return "tool"
    if each.folds:
        return "fold"
    if each.kind == "instruction" or piece.speaker(each) == "system":
        return "rules"
    return piece.speaker(each)


def _parted(
    olds: Sequence[Statement], news: Sequence[Statement]
) -> tuple[list[Statement], list[Statement], list[Statement]]:
    """Returns the sentences that are gone, that have come, and that both sides say, whoever says them."""
    there = Counter(each.text for each in news)
    gone: list[Statement] = []
    kept: list[Statement] = []
    for each in olds:
        if there[each.text]:
            there[each.text] -= 1
            kept.append(each)
        else:
            gone.append(each)
    here = Counter(each.text for each in olds)
    come = []
    for each in news:
        if here[each.text]:
            here[each.text] -= 1
        else:
            come.append(each)
    return gone, come, kept


def _alike(gone: Sequence[Statement], come: Sequence[Statement]) -> Iterator[Pair]:
    """Yields the pairs of a sentence that is gone and one that has come: a rule is replaced by a rule's speaker."""
    for pair in pairing.near(gone, come, least=0.6, edited=0.4):
        if not pair.old.is_instruction or pair.new.speaker in _RULES:
            yield pair


def _judged(pair: Pair, *, is_kept: bool) -> Finding | None:
    if pair.old.is_instruction:
        return rules.instruction(pair)
    if pair.old.is_decision and (found := rules.decision(pair)):
        return found
    return rules.fact(pair, is_kept=is_kept)


def _binds(each: Statement) -> bool:
    return each.is_instruction and not each.is_question and bool(each.content)


def _later(kept: Sequence[Statement], come: Sequence[Statement]) -> dict[int, Finding]:
    """Returns what a new sentence takes back of one that still stands, by the new one; the bar is higher there."""
    found: dict[int, Finding] = {}
    keys = Counter(key for each in kept if (key := each.value[0]))
    by_key = {each.value[0]: each for each in kept if keys[each.value[0]] == 1}
    for each in come:
        old = by_key.get(each.value[0])
        if old and old.root != each.root and not old.is_instruction and (made := rules.value(old, each)):
            found[id(each)] = made
    for pair in pairing.near(kept, come, least=_TURNED, edited=2.0):
        if id(pair.new) in found or (pair.old.is_instruction and pair.new.speaker not in _RULES):
            continue
        if pair.likeness < _bar(pair):
            continue
        made = _judged(pair, is_kept=True)
        if made and made.kind not in (kinds.CHANGED, kinds.STRENGTHENED):
            found[id(pair.new)] = made
    return found


def _bar(pair: Pair) -> float:
    """Returns how alike a sentence that stands must be to a new one: less, where that says that a decision is over."""
    if pair.old.is_instruction or not pair.old.is_decision:
        return _KEPT
    is_turned = vocabulary.TURNED.search(pair.new.plain) and len(pair.old.content & pair.new.content) >= 2
    return _TURNED if is_turned else _ALIKE


def _results(before: Sequence[Entry], after: Sequence[Entry]) -> Iterator[Finding]:
    """Yields the results of tools that are others: edited, or the same call made again with another answer."""
    olds, news = ({root: each for each, root in spoken(side)} for side in (before, after))
    for root, new in news.items():
        old = olds.get(root)
        if old and old.text != new.text and piece.is_result(new):
            yield _result(old, new, "an edit stands in the place of what the tool answered")
    asked = dict(_asked(olds))
    for call, new in _asked(news):
        old = asked.get(call)
        if old and old.id not in (new.id, new.edits) and new.id not in olds and old.text != new.text:
            yield _result(old, new, f"the same call of {ids.slug(call[0]) or 'the tool'} was answered otherwise")


def _asked(known: Mapping[str, Entry]) -> Iterator[tuple[tuple[str, str], Entry]]:
    """Yields each call's tool and arguments with its result."""
    calls = {each.call: (each.tool, each.text) for each in known.values() if piece.is_call(each)}
    for each in known.values():
        if piece.is_result(each) and each.call in calls:
            yield calls[each.call], each


def _result(old: Entry, new: Entry, why: str) -> Finding:
    lines = [each.text.split("\n") for each in (old, new)]
    both = zip(*lines, strict=False)
    at = next((number for number, (one, other) in enumerate(both) if one != other), min(map(len, lines)))
    words = tuple(side[at][:200] if at < len(side) else "" for side in lines)
    return Finding(kinds.RESULT, Side(old.id, words[0]), Side(new.id, words[1]), words, f"{why}, from line {at + 1} on")
