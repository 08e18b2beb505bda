"""Finds the problems of a session: a check that failed, what was changed after it, and the same check passing.

What an attempt did between two failures of one kind is a dead end; what stands between the last failure and the pass is
the unlock. A problem that does not end this way is returned with the reason why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kit.distillation import failure, runner
from kit.distillation.reason import (
    CHANGED,
    FLAKY,
    INTERRUPTED,
    NEVER_PASSED,
    NO_CHANGE,
)
from kit.distillation.same import covers, differs, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.distillation.failure import Failure
    from kit.distillation.runner import Runner
    from kit.distillation.shell import Command
    from kit.distillation.step import Step

MAX_OPEN = 200  # checks that are followed at once: a session that fails in more ways than that is not read further
_FORMATS = frozenset(("fmt", "format", "prettier", "gofmt", "black"))


class Failed(NamedTuple):
    """One failing run of a check; `changes` are what was done since the run before (before the first: nothing)."""

    step: Step
    failure: Failure
    changes: tuple[Step, ...]


class Problem(NamedTuple):
    """A solved problem.

    `failures` are the runs with this failure, the first one first; `fix` what was done before the pass; `dead_ends` the
    attempts that were followed by the same failure, or taken back; `before` the files edited before the first failure.
    `is_reported` says that a person told of the failure and no command showed it: the one failure is what they said.
    """

    check: Command
    runner: Runner
    failures: tuple[Failed, ...]
    dead_ends: tuple[tuple[Step, ...], ...]
    fix: tuple[Step, ...]
    passed: Step
    passing: Command
    before: tuple[str, ...]
    is_reported: bool = False


class Unsolved(NamedTuple):
    """A failure that led to nothing, and why."""

    reason: str
    check: str
    line: int
    message: str


@dataclass
class _Open:
    """A check that has failed and not passed since."""

    command: Command
    runner: Runner
    before: tuple[str, ...]
    failures: list[Failed] = field(default_factory=list)
    since: list[Step] = field(default_factory=list)


def problems(steps: Iterable[Step]) -> tuple[list[Problem], list[Unsolved]]:
    """Returns the problems that were solved, in the order of their passing, and the failures that were not."""
    open_: dict[tuple[str, ...], _Open] = {}
    solved: list[Problem] = []
    unsolved: list[Unsolved] = []
    edited: dict[str, None] = {}
    for step in steps:
        if step.is_change:
            for each in open_.values():
                if step.edits or not all(covers(act, each.command) for act in step.acts):
                    each.since.append(step)
            edited |= {change.path: None for change in step.edits}
        if not step.checks or not step.is_active or step.has_failed is None or step.was_refused:
            continue
        if step.has_failed:
            _fail(step, open_, unsolved, before=tuple(edited))
            continue
        for name, each in list(open_.items()):
            passing = next((check for check, _ in step.checks if covers(check, each.command)), None)
            if passing is not None:
                del open_[name]
                found = _close(each, step, passing)
                (solved if isinstance(found, Problem) else unsolved).append(found)  # type: ignore[arg-type]
    unsolved += [_given_up(each) for each in open_.values()]
    return solved, unsolved


def _fail(
    step: Step, open_: dict[tuple[str, ...], _Open], unsolved: list[Unsolved], *, before: tuple[str, ...]
) -> None:
    command, known = _culprit(step)
    said = failure.read(step.output)
    there = open_.get(key(command)) or next((each for each in open_.values() if covers(command, each.command)), None)
    if there is None:
        if len(open_) >= MAX_OPEN:
            unsolved.append(Unsolved(NEVER_PASSED, command.text, step.line, said.message))
            return
        there = open_[key(command)] = _Open(command, known, before)
    there.failures.append(Failed(step, said, tuple(there.since) if there.failures else ()))
    there.since = []


def _culprit(step: Step) -> tuple[Command, Runner]:
    """Returns the command of a failing line that failed: the only check in it, else the last that is no formatter."""
    checks = [each for each in step.checks if not (_FORMATS & set(each[0].words[:4]))] or list(step.checks)
    if len(checks) == 1:
        return checks[0]
    for each in checks:
        if any(f"[{word}] ERROR" in step.output for word in each[0].words[1:4]):
            return each
    tests = [each for each in checks if each[1].kind == runner.TEST]
    return tests[0] if tests and "FAIL" in step.output.upper() else checks[-1]


def _close(found: _Open, step: Step, passing: Command) -> Problem | Unsolved:
    kept, carried = _without_slips(found.failures)
    everything = (*carried, *(each for each in found.since if each.at < step.at))
    failures, dead_ends = _same(kept, everything)
    taken_back, fix = _kept(everything)
    dead_ends = (*dead_ends, taken_back) if taken_back else dead_ends
    first = failures[0]
    if not fix and not differs(passing, failures[-1].step, found.command):
        reason = FLAKY if len(found.failures) == 1 else NO_CHANGE
        return Unsolved(reason, found.command.text, first.step.line, first.failure.message)
    if not first.failure.signature:
        return Unsolved(CHANGED, found.command.text, first.step.line, first.failure.message)
    return Problem(found.command, found.runner, failures, dead_ends, fix, step, passing, found.before)


def _without_slips(failures: list[Failed]) -> tuple[list[Failed], tuple[Step, ...]]:
    """Returns the runs without those in which only the change just made was at fault, and what those leave to the fix.

    A typing error in an attempt is no other problem: what was done before it and after it is one attempt.
    """
    kept: list[Failed] = [failures[0]]
    carried: tuple[Step, ...] = ()
    for each in failures[1:]:
        changes = (*carried, *each.changes)
        names = {change.path.replace("\\", "/").rpartition("/")[2] for step in changes for change in step.edits}
        is_other = each.failure.signature != kept[0].failure.signature
        if is_other and is_slip(each.failure) and any(name in each.step.output for name in names):
            carried = changes
        else:
            kept.append(each._replace(changes=changes))
            carried = ()
    return kept, carried


def is_slip(found: Failure) -> bool:
    """Says whether a failure is one that a slip of the pen makes: a name misspelt, an import forgotten."""
    return any(word in found.message.lower() for word in _SLIPS)


_SLIPS = (
    "undefined: ", "is not defined", "nameerror", "syntaxerror", "indentationerror", "unexpected token",
    "imported and not", "declared and not", "cannot find name", "missing import", "unused", "expected ';'",
    "unresolved import",
)  # fmt: skip


def _kept(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Returns what was taken back again before the pass, and what was not; taking back is all there is, or no part."""
    at = next((at for at in range(len(steps) - 1, -1, -1) if steps[at].undoes), -1)
    if at < 0:
        return (), steps
    before, after = tuple(each for each in steps[:at] if each.edits), steps[at + 1 :]
    return (before, after) if after else ((), steps[at:])


