"""Tells a solved problem in sentences: what one sees, why, what does not help, what does, and how to see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.distillation import change, explanation, failure, noise, prose
from kit.distillation.claim import Claim, Evidence, fitting, quote
from kit.distillation.draft import LIMITS, MAX_DEAD_ENDS, Draft
from kit.distillation.scope import scope
from kit.harnesses import event as kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kit.distillation.attempt import Failed, Problem
    from kit.distillation.explanation import Cleaner
    from kit.distillation.step import Step
    from kit.harnesses.event import Event

_AFTER = 12  # events after the pass in which the assistant sums up
_TITLE = 100  # characters
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{3,40}")
_WRAPPED = re.compile(
    r"^\s*(?:<|Caveat:|\[Request interrupted|This session is being continued|# AGENTS\.md|\[SYSTEM|Base directory)",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"\b(?:fail\w*|error\w*|crash\w*|broke\w*|bug\w*|exception\w*|panic\w*|hang\w*|wrong|blow\w*|flak\w*|leak\w*"
    r"|slow\w*"
    r"|stuck|cannot|can'?t|doesn'?t|does not|won'?t|not work\w*|issue|problem|fix\w*|why)\b",
    re.IGNORECASE,
)


def tell(
    problem: Problem, told: Sequence[Event], *, root: str, clean: Cleaner, left_out: Callable[[str], None]
) -> Draft | None:
    """Returns the draft, None when too little can be said."""
    first = problem.failures[0]
    message = prose.local(quote(clean(first.failure.message)), root)
    command = _short_command(problem, root)
    where = scope(problem, root=root)
    situation = fitting(_situation(problem, told, root=root, clean=clean, command=command, message=message),
                        LIMITS["Situation"], left_out)  # fmt: skip
    fixed = list(change.claims(problem.fix, problem, root=root, clean=clean))
    unlock = fitting(fixed, LIMITS["Unlock"], left_out)
    verification = fitting(_verification(problem, root=root, clean=clean), LIMITS["Verification"], left_out)
    if not situation or not unlock or not verification:
        return None
    explained = _explained(problem, told, root=root, clean=clean)
    weak: tuple[str, ...] = ()
    if explained:
        mechanism = [Claim(explained.text, (Evidence(explained.line, explained.line, quote(explained.raw)),))]
        weak = ("cause",) if explained.weight >= 0.6 else ()
    else:
        ends = (*_seen(first, clean), *fixed[0].evidence)
        mechanism = [Claim("The session does not say why; the failure went away with the change below.", ends)]
        weak = ("unexplained",)
    dead = _dead_ends(problem, root=root, clean=clean, left_out=left_out)
    return Draft(
        title=_title(explained, message, command, unlock[0].text),
        description=_description(command, message, where.errors),
        situation=tuple(situation), mechanism=tuple(mechanism), dead_ends=tuple(dead), unlock=tuple(unlock),
        verification=tuple(verification), scope=where, check=" ".join(_program(problem)),
        signature=failure.signature(message), confidence=0.0, line=first.step.line, weak=weak,
    )  # fmt: skip


def _situation(
    problem: Problem, told: Sequence[Event], *, root: str, clean: Cleaner, command: str, message: str
) -> Iterator[Claim]:
    seen = tuple(_seen(problem.failures[0], clean))
    times = len(problem.failures)
    again = f" {times} times" if times > 2 else ""
    said = prose.code(message, root=root, most=22)
    yield Claim(prose.closed(f"{prose.code(command, root=root)} fails{again} with {said}"), seen)
    asked = _asked(problem, told, clean)
    if asked:
        sentence, line = asked
        shown = prose.neutral(sentence, root=root)
        if 4 <= len(shown.split()) <= 24 and not noise.is_order(sentence):
            yield Claim(
                prose.closed(f'It was asked for as: "{shown.rstrip(".")}"'), (Evidence(line, line, quote(sentence)),)
            )


def _seen(failed: Failed, clean: Cleaner) -> Iterator[Evidence]:
    message = quote(clean(failed.failure.message)) or quote(clean(failed.step.output))
    if message:
        yield Evidence(failed.step.last, failed.step.last, message)


def _asked(problem: Problem, told: Sequence[Event], clean: Cleaner) -> tuple[str, int] | None:
    """Returns the user's sentence that tells of the trouble, and its line: the last words before the first failure."""
    for each in reversed(told[: problem.failures[0].step.at]):
        if each.kind == kinds.USER and each.text.strip() and not _WRAPPED.match(each.text) and not each.agent:
            found = list(prose.sentences(clean(each.text)))[:40]
            best = next((one for one in found if _TROUBLE.search(one)), "")
            return (best, each.line) if best else None
    return None


