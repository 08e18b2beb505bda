"""Asks a model what changed in meaning, where the rules see only words; it is believed only where it quotes.

What stands in the entries is data, whatever it says; a finding whose quotations do not stand in the entries that it
names is dropped and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context.meaning import finding as kinds
from kit.context.meaning.finding import Finding, Side
from kit.safety.text import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.entry import Entry

MAX_FINDINGS = 50
_ROOM = 200_000  # characters of entries that a prompt holds
_SHORTEST = 8  # characters that a quotation must have: fewer stand everywhere
_MOST_WHY = 300

TASK = f"""You compare what a thread of instructions and messages means before and after. Name only changes of meaning:
instructions that were added, removed, weakened, strengthened or reversed; facts that contradict each other; decisions
that were reversed; results of tools that were replaced by others. Other words for the same are no change.

Answer with one JSON object and nothing else:
{{"findings": [{{"kind": KIND, "before": SIDE or null, "after": SIDE or null, "why": "one sentence"}}]}}
KIND is one of {", ".join(kinds.KINDS)}.
SIDE is {{"entry": "its id", "quote": "words copied exactly from that entry"}}.
When nothing changed in meaning, answer {{"findings": []}}."""


class Asked(NamedTuple):
    """What a model found that its quotations bear out, and how many of its findings were dropped."""

    findings: tuple[Finding, ...]
    dropped: int


def prompt(before: Sequence[Entry], after: Sequence[Entry], *, fence: Callable[[str, str], str]) -> tuple[str, int]:
    """Returns the prompt, and how many entries did not fit into it; `fence` marks a text of that name as data.

    Entries that both sides have alike are left out.
    """
    same = {each.id: each.text for each in before}
    both = {each.id for each in after if same.get(each.id) == each.text}
    shown: list[str] = []
    size = left = 0
    for name, side in (("before", before), ("after", after)):
        lines: list[str] = []
        for each in side:
            told = f"[{each.id}] {each.role} {each.kind}:\n{each.text}\n"
            if each.id in both:
                continue
            size += len(told)
            if size > _ROOM:
                left += 1
            else:
                lines.append(told)
        shown.append(fence(name, "\n".join(lines)))
    return "\n\n".join([TASK, *shown, "Answer with the JSON object now."]), left


def read(answer: Mapping[str, Any], before: Sequence[Entry], after: Sequence[Entry], *, by: str) -> Asked:
    """Returns the findings in a model's answer that quote the entries they name; `by` is the model's name."""
    given = answer.get("findings")
    if not isinstance(given, list):
        return Asked((), 1)
    sides = [{each.id: bare(each.text) for each in side} for side in (before, after)]
    found: list[Finding] = []
    for each in given[:MAX_FINDINGS]:
        made = _finding(each, sides, by)
        found += [made] if made else []
    return Asked(tuple(dict.fromkeys(found)), len(given) - len(found))


def _finding(given: object, sides: Sequence[Mapping[str, str]], by: str) -> Finding | None:
    if not isinstance(given, dict) or given.get("kind") not in kinds.KINDS or not isinstance(given.get("why"), str):
        return None
    kind = str(given["kind"])
    quoted = [_side(given.get(name), known) for name, known in zip(("before", "after"), sides, strict=True)]
    needed = (kind != kinds.ADDED, kind != kinds.REMOVED)
    if any(is_needed != (side is not None) for is_needed, side in zip(needed, quoted, strict=True)):
        return None
    return Finding(kind, quoted[0], quoted[1], (), " ".join(given["why"].split())[:_MOST_WHY], by)


def _side(given: object, known: Mapping[str, str]) -> Side | None:
    if not isinstance(given, dict):
        return None
    name, quote = given.get("entry"), given.get("quote")
    if not isinstance(name, str) or not isinstance(quote, str) or name not in known:
        return None
    quote = bare(quote)
    return Side(name, quote) if len(quote) >= _SHORTEST and quote in known[name] else None
