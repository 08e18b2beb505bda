"""The rules that say how two sentences about the same differ in meaning; each finding names its rule and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context.meaning import finding as kinds
from kit.context.meaning import vocabulary
from kit.context.meaning.finding import Finding, Side
from kit.context.meaning.statement import stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.context.meaning.pairing import Pair
    from kit.context.meaning.statement import Quantity, Statement


_VAGUE = frozenset(map(stem, vocabulary.VAGUE))


def instruction(pair: Pair) -> Finding | None:
    """Returns how an instruction changed, None when it says the same."""
    return next(_instruction(pair), None)


def _instruction(pair: Pair) -> Iterator[Finding]:
    """Yields what can be said of it, the gravest first."""
    old, new = pair.old, pair.new
    if old.is_denied != new.is_denied and not new.is_released:
        yield _made(kinds.REVERSED, pair, (*old.denials, *new.denials), "one of them denies what the other demands")
    yield from _bound(pair)
    words = ((old.binding or ("(an order)",)), (new.binding or ("(no order)",)))
    became = f"{vocabulary.STRENGTHS[old.strength]} became {vocabulary.STRENGTHS[new.strength]}"
    if new.strength < old.strength:
        yield _made(kinds.WEAKENED, pair, (*words[0], *words[1]), became)
    if more := new.softened - old.softened:
        yield _made(kinds.WEAKENED, pair, tuple(sorted(more)), "an exception was added")
    if new.strength > old.strength:
        yield _made(kinds.STRENGTHENED, pair, (*words[0], *words[1]), became)
    if less := old.softened - new.softened:
        yield _made(kinds.STRENGTHENED, pair, tuple(sorted(less)), "an exception is gone")
    if differing := _differing(old, new):
        yield _made(kinds.CHANGED, pair, differing, "it binds as before and names something else")


def decision(pair: Pair) -> Finding | None:
    """Returns how a decision was turned round, None when it was not."""
    old, new = pair.old, pair.new
    if old.is_denied != new.is_denied:
        return _made(kinds.DECISION, pair, (*old.denials, *new.denials), "one of them denies what the other decides")
    if turns := vocabulary.TURNED.findall(new.plain):
        if not vocabulary.TURNED.search(old.plain):
            return _made(kinds.DECISION, pair, tuple(each.lower() for each in turns), "it says that it turns round")
        return None
    gone, come = old.content - new.content, new.content - old.content
    if new.is_decision and len(gone) == len(come) == 1:
        return _made(kinds.DECISION, pair, (_shown(old, *gone), _shown(new, *come)), "the same was decided for another")
    return None


def fact(pair: Pair, *, is_kept: bool) -> Finding | None:
    """Returns how two statements contradict each other, None when they do not.

    With `is_kept` both still stand, so that what merely follows in time must not count.
    """
    old, new = pair.old, pair.new
    if old.is_question or new.is_question:
        return None
    least = 0.75 if is_kept else 0.6
    if old.is_denied != new.is_denied and pair.likeness >= least and len(old.content & new.content) >= 2:
        words = (*old.denials, *new.denials)
        return _made(kinds.CONTRADICTED, pair, words, "one of them denies what the other states")
    if found := value(old, new):
        return found
    if pair.likeness < (0.8 if is_kept else 0.6) or (is_kept and len(old.content & new.content) < 2):
        return None
    for one, other in _quantities(old, new):
        if not one.is_name and not other.is_name:
            return _made(kinds.CONTRADICTED, pair, (one.shown, other.shown), "the same quantity has another value")
    return None


def value(old: Statement, new: Statement) -> Finding | None:
    """Returns the finding where the same key has another value, None where it has not, or is no key to speak of."""
    (key, before), (other, after) = old.value, new.value
    if not key or key != other or before == after or old.is_question or new.is_question:
        return None
    if set(key.split()) <= _VAGUE or old.is_denied != new.is_denied:
        return None
    return Finding(kinds.CONTRADICTED, _side(old), _side(new), (before, after), f"{key!r} has another value")


def _bound(pair: Pair) -> Iterator[Finding]:
    """Yields the finding where a number in an instruction is another."""
    old, new = pair.old, pair.new
    has_upper, has_lower = (
        bool(limit.search(old.plain) and limit.search(new.plain)) for limit in (vocabulary.UPPER, vocabulary.LOWER)
    )
    if old.is_denied:  # never more than
        has_upper, has_lower = has_lower, has_upper
    for one, other in _quantities(old, new):
        words = (one.shown, other.shown)
        is_raised = other.value > one.value
        if has_upper or has_lower:
            kind = kinds.WEAKENED if is_raised == has_upper else kinds.STRENGTHENED
            limit = "upper" if has_upper else "lower"
            yield _made(kind, pair, words, f"the {limit} limit was {'raised' if is_raised else 'lowered'}")
        else:
            yield _made(kinds.CHANGED, pair, words, "a number is another")


def _quantities(old: Statement, new: Statement) -> list[tuple[Quantity, Quantity]]:
    """Returns the quantities that both have, by what they count, with another value in each."""
    found = []
    for one in old.quantities:
        for other in new.quantities:
            if (one.unit, one.before) == (other.unit, other.before) or (one.unit and one.unit == other.unit):
                if one.value != other.value and all(each.value != one.value for each in new.quantities):
                    found.append((one, other))
                break
    return found


def _differing(old: Statement, new: Statement) -> tuple[str, ...]:
    gone, come = sorted(old.content - new.content), sorted(new.content - old.content)
    return (*(_shown(old, each) for each in gone), *(_shown(new, each) for each in come))


def _shown(statement: Statement, stemmed: str) -> str:
    """Returns a word as the sentence has it."""
    return next((each for each in statement.tokens if stem(each) == stemmed), stemmed)


def _made(kind: str, pair: Pair, words: tuple[str, ...], why: str) -> Finding:
    return Finding(kind, _side(pair.old), _side(pair.new), tuple(dict.fromkeys(words)), why)


def _side(statement: Statement) -> Side:
    return Side(statement.entry, statement.text)


def added(statement: Statement) -> Finding:
    """Returns the finding for an instruction that nothing before says."""
    return Finding(kinds.ADDED, None, _side(statement), statement.binding, "no instruction before is about it")


def removed(statement: Statement) -> Finding:
    """Returns the finding for an instruction that nothing after says."""
    return Finding(kinds.REMOVED, _side(statement), None, statement.binding, "nothing after says it any more")
