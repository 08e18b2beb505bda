"""Finds the sentence in which the assistant says why something failed. It is quoted or left out, never made up.

What was said before an attempt that did not help is a guess that turned out wrong: it does not count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.distillation import noise, prose
from kit.harnesses import event as kinds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kit.harnesses.event import Event

_MIN, _MAX = 6, 40  # words of a sentence that explains
_STRONG = re.compile(
    r"\b(?:root cause|the (?:real |actual |underlying )?(?:reason|cause|culprit|problem|issue|bug)\b.{0,40}\b(?:is"
    r"|was|that)"
    r"|because\b|caused by|turns? out|that'?s why|this is why|which is why|due to|comes from|the fault is)",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(?:since|so (?:the|it|that)|which means|meaning|therefore|hence|only|accepts?|supports?|unless"
    r"|instead of"
    r"|without|before|after|as soon as|by default|never|always|no longer|won'?t|does(?:n'?t| not)|did(?:n'?t| not)"
    r"|is(?:n'?t| not)"
    r"|needs?|requires?|expects?|must|cannot|can'?t|missing|shadow\w*|overrid\w*|mutat\w*|leak\w*|stale|race\w*"
    r"|while|whereas|but)\b",
    re.IGNORECASE,
)
_GUESS = re.compile(
    r"\b(?:maybe|perhaps|might|probably|possibly|likely|could be|i think|i suspect|i guess|not sure|let'?s (?:try|see)"
    r"|seems?|hopefully|presumably)\b|\?\s*$",
    re.IGNORECASE,
)
# An item of a list of what was done has no subject: it tells nothing to who was not there.
_FRAGMENT = re.compile(
    r"^[*_`\s]*[A-Z][a-z]+(?:s|ed|ing)\s+(?:the|a|an|that|all|both|any|each|every|this|these|its|our|your|new"
    r"|unused|missing)\b"
)
# How work begins whose test is written first.
_BEGUN = re.compile(
    r"\b(?:as expected|(?:not|n't) (?:yet )?(?:been )?(?:implemented|written|created)|(?:not|n't) exist yet"
    r"|red phase|tdd|failing tests? first)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\bmy (?:own )?(?:expectation|test|edit|change|code|fix|assumption|mistake|typo|regex|script|patch)\b"
    r"|\bi (?:forgot|missed|made a|misread|mistyped|introduced)\b",
    re.IGNORECASE,
)
# What somebody is about to do explains nothing, whatever reason is given for doing it.
_INTENT = re.compile(
    r"^\W*(?:(?:the|a|one|another) (?:\w+ )?(?:fix|solution|approach|plan)\b|let me|let'?s|i'?ll|i will|i am going"
    r"|i'?m going|i need|i should|i want|i'?ve|i have|we need|we should"
    r"|now i"
    r"|to fix|next|first,|please)\b",
    re.IGNORECASE,
)
_OPENERS = re.compile(
    r"^(?:(?:ah|oh|aha|ok|okay|right|so|now|and|but|indeed|interesting|good|great|perfect|found it|got it|i see"
    r"|i found it"
    r"|there it is|yes|hm+)\b[,.!:\u2014\- ]*)+(?=\S)|^(?:the )?root cause(?: found| identified)?\s*:\s*"
    r"|^(?:it )?turns out(?: that)?,?\s+",
    re.IGNORECASE,
)


_AFTERWARDS = 0.15


class Explained(NamedTuple):
    """A sentence as prose, as it stands in the session, its line, and how surely it explains (0 to 1)."""

    text: str
    raw: str
    line: int
    weight: float


def find(
    events: Iterable[Event],
    *,
    about: Collection[str],
    root: str,
    clean: Cleaner,
    kind: str = kinds.ASSISTANT,
    solved: int = 1 << 60,
) -> Explained | None:
    """Returns the best sentence of this kind of event among `events`, None when none explains.

    `about` are words of the failure and of the change (lower case) that such a sentence would hold. What stands after
    the line `solved` rather tells what was done, and counts for less.
    """
    best: Explained | None = None
    for each in events:
        if each.kind != kind or not each.text:
            continue
        for raw in prose.sentences(clean(each.text)):
            text = _OPENERS.sub("", raw).strip()
            weight = _weight(text, about) - (_AFTERWARDS if each.line > solved else 0.0)
            if weight <= 0 or noise.is_order(raw):
                continue
            shown = prose.neutral(text, root=root)
            size = len(shown.split())
            # Of two that explain as well, the later one knows more.
            if _MIN <= size <= _MAX and (best is None or weight >= best.weight):
                best = Explained(_capital(prose.closed(shown)), raw, each.line, weight)
    return best


class Cleaner:
    """Redacts a text, each only once: the same message is read for several problems."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._known: dict[int, tuple[str, str]] = {}

    def __call__(self, text: str) -> str:
        """Returns what of a text is read, without secrets."""
        kept = self._known.get(id(text))
        if kept is None or kept[0] is not text:
            kept = self._known[id(text)] = (text, self._redact(text[: prose.MAX_TEXT]))
        return kept[1]


def _weight(text: str, about: Collection[str]) -> float:
    """Returns how surely a sentence explains: 0 when it does not."""
    if noise.is_release(text) or (noise.is_boilerplate(text) and not _STRONG.search(text)):
        return 0.0
    if text.endswith((":", "?")) or any(each.search(text) for each in (_GUESS, _FRAGMENT, _BEGUN, _INTENT, _OWN)):
        return 0.0
    strong, weak = bool(_STRONG.search(text)), len(_WEAK.findall(text))
    if not strong and not weak:
        return 0.0
    low = text.lower()
    shared = sum(1 for word in about if word in low)
    if not shared:
        return 0.3 if strong else 0.0
    return min(1.0, (0.5 if strong else 0.2) + 0.1 * min(shared, 4) + 0.05 * min(weak, 2))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.split(" ", 1)[0].isalpha() and text[:2].islower() else text


if TYPE_CHECKING:
    from collections.abc import Callable

    Redact = Callable[[str], str]
