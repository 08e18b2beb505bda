"""Makes of a thread's entries exactly what a model is sent: a pure function of the entries and the options.

No clock, no randomness, no order that anyone else decides: the same entries give the same bytes on every machine,
and an account of what went in, what was cut and why.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import arrange, budget, pairs, piece, strategy, tokens
from kit.context import turns as turning
from kit.context.compiled import Compiled
from kit.context.formats import FORMATS, anthropic
from kit.context.piece import Cut, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kit.context.entry import Entry
    from kit.context.options import Options
    from kit.context.pairs import Unit
    from kit.context.piece import Warned
    from kit.context.turns import Turn


class Picked(NamedTuple):
    """What was chosen, before it is written in a format: the same for all of them, save for an opening."""

    turns: list[Turn]
    cuts: list[Cut]
    warnings: list[Warned]
    opening: int

    @property
    def sent(self) -> list[Piece]:
        """The pieces in the order in which they are sent."""
        return [each for turn in self.turns for each in _pieces(turn)]

    @property
    def tokens(self) -> int:
        """What all of it takes."""
        return sum(each.cost for each in self.sent) + self.opening


def compile_entries(
    entries: Iterable[Entry], options: Options, *, commit: str = "", broken: Sequence[str] = ()
) -> Compiled:
    """Returns what a model is sent of `entries`; `broken` names records that could not be read, for the account.

    Raises Blocked when the pinned entries alone exceed the budget, NotFound or InvalidInput for an order that cannot
    be, NotFound when the tokenizer that the options name is not installed.
    """
    found = pick(entries, options)
    cuts = [*found.cuts, *(Cut(each, piece.BROKEN) for each in broken)]
    account = account_of(found._replace(cuts=cuts), options, commit)
    return Compiled(FORMATS[options.format](found.turns, account), account)


def pick(entries: Iterable[Entry], options: Options) -> Picked:
    """Returns which entries are sent, and in which order and form. Raises as `compile_entries` does."""
    known = {each.id: each for each in entries}
    arranged = arrange.arrange(known.values(), options.order)
    pieces, dropped = _speaking(arranged.entries, reasoning=options.reasoning)
    paired = pairs.pair(pieces)
    chosen = strategy.choose(paired.units, options.strategy, options.k)
    count = tokens.counter(options.counter)
    units: list[Unit] = [tuple(tokens.counted(each, options.counter, count) for each in unit) for unit in chosen.units]
    turns, too_many, opening = _within(units, options, count)
    cuts = [
        cut._replace(tokens=tokens.counted(Piece(known[cut.id], known[cut.id].text), options.counter, count).cost)
        for cut in (*arranged.cuts, *dropped, *paired.cuts, *chosen.cuts)
    ]
    return Picked(turns, cuts + too_many, [*arranged.warnings, *paired.warnings], opening)


def _speaking(entries: Sequence[Entry], *, reasoning: bool) -> tuple[list[Piece], list[Cut]]:
    """Returns what is there to be sent: not what is skipped, was only thought, or (but for a tool's) says nothing."""
    pieces: list[Piece] = []
    cuts: list[Cut] = []
    for place, each in enumerate(entries):
        if each.kind == "reasoning" and not piece.is_pinned(each):
            is_out, why = not reasoning, piece.REASONING  # what is thought is skipped by default: asked for, it goes in
        else:
            is_out, why = each.priority == piece.SKIPPED, piece.SKIP
        if is_out:
            cuts.append(Cut(each.id, why))
        elif (not each.text or each.text.isspace()) and not (piece.is_call(each) or piece.is_result(each)):
            cuts.append(Cut(each.id, piece.EMPTY))
        else:
            pieces.append(Piece(each, each.text, piece.FOLD if each.folds else piece.FULL, place=place))
    return pieces, cuts


def _within(units: Sequence[Unit], options: Options, count: Callable[[str], int]) -> tuple[list[Turn], list[Cut], int]:
    """Returns the turns within the budget, what was cut for it, and the tokens of an opening where one is needed."""
    opening = 0
    while True:
        fitted = budget.fit(units, options.budget, reserved=opening) if options.budget else budget.Fitted([*units], [])
        turns = list(turning.turns(fitted.units))
        needs = options.format == "anthropic" and anthropic.needs_opening(turns)
        if not needs or opening or not options.budget:
            return turns, fitted.cuts, (count(anthropic.OPENING) + piece.FRAME) if needs else 0
        opening = count(anthropic.OPENING) + piece.FRAME


def account_of(picked: Picked, options: Options, commit: str) -> dict[str, Any]:
    """Returns the account as one JSON object: commit, options, tokens, entries, cuts with their reasons, warnings.

    `tokens` has the sum, how much of it frames messages and opens the conversation, what the cut entries would have
    taken, and who counted how many entries.
    """
    sent = picked.sent
    framing = piece.FRAME * len(sent)
    by = Counter(each.by for each in sent)
    return {
        "commit": commit,
        "options": options.record(),
        "tokens": {
            "total": picked.tokens,
            "framing": framing,
            "opening": picked.opening,
            "cut": sum(each.tokens for each in picked.cuts),
            "counted_by": dict(sorted(by.items())),
        },
        "entries": [
            {"id": each.entry.id, "tokens": each.tokens, "by": each.by, "form": each.form, "digest": _digest(each)}
            for each in sent
        ],
        "cut": [each._asdict() for each in sorted(picked.cuts)],
        "cut_by_reason": dict(sorted(Counter(each.reason for each in picked.cuts).items())),
        "warnings": [{**each._asdict(), "message": each.message} for each in picked.warnings],
    }


def _pieces(turn: Turn) -> list[Piece]:
    return [turn.piece] if isinstance(turn, turning.Said) else [each for pair in turn.pairs for each in pair]


def _digest(each: Piece) -> str:
    """Returns the first 16 hex digits of the sha256 of the text that is sent."""
    return hashlib.sha256(each.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
