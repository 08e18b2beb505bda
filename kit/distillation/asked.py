"""The engine that asks a model: it is shown the session as data, and what it answers is believed only where it quotes.

Every sentence must name lines and quote them; the quotation must stand there. What does not is dropped, and said. What
is left passes the same limits and checks as anything else, and the transcript's orders to a model are data.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kit.distillation import naming, noise, prose, reason
from kit.distillation.claim import Claim, Evidence, quote
from kit.distillation.draft import LIMITS, MAX_DEAD_ENDS, Distilled, Draft, Refused
from kit.distillation.failure import signature
from kit.distillation.scope import Scope
from kit.harnesses import event as kinds
from kit.records import words
from kit.safety.text import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kit.harnesses.event import Event

MAX_DRAFTS = 5
_ROOM = 240_000  # characters of a transcript that a prompt holds
_EACH = 3_000  # of one event
_SHORTEST = 12  # characters that a quotation must have: fewer stand everywhere
_FIELDS = {"situation": "Situation", "mechanism": "Mechanism", "unlock": "Unlock", "verification": "Verification"}
_GLOB = re.compile(r"[A-Za-z0-9_.*?/@+\[\]!-]{1,120}")
_WORD = re.compile(r"[\w.+#@/ -]{1,60}")

TASK = """You write down problems that were solved in a session of a coding agent, for people who will meet them again.

Answer with one JSON object and nothing else:
{"candidates": [{"title": "one claim, at most 100 characters",
 "description": "Use when ... (what one sees)",
 "check": "the command that failed and then passed", "message": "the error message, as it stands there",
 "situation": [SENTENCE], "mechanism": [SENTENCE], "dead_ends": [SENTENCE], "unlock": [SENTENCE],
 "verification": [SENTENCE], "languages": [], "frameworks": [], "errors": [], "paths": ["tests/**"]}]}
SENTENCE is {"text": "a sentence", "lines": [first, last], "quote": "words copied exactly from those lines"}.

situation and mechanism have at most 40 words together each, unlock and verification 30, each dead end 20, at most five.
Plain prose: no headings, no links, no HTML. Say only what the session shows. When nothing was solved, or the cause is
not known, answer {"candidates": []}: nothing is better than a guess."""


def prompt(events: Iterable[Event], *, fence: Callable[[str], str], redact: Callable[[str], str]) -> tuple[str, int]:
    """Returns the prompt, and how many events did not fit into it; `fence` marks the transcript as data."""
    told: list[str] = []
    size = left_out = 0
    for each in events:
        shown = _shown(each, redact)
        if not shown:
            continue
        size += len(shown) + 1
        if size > _ROOM:
            left_out += 1
        else:
            told.append(shown)
    return f"{TASK}\n\n{fence(chr(10).join(told))}\n\nAnswer with the JSON object now.", left_out


def read(answer: dict[str, Any], events: Sequence[Event], *, root: str, redact: Callable[[str], str]) -> Distilled:
    """Returns the candidates in a model's answer that the session bears out, and what was dropped and why."""
    given = answer.get("candidates")
    if not isinstance(given, list):
        return Distilled((), (Refused(reason.INVALID, "the answer has no list of candidates", 0),), ())
    texts = _Lines(events, redact)
    drafts: list[Draft] = []
    refused: list[Refused] = []
    cut: list[str] = []
    for each in given[:MAX_DRAFTS]:
        found = _draft(each, texts, root=root, redact=redact, refused=refused, cut=cut)
        if found is not None:
            drafts.append(found)
    if len(given) > MAX_DRAFTS:
        refused.append(Refused(reason.INVALID, f"{len(given) - MAX_DRAFTS} candidates more than {MAX_DRAFTS}", 0))
    if not given:
        refused.append(Refused(reason.NO_FAILURE, "the model found nothing that was solved", 0))
    return Distilled(tuple(drafts), tuple(refused), tuple(cut))


class _Lines:
    """What stands in a range of lines, redacted and on one line, for looking up quotations."""

    def __init__(self, events: Sequence[Event], redact: Callable[[str], str]) -> None:
        self._events = events
        self._redact = redact
        self._known: dict[int, str] = {}
        self.last = max((each.line for each in events), default=0)

    def hold(self, first: int, last: int, text: str) -> bool:
        """Says whether a text stands in one of these lines."""
        return any(text in self._text(at) for at, each in enumerate(self._events) if first <= each.line <= last)

    def _text(self, at: int) -> str:
        if at not in self._known:
            each = self._events[at]
            given = each.input if isinstance(each.input, str) else "\n".join(_strings(each.input))
            self._known[at] = bare(self._redact("\n".join((each.text[: 1 << 20], given[: 1 << 20]))))
        return self._known[at]