def _same(failures: list[Failed], fix: tuple[Step, ...]) -> tuple[tuple[Failed, ...], tuple[tuple[Step, ...], ...]]:
    """Returns the runs with the failure that the fix ended, and the attempts at it that did not help.

    When the failure changed on the way, it is the last one that the fix ended, unless the fix took back what had
    changed it: then that attempt led astray, and the first failure is the problem.
    """
    last = failures[-1].failure.signature
    at = len(failures) - 1
    while at > 0 and failures[at - 1].failure.signature == last:
        at -= 1
    if at > 0:
        taken_back = {change.undone for step in fix for change in step.edits}
        tried = {(change.path, change.old.strip(), change.new.strip())
                 for each in failures[1:] for step in each.changes for change in step.edits}  # fmt: skip
        is_back = any(step.undoes for step in fix) or bool(taken_back & tried)
        first = failures[0].failure.signature
        again = [each for each in failures if each.failure.signature == first]
        if is_back or (len(again) > 1 and again[-1] is failures[-1]):
            at = 0
    mine = failures[at:]
    return tuple(mine), tuple(each.changes for each in mine[1:] if each.changes)


def _given_up(found: _Open) -> Unsolved:
    last = found.failures[-1].step
    reason = INTERRUPTED if last.was_refused else NEVER_PASSED
    return Unsolved(reason, found.command.text, found.failures[0].step.line, found.failures[0].failure.message)
