"""Which sessions of this machine to mirror."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kit import harnesses
from kit.errors import InvalidInput, NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.harnesses.harness import Places, Source

AUTO = "auto"
#: The variable that names a transcript, whoever wrote it.
STATED = "KIT_TRANSCRIPT"


class Wanted(NamedTuple):
    """What was asked for: a harness or AUTO, a session's id or the beginning of one, or all of this project's.

    `own` is the harness and the session that the shell belongs to, "" where nothing tells.
    """

    harness: str = AUTO
    session: str = ""
    is_all: bool = False
    own: tuple[str, str] = ("", "")


def sources(places: Places, wanted: Wanted, *, project: Path) -> list[Source]:
    """Returns the sessions to mirror, newest first; those of sub-agents come with the session they belong to.

    Raises NotFound when there is none, InvalidInput when several begin like `wanted.session`, UsageError for a harness
    that is not known.
    """
    names = [wanted.harness] if wanted.harness != AUTO else list(harnesses.HARNESSES)
    if wanted.harness not in (AUTO, *harnesses.HARNESSES):
        near = difflib.get_close_matches(wanted.harness, harnesses.HARNESSES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(harnesses.HARNESSES)}"
        raise UsageError(f"no harness {wanted.harness!r} is known", hint=hint, code="harness")
    if wanted.is_all:
        return _ordered(_find(names, places, project))
    stated = places.environment.get(STATED, "")
    if stated and not wanted.session and wanted.harness == AUTO:
        return [harnesses.source_of(Path(stated))]
    own_harness, own_session = wanted.own
    if wanted.session:
        return _named(names, places, project, wanted.session)
    if own_session and own_harness in names:
        return _named([own_harness], places, project, own_session)
    found = _ordered(_find(names, places, project))
    main = [each for each in found if not each.parent] or found
    if not main:
        raise NotFound(
            f"no session of {'any harness' if wanted.harness == AUTO else wanted.harness} was found for {project}",
            hint="name one with --session ID; docs/harnesses.md says where they are looked for", code="no_session",
        )  # fmt: skip
    return _family(found, main[0])


def _named(names: list[str], places: Places, project: Path, session: str) -> list[Source]:
    known: list[Source] = []
    for within in (project, None):
        known = _find(names, places, within)
        exact = [each for each in known if each.session == session.lower()]
        found = exact or _eldest([each for each in known if each.session.startswith(session.lower())])
        if len({(each.harness, each.session) for each in found}) > 1:
            told = ", ".join(f"{each.harness}/{each.session}" for each in found[:5])
            raise InvalidInput(
                f"{session!r} can be {len(found)} sessions: {told}", hint="name more of it", code="ambiguous"
            )
        if found:
            return _family(known, found[0])
    near = difflib.get_close_matches(session, [each.session for each in known], n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "kit session mirror --all takes every one of this project"
    raise NotFound(f"no session {session!r} was found on this machine", hint=hint, code="no_session", value=session)


def _eldest(found: list[Source]) -> list[Source]:
    """Returns only the sessions of their own, where there are some."""
    return [each for each in found if not each.parent] or found


def _find(names: Iterable[str], places: Places, project: Path | None) -> list[Source]:
    return [each for name in names for each in harnesses.HARNESSES[name].find(places, project=project)]


def _family(known: list[Source], first: Source) -> list[Source]:
    """Returns a session and those of the sub-agents that it, or they, started."""
    family = {(first.harness, first.session)}
    found = [first]
    for _ in range(len(known)):
        more = [
            each
            for each in known
            if (each.harness, each.parent) in family and (each.harness, each.session) not in family
        ]
        if not more:
            break
        family |= {(each.harness, each.session) for each in more}
        found += more
    return found


def _ordered(found: list[Source]) -> list[Source]:
    return sorted(found, key=lambda each: (-each.modified, each.harness, each.session))
