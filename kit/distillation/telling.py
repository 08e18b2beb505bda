"""Tells a solved problem in sentences: what one sees, why, what does not help, what does, and how to see it."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from kit.distillation import change, explanation, failure, naming, noise, prose
from kit.distillation.claim import Claim, Evidence, fitting, quote
from kit.distillation.draft import LIMITS, MAX_DEAD_ENDS, Draft
from kit.distillation.scope import scope
from kit.harnesses import event as kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kit.distillation.attempt import Failed, Problem
    from kit.distillation.explanation import Cleaner
    from kit.harnesses.event import Event

_AFTER = 12  # events after the pass in which the assistant sums up
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{3,40}")
_SPECIFIC = re.compile(r"\b[A-Za-z]\w*[-_.A-Z0-9]\w{2,40}")
_NEAR = 4000  # characters at the end of an output
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
    command = naming.command(problem, root)
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
    weak = (*weak, "reported") if problem.is_reported else weak
    dead = _dead_ends(problem, root=root, clean=clean, left_out=left_out)
    return Draft(
        title=naming.title(explained, message, naming.named(problem), unlock[0].text, problem.is_reported),
        description=naming.description(naming.named(problem), message, where.errors, problem.is_reported),
        situation=tuple(situation), mechanism=tuple(mechanism), dead_ends=tuple(dead), unlock=tuple(unlock),
        verification=tuple(verification), scope=where, check=" ".join(naming.program(problem)),
        signature=failure.signature(message), confidence=0.0, line=first.step.line, weak=weak,
    )  # fmt: skip


def _situation(
    problem: Problem, told: Sequence[Event], *, root: str, clean: Cleaner, command: str, message: str
) -> Iterator[Claim]:
    seen = tuple(_seen(problem.failures[0], clean))
    if problem.is_reported:
        yield Claim(prose.closed(f'A user reports: "{prose.neutral(message, root=root).rstrip(".")}"'), seen)
        return
    times = len(problem.failures)
    again = f" {times} times" if times > 2 else ""
    said = prose.code(message, root=root, most=22)
    yield Claim(prose.closed(f"{prose.code(command, root=root)} fails{again} with {said}"), seen)
    asked = _asked(problem, told, clean)
    if asked:
        sentence, line = asked
        shown = prose.neutral(sentence, root=root)
        if 5 <= len(shown.split()) <= 24 and not noise.is_order(sentence):
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
    about |= {word.lower() for word in _SPECIFIC.findall(problem.failures[0].step.output[-_NEAR:])[:200]}
    for step in problem.fix:
        for edit in step.edits:
            about |= {word.lower() for word in _WORD.findall(f"{edit.old[:2000]} {edit.new[:2000]}")[:120]}
            about.add(edit.path.rpartition("/")[2].lower())
        for act in step.acts:
            about |= {word.lower() for word in act.words if len(word) > 3}
    about |= {part for word in about for part in word.split(".") if len(part) > 3}
    about -= _COMMON
    found = explanation.find(window, about=about, root=root, clean=clean, solved=problem.passed.last)
    if found and found.weight >= _SURE:
        return found
    # What it thought just before the change, when it said no more than that it makes it.
    near = problem.fix[0].at - _BEFORE if problem.fix else begin
    late = [each for each in told[max(begin, near) : end] if each.agent == problem.passed.agent and each.is_active]
    thought = explanation.find(late, about=about, root=root, clean=clean, kind=kinds.THINKING)
    return thought if thought and thought.weight >= _SURE else found


_SURE, _BEFORE = 0.6, 8  # how surely a thought must explain; events before the change in which it may stand
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
    for attempt, failed in zip_longest(problem.dead_ends, _after(problem)):
        told = next(change.claims(attempt or (), problem, root=root, clean=clean, most=14), None)
        if told:
            text = prose.closed(f"{told.text.rstrip('.')}: {'still failed' if failed else 'taken back'}")
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
    is_setting = problem.passing.setting and not problem.fix
    command = problem.passing.text if is_setting else problem.passing._replace(setting=()).text
    passed = failure.passed(step.output)
    shown = prose.code(quote(clean(command)), root=root, most=12)
    evidence = Evidence(step.line, step.line, quote(clean(step.shell)))
    if passed:
        line = clean(passed)
        said = prose.code(quote(line.strip("= ")), root=root, most=10)
        yield Claim(
            prose.closed(f"{shown} then ends with {said}"), (evidence, Evidence(step.last, step.last, quote(line)))
        )
    else:
        yield Claim(prose.closed(f"{shown} then ends without an error"), (evidence,))