def _explained(problem: Problem, told: Sequence[Event], *, root: str, clean: Cleaner) -> explanation.Explained | None:
    """Returns why it failed, from what was said after the last attempt that did not help and just after the pass."""
    begin = problem.failures[-1].step.at if problem.dead_ends else problem.failures[0].step.at
    end = problem.passed.at + 1
    for each in told[end : end + _AFTER]:
        if each.kind == kinds.USER:
            break
        end += 1
    window = [each for each in told[begin:end] if each.agent == problem.passed.agent and each.is_active]
    about = {word.lower() for word in _WORD.findall(problem.failures[0].failure.message)}
    about |= {word.lower() for word in problem.failures[0].failure.errors}
    for step in problem.fix:
        for edit in step.edits:
            about |= {word.lower() for word in _WORD.findall(" ".join(change.lines(edit)))[:60]}
            about.add(edit.path.rpartition("/")[2].lower())
        for act in step.acts:
            about |= {word.lower() for word in act.words if len(word) > 3}
    return explanation.find(window, about=about - _COMMON, root=root, clean=clean)


_COMMON = frozenset(
    [
        "this",
        "that",
        "with",
        "from",
        "have",
        "self",
        "return",
        "import",
        "none",
        "true",
        "false",
        "test",
        "tests",
        "error",
        "file",
        "line",
        "else",
        "then",
        "const",
        "function",
        "async",
        "await",
        "def",
        "class",
        "func",
        "string",
        "assert",
        "expected",
    ]
)


def _dead_ends(problem: Problem, *, root: str, clean: Cleaner, left_out: Callable[[str], None]) -> list[Claim]:
    found: dict[str, Claim] = {}
    for attempt, failed in zip(problem.dead_ends, _after(problem), strict=False):
        told = next(change.claims(attempt, problem, root=root, clean=clean, most=14), None)
        if told:
            text = prose.closed(f"{told.text.rstrip('.')}: still failed" if failed else told.text)
            evidence = (*told.evidence[:1], *(_seen(failed, clean) if failed else ()))
            found.setdefault(told.text, Claim(text, evidence))
    kept: list[Claim] = []
    for claim in found.values():
        fits = fitting([claim], LIMITS["Dead ends"], left_out)
        if fits and len(kept) < MAX_DEAD_ENDS:
            kept += fits
        elif fits:
            left_out(claim.text)
    return kept


def _after(problem: Problem) -> Iterator[Failed]:
    return (each for each in problem.failures[1:] if each.changes)


def _verification(problem: Problem, *, root: str, clean: Cleaner) -> Iterator[Claim]:
    step = problem.passed
    command = problem.passing.text
    passed = failure.passed(step.output)
    shown = prose.code(quote(clean(command)), root=root, most=12)
    evidence = Evidence(step.line, step.line, quote(clean(command)))
    if passed:
        line = clean(passed)
        said = prose.code(quote(line.strip("= ")), root=root, most=10)
        yield Claim(
            prose.closed(f"{shown} then ends with {said}"), (evidence, Evidence(step.last, step.last, quote(line)))
        )
    else:
        yield Claim(prose.closed(f"{shown} then ends without an error"), (evidence,))


def _short_command(problem: Problem, root: str) -> str:
    words = [*problem.check.setting, *problem.check.words]
    text = prose.local(problem.check.text, root)
    return text if len(words) <= 8 and len(text) <= 90 else " ".join(_program(problem))


def _program(problem: Problem) -> tuple[str, ...]:
    words = [each for each in problem.check.words if not each.startswith("-")]
    return tuple(words[: 3 if words[1:2] == ["run"] else 2 if problem.runner.framework != words[0] else 1])[:3]


def _title(explained: explanation.Explained | None, message: str, command: str, unlock: str) -> str:
    """Returns one claim: the explanation where it is short enough, else what fails and what ends that."""
    if explained and explained.weight >= 0.5:
        plain = _unspanned(explained.text).rstrip(".")
        if len(plain) <= _TITLE:
            return plain
    says = message if len(message) <= 60 else message[:60].rpartition(" ")[0]
    text = f"{command} fails with {says.rstrip(' .:,')}"
    more = f" until {_lower(_unspanned(unlock).rstrip('.'))}"
    whole = text + more if len(text + more) <= _TITLE else text
    return _unspanned(whole if len(whole) <= _TITLE else whole[:_TITLE].rpartition(" ")[0])


def _description(command: str, message: str, errors: Sequence[str]) -> str:
    says = message if len(message) <= 180 else message[:180].rpartition(" ")[0]
    named = "" if not errors or any(each in says for each in errors) else f" ({errors[0]})"
    return f"Use when {_unspanned(command)} fails with: {says.rstrip(' .:,')}{named}."[:300]


def _unspanned(text: str) -> str:
    return text.replace("`", "")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
