"""Finds problems that a person tells of and no command had shown: what was changed for it, and the test that passed.

Weaker evidence than a check that was seen to fail, so more is asked: a word of breaking, few edits, a test that says
that it passed, and (where it is judged) the assistant's own explanation.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from kit.distillation import failure, prose, runner
from kit.distillation.attempt import Failed, Problem
from kit.distillation.failure import Failure
from kit.distillation.step import Step
from kit.harnesses import event as kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.harnesses.event import Event

_FEW = 6  # edits
_LONG = 30  # words of a sentence that is told whole
_CLAUSE = re.compile(r"\s+[-\u2013\u2014]\s+|[;,:]\s+")
_BREAKS = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|crash\w*|broken?|breaks|blow\w* up|panics?|panicked|exceptions?|traceback|stack trace"
    r"|hangs?"
    r"|throws?|segfaults?|(?:an?|the|this|with|following) error)\b",
    re.IGNORECASE,
)
_WRAPPED = re.compile(
    r"^\s*(?:<|Caveat:|\[Request interrupted|This session is being continued|# AGENTS\.md)", re.IGNORECASE
)


def find(told: Sequence[Event], steps: Sequence[Step]) -> Iterator[Problem]:
    """Yields the problems of the session's own agent; a turn in which a check failed has none: that one was seen."""
    turns = [at for at, each in enumerate(told) if each.kind == kinds.USER and each.text.strip() and not each.agent]
    for begin, end in pairwise([*turns, len(told)]):
        said = told[begin]
        if _WRAPPED.match(said.text) or not said.is_active or not _BREAKS.search(said.text[: prose.MAX_TEXT]):
            continue
        mine = [each for each in steps if begin < each.at < end and each.is_active]
        if any(each.checks and each.has_failed for each in mine):
            continue
        fix = tuple(each for each in mine if each.is_change)
        edits = [each for each in fix if each.edits]
        if not edits or sum(len(each.edits) for each in edits) > _FEW:
            continue
        found = _told(said, begin, fix, [each for each in mine if each.at > edits[-1].at])
        if found:
            yield found


def _told(said: Event, at: int, fix: tuple[Step, ...], after: list[Step]) -> Problem | None:
    for step in after:
        tests = [each for each in step.checks if each[1].kind == runner.TEST]
        if not tests or step.has_failed is not False or not failure.passed(step.output):
            continue
        sentence = next((each for each in prose.sentences(said.text) if _BREAKS.search(each)), "")
        if len(sentence.split()) > _LONG:
            sentence = next((each for each in _CLAUSE.split(sentence) if _BREAKS.search(each)), "")
        pasted = failure.read(failure.ends(said.text))
        message = sentence or pasted.message
        if not message:
            return None
        seen = Step(at, said.line, said.line, "", "", (), (), (), said.text[: prose.MAX_TEXT], None, False, True, "")
        failed = Failed(seen, Failure(message, failure.signature(message), pasted.errors), ())
        check, known = tests[0]
        before = tuple(each for each in fix if each.at < step.at)
        return Problem(check, known, (failed,), (), before, step, check, (), is_reported=True)
    return None
