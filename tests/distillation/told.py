"""Distils stories for tests, and puts what came into a form that is easily looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.config import defaults
from kit.distillation import block, rules
from kit.harnesses import HARNESSES
from kit.safety.redact import redactor
from tests.distillation.stories import SESSIONS
from tests.distillation.transcript import CWD, claude

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

    from kit.distillation.draft import Distilled, Draft
    from kit.harnesses.event import Event
    from kit.records.record import Record

SESSION = "sessions/claude-code/s"


def events(story: Sequence[NamedTuple]) -> list[Event]:
    """Returns the events of a story that Claude Code wrote down."""
    return list(HARNESSES["claude-code"].events(enumerate(claude(story), 1)))


def of_story(story: Sequence[NamedTuple]) -> Distilled:
    return rules.distill(events(story), root=CWD, redact=redact())


def of_session(name: str) -> Distilled:
    session = SESSIONS[name]
    found = HARNESSES[session.harness].events(enumerate(session.records(), 1))
    return rules.distill(found, root=CWD, redact=redact())


def as_block(draft: Draft) -> Record:
    return block.make(draft, session=SESSION, by="kit-distill/1", at="2026-11-20T10:00:00Z")


def redact():  # type: ignore[no-untyped-def]
    return redactor(defaults(), home="/home/maria").text


def texts(draft: Draft) -> dict[str, list[str]]:
    """Returns the sentences of a draft by their sections."""
    return {
        name: [claim.text for claim in getattr(draft, name)]
        for name in ("situation", "mechanism", "dead_ends", "unlock", "verification")
    }


def reasons(found: Distilled) -> list[str]:
    return [each.reason for each in found.refused]
