"""The engine that needs no model: reads a session's calls and results, and writes down what they show.

It says only what stands in the session: a command, what it printed, what was changed, the assistant's own sentence.
Better no candidate than a poor one: each failure that gives none is returned with the reason.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kit.distillation import attempt, failure, noise, reason, reported, runner, telling
from kit.distillation.draft import Distilled, Refused
from kit.distillation.explanation import Cleaner
from kit.distillation.step import steps
from kit.harnesses import event as kinds
from kit.safety.text import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kit.distillation.attempt import Problem, Unsolved
    from kit.distillation.draft import Draft
    from kit.harnesses.event import Event

MAX_EVENTS = 200_000
THRESHOLD = 0.6
MANY = 12  # edits before the pass: which of them helped cannot be told


def distill(events: Iterable[Event], *, root: str, redact: Callable[[str], str]) -> Distilled:
    """Returns the candidates in a session, best evidence first within its order, and all that gave none.

    `root` is the folder the session worked in, "" when nothing tells; `redact` takes secrets out of a text.
    """
    told = list(_bounded(events))
    clean = Cleaner(redact)
    drafts: list[Draft] = []
    refused: list[Refused] = []
    cut: list[str] = []
    agents = Counter(each.agent for each in told)
    for agent in sorted(agents, key=lambda name: (bool(name), name)):
        mine = [(at, each) for at, each in enumerate(told) if each.agent == agent]
        calls = steps(mine)
        solved, unsolved = attempt.problems(calls)
        if not agent:
            solved += reported.find(told, calls)
        refused += [Refused(_why(each), _what(each.check, each.message, clean), each.line) for each in unsolved]
        for each in solved:
            found = _judged(each, told, root=root, clean=clean, cut=cut)
            if isinstance(found, Refused):
                refused.append(found)
            elif any(_is_same(found, other) for other in drafts):
                refused.append(Refused(reason.REPEATED, found.title, found.line))
            else:
                drafts.append(found)
    if not drafts and not refused:
        refused.append(Refused(_why_nothing(told), "the whole session", 0))
    return Distilled(tuple(drafts), tuple(sorted(refused, key=lambda each: each.line)), tuple(cut))


def _what(check: str, message: str, clean: Cleaner) -> str:
    return bare(clean(f"{check}: {message}" if message else check))[:200]


def _why(found: Unsolved) -> str:
    is_git = found.check.startswith("git ") and found.reason in (reason.FLAKY, reason.NO_CHANGE, reason.NEVER_PASSED)
    return reason.RELEASE_NOISE if is_git else found.reason


def _bounded(events: Iterable[Event]) -> Iterable[Event]:
    for count, each in enumerate(events):
        if count >= MAX_EVENTS:
            return
        yield each


def _judged(problem: Problem, told: Sequence[Event], *, root: str, clean: Cleaner, cut: list[str]) -> Draft | Refused:
    """Returns the draft for a solved problem, or why there is none."""
    what = _what(problem.check.text, problem.failures[0].failure.message, clean)
    line = problem.failures[0].step.line
    why = _unfit(problem)
    if why:
        return Refused(why, what, line)
    mine: list[str] = []
    draft = telling.tell(problem, told, root=root, clean=clean, left_out=mine.append)
    if draft is None:
        return Refused(reason.TOO_LITTLE_TEXT, what, line)
    explained = "unexplained" not in draft.weak
    why = _unteaching(problem, draft, explained=explained)
    if why:
        return Refused(why, what, line)
    confidence = _confidence(problem, draft, explained=explained)
    if confidence < THRESHOLD:
        return Refused(reason.LOW_CONFIDENCE, what, line)
    cut += mine
    return draft._replace(confidence=confidence, weak=tuple(each for each in draft.weak if each != "cause"))


def _unteaching(problem: Problem, draft: Draft, *, explained: bool) -> str:
    """Returns why what was told of a problem teaches nobody, "" when it does."""
    if _is_begun(problem) and not draft.dead_ends:
        return reason.NEW_WORK
    if problem.is_reported and not explained:
        return reason.NO_EXPLANATION
    is_own = _is_own(problem)
    is_slip = is_own and (_is_own_test(problem) or attempt.is_slip(problem.failures[0].failure))
    if not draft.dead_ends and (not explained or is_slip or (is_own and "cause" not in draft.weak)):
        return reason.OWN_SLIP if is_own else reason.NO_EXPLANATION
    if explained and not draft.dead_ends and noise.is_boilerplate(draft.mechanism[0].evidence[0].excerpt):
        return reason.BOILERPLATE
    told = " ".join(each.text for part in (draft.situation, draft.mechanism, draft.unlock) for each in part)
    return reason.HOSTILE if noise.is_order(told) or noise.is_order(draft.title) else ""


def _unfit(problem: Problem) -> str:
    """Returns why a solved problem can be told to nobody, "" when it can."""
    last = problem.failures[-1]
    edits = sum(len(step.edits) for step in problem.fix)
    if problem.runner.kind == runner.STYLE and not problem.dead_ends:
        return reason.STYLE_ONLY
    if edits > MANY and not problem.dead_ends:
        return reason.TOO_LARGE
    if problem.runner.kind == runner.GIT and "nothing to commit" in last.step.output:
        return reason.RELEASE_NOISE
    if not last.failure.message and not last.failure.errors:
        return reason.CHANGED
    return ""


def _is_own(problem: Problem) -> bool:
    """Says whether the failure names a file that this session had edited before it first failed, as a slip does."""
    said = problem.failures[0].step.output
    names = {path.replace("\\", "/").rpartition("/")[2] for path in problem.before}
    mended = {c.path.replace("\\", "/").rpartition("/")[2] for step in problem.fix for c in step.edits}
    is_kind = problem.runner.kind in (runner.TYPES, runner.BUILD, runner.STYLE)
    if _is_own_test(problem):
        return True
    is_slip = is_kind or attempt.is_slip(problem.failures[0].failure)
    return is_slip and bool(mended) and any(name in said for name in names & mended if name)


def _is_own_test(problem: Problem) -> bool:
    """Says whether all that was mended are tests which the session had written before they failed."""
    mended = {change.path for step in problem.fix for change in step.edits}
    return bool(mended) and mended <= set(problem.before) and all("test" in path.lower() for path in mended)


def _is_begun(problem: Problem) -> bool:
    """Says whether the failure is that of a test which the session had just written, about what is not there yet."""
    said = problem.failures[0].step.output
    tests = [path.replace("\\", "/").rpartition("/")[2] for path in problem.before if "test" in path.lower()]
    lacks = any(word in problem.failures[0].failure.message.lower() for word in _LACKS)
    return lacks and any(name in said or name in problem.check.text for name in tests)


_LACKS = (
    "importerror", "modulenotfound", "attributeerror", "not implemented", "notimplemented", "undefined", "not defined",
    "is not a function", "cannot find", "no attribute", "cannot import", "unresolved", "no method", "does not exist",
)  # fmt: skip


def _confidence(problem: Problem, draft: Draft, *, explained: bool) -> float:
    edits = sum(len(step.edits) for step in problem.fix)
    score = 0.4  # it failed, something was changed, and the same check passed
    score += 0.2 if explained else 0.0
    score += min(0.2, 0.1 * len(draft.dead_ends))
    score += 0.1 if problem.failures[0].failure.errors else 0.0
    score += 0.1 if len(problem.failures) > 1 else 0.0
    score += 0.1 if edits <= 3 else -0.1 if edits > 6 else 0.0
    score += 0.1 if failure.passed(problem.passed.output) else 0.0
    score -= 0.2 if problem.is_reported else 0.0
    score -= 0.1 if problem.runner.kind in (runner.STYLE, runner.GIT) else 0.0
    return round(max(0.0, min(1.0, score)), 2)


def _is_same(one: Draft, other: Draft) -> bool:
    return one.signature == other.signature and one.scope.languages == other.scope.languages


def _why_nothing(told: Sequence[Event]) -> str:
    said = " ".join(each.text[:2000] for each in told if each.kind in (kinds.USER, kinds.ASSISTANT))
    is_short = len(said.split()) < 40
    if any(each.kind in (kinds.CALL, kinds.RESULT) for each in told) or not is_short:
        return reason.NO_FAILURE
    return reason.TOO_LITTLE_TEXT