def _draft(
    given: object, texts: _Lines, *, root: str, redact: Callable[[str], str], refused: list[Refused], cut: list[str]
) -> Draft | None:
    if not isinstance(given, dict):
        refused.append(Refused(reason.INVALID, "a candidate that is no object", 0))
        return None
    title = _line(given.get("title"), root, redact, 100)
    description = _line(given.get("description"), root, redact, 300)
    parts: dict[str, tuple[Claim, ...]] = {}
    for name, heading in _FIELDS.items():
        claims = list(_claims(given.get(name), texts, root=root, redact=redact, refused=refused))
        parts[name] = _within(claims, LIMITS[heading], cut)
    dead = [
        claim
        for claim in _claims(given.get("dead_ends"), texts, root=root, redact=redact, refused=refused)
        if _within([claim], LIMITS["Dead ends"], cut)
    ]
    cut += [claim.text for claim in dead[MAX_DEAD_ENDS:]]
    lacking = [name for name, claims in parts.items() if not claims]
    if not title or not description.startswith("Use when") or lacking:
        what = (
            f"{title or 'a candidate without a title'}: no {', '.join(lacking) or 'description that begins Use when'}"
        )
        refused.append(Refused(reason.UNSUPPORTED if lacking else reason.INVALID, what, 0))
        return None
    everything = " ".join([title, description, *(each.text for claims in parts.values() for each in claims)])
    if noise.is_order(everything) or any(noise.is_order(each.text) for each in dead):
        refused.append(Refused(reason.HOSTILE, title, 0))
        return None
    languages, frameworks, errors = (_names(given.get(name), redact) for name in ("languages", "frameworks", "errors"))
    why = " ".join(each.text for each in parts["mechanism"])
    if noise.is_release(why) or noise.is_boilerplate(why):
        refused.append(Refused(reason.RELEASE_NOISE if noise.is_release(why) else reason.BOILERPLATE, title, 0))
        return None
    scope = Scope(languages, frameworks, errors, _names(given.get("paths"), redact, is_path=True))
    message = redact(str(given.get("message", ""))[:400])
    return Draft(
        title=title, description=description, dead_ends=tuple(dead[:MAX_DEAD_ENDS]), scope=scope, confidence=0.5,
        check=" ".join(redact(str(given.get("check", ""))[:200]).split()[:2]), signature=signature(bare(message)),
        line=parts["situation"][0].evidence[0].first, weak=("model",), **parts,
    )  # fmt: skip


def _claims(
    given: object, texts: _Lines, *, root: str, redact: Callable[[str], str], refused: list[Refused]
) -> Iterator[Claim]:
    """Yields the sentences whose quotation stands in the lines that they name."""
    for each in given[:20] if isinstance(given, list) else ():
        if not isinstance(each, dict):
            continue
        text = prose.neutral(redact(str(each.get("text", ""))[:1000]), root=root)
        quoted = bare(redact(str(each.get("quote", ""))[:2000]))
        lines = each.get("lines")
        ends = (
            [one for one in lines if isinstance(one, int) and not isinstance(one, bool)]
            if isinstance(lines, list)
            else []
        )
        first, last = (ends[0], ends[-1]) if ends else (0, 0)
        is_range = 1 <= first <= last <= texts.last and last - first < 200
        if not text:
            continue
        if not is_range or len(quoted) < _SHORTEST or not texts.hold(first, last, quoted):
            what = "lines that are not there" if not is_range else "what it quotes does not stand in those lines"
            refused.append(Refused(reason.UNSUPPORTED, f"{text[:120]} ({what})", max(0, first)))
        else:
            yield Claim(prose.closed(text), (Evidence(first, last, quote(quoted)),))


def _within(claims: list[Claim], limit: int, cut: list[str]) -> tuple[Claim, ...]:
    kept: list[Claim] = []
    room = limit
    for each in claims:
        size = words.count(each.text)
        if size > room:
            cut.append(each.text)
        else:
            kept.append(each)
            room -= size
    return tuple(kept)


def _shown(each: Event, redact: Callable[[str], str]) -> str:
    given = each.input if isinstance(each.input, str) else json.dumps(each.input, ensure_ascii=False, default=str)
    text = given if each.kind == kinds.CALL else each.text
    if each.kind in (kinds.USAGE, kinds.OTHER) or not text:
        return ""
    if len(text) > _EACH:
        text = f"{text[: _EACH // 3]}\n[... {len(text) - _EACH} characters ...]\n{text[-2 * _EACH // 3 :]}"
    status = f" exit {each.exit_status}" if each.exit_status is not None else " failed" if each.is_error else ""
    return f"L{each.line} {each.kind}{f' {each.tool}' if each.tool else ''}{status}: {redact(text)}"


def _line(given: object, root: str, redact: Callable[[str], str], most: int) -> str:
    text = prose.neutral(redact(given[: most * 4]), root=root).replace("`", "") if isinstance(given, str) else ""
    text = naming.inert(text)
    return text if len(text) <= most else text[:most].rpartition(" ")[0]


def _names(given: object, redact: Callable[[str], str], *, is_path: bool = False) -> tuple[str, ...]:
    names = [redact(each) for each in given[:8] if isinstance(each, str)] if isinstance(given, list) else []
    if is_path:
        return tuple(each for each in names if _GLOB.fullmatch(each) and not each.startswith("/") and ".." not in each)
    return tuple(each for each in names if _WORD.fullmatch(each))


def _strings(given: object, depth: int = 0) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif depth < 8:
        inner = given.values() if hasattr(given, "values") else given if isinstance(given, list) else ()
        for each in inner:
            yield from _strings(each, depth + 1)
