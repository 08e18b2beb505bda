"""From a mirrored session to candidates: reads the trace, distils it, and looks for what is known already.

Here the rooms meet: sessions, distillation, memory and review (what is known, and what was rejected). Nothing
is written but candidates; what lies in `blocks/` is never touched.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from kit import model as models
from kit.distillation import asked, block, reason, rules
from kit.distillation.draft import Refused
from kit.errors import KitError, NotFound
from kit.memory import source
from kit.model import prompt, trust
from kit.records import check, record, times
from kit.records.strict_json import Malformed
from kit.review import near, rejected
from kit.sessions import trace as traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kit.distillation.draft import Distilled, Draft
    from kit.memory.source import Source
    from kit.model import Model
    from kit.records.record import Record
    from kit.review.gate import Near
    from kit.sessions.trace import Trace
    from kit.store.store import Store

BY = "kit-distill/1"
NEW, EVIDENCE, KNOWN = "new", "more evidence", "known"
_HEAD = 40  # records in which the session's folder is looked for


class Candidate(NamedTuple):
    """One candidate: `state` says whether it is new, more evidence for the block `known`, or there already.

    `near` are reviewed records that say much the same; `cautions` what its reviewer should know of it.
    """

    record: Record
    state: str
    confidence: float
    known: str
    near: tuple[Near, ...]
    cautions: tuple[str, ...]


class Result(NamedTuple):
    """What a session gave; `cut` are sentences left out for the limits, `unread` events that did not fit a prompt."""

    session: str
    engine: str
    candidates: tuple[Candidate, ...]
    refused: tuple[Refused, ...]
    cut: tuple[str, ...]
    notes: tuple[str, ...]


def distill(
    store: Store,
    found: Trace,
    *,
    model: Model | None,
    redact: Callable[[str], str],
    now: float,
    nonce: str,
    waiting: Sequence[Record] = (),
    task: str = "",
) -> Result:
    """Returns the candidates in a session; nothing is written.

    Without a `model` the rules distil. `redact` takes secrets and home folders out of a text; `nonce` is random, for
    the prompt; `waiting` are the candidates that lie here already. Raises KitError when the model cannot be asked.
    """
    notes: list[str] = []
    root = _root(store, found)
    distilled = _distilled(store, found, model=model, redact=redact, nonce=nonce, root=root, notes=notes)
    base = _reviewed(store, notes)
    candidates: list[Candidate] = []
    refused = list(distilled.refused)
    taken = {each.id for each in waiting} | _ids(base)
    for draft in distilled.drafts:
        made = block.make(draft, session=found.ref, by=model.name if model else BY, at=times.stamp(now)[:19] + "Z",
                          taken=taken)  # fmt: skip
        if task:
            made = made.with_fields({"task": task})
        fault = _fault(made, redact)
        if fault:
            refused.append(Refused(reason.INVALID, f"{draft.title}: {fault}", draft.line))
            continue
        if base and (no := rejected.find(store.repository, made, [base.commit])):
            refused.append(Refused(reason.REJECTED, f"{draft.title}: {no.get('by')}: {no.get('reason')}", draft.line))
            continue
        candidate = _compared(made, draft, base, waiting)
        taken.add(candidate.record.id)
        candidates.append(candidate)
    return Result(
        found.name, model.name if model else "rules", tuple(candidates), tuple(refused), distilled.cut, tuple(notes)
    )


def _distilled(
    store: Store, found: Trace, *, model: Model | None, redact: Callable[[str], str], nonce: str, root: str,
    notes: list[str],
) -> Distilled:  # fmt: skip
    events = list(islice(traces.events(store, found), rules.MAX_EVENTS + 1))
    if len(events) > rules.MAX_EVENTS:
        notes.append(f"only the first {rules.MAX_EVENTS} events were read")
        events = events[: rules.MAX_EVENTS]
    if model is None:
        return rules.distill(events, root=root, redact=redact)
    text, unread = asked.prompt(
        events, fence=lambda told: prompt.data(told, nonce=nonce, name="transcript"), redact=redact
    )
    if unread:
        notes.append(f"{unread} events did not fit into the prompt: the model has not seen the end of the session")
    return asked.read(prompt.answer(model.ask(text)), events, root=root, redact=redact)


def _root(store: Store, found: Trace) -> str:
    """Returns the folder that the session says it works in, "" when none of its first records does."""
    for _, data in traces.records(store, found, 1, _HEAD):
        try:
            told: Any = json.loads(data)
        except (ValueError, RecursionError):
            continue
        for each in (told, told.get("payload") if isinstance(told, dict) else None):
            folder = each.get("cwd") if isinstance(each, dict) else None
            if isinstance(folder, str) and 1 < len(folder) < 400:
                return folder.rstrip("/\\")
    return ""


def _reviewed(store: Store, notes: list[str]) -> Source | None:
    try:
        base = source.reviewed(store.repository)
    except NotFound:
        return None
    notes += base.notes
    return base


def _ids(base: Source | None) -> set[str]:
    paths = base.ids() if base else ()
    return {path.rpartition("/")[2].removesuffix(".md") for path in paths}


def _fault(made: Record, redact: Callable[[str], str]) -> str:
    """Returns what is wrong with a candidate by the checks that every block passes, "" when nothing is."""
    try:
        data = made.dump()
        parsed = record.parse(made.path, data)
    except KitError as error:
        return error.message
    declared = _declared()
    if wrong := next((each for each in check.check(parsed, declared) if each.is_error), None):
        return wrong.message
    text = data.decode()
    return "what looks like a secret would stand in it" if redact(text) != text else ""


def _declared() -> Any:
    from kit.records import record_type

    return record_type.shipped()["block"]


def _compared(made: Record, draft: Draft, base: Source | None, waiting: Sequence[Record]) -> Candidate:
    """Returns the candidate beside what is known: the same problem gets more evidence, a near one is named."""
    cautions = tuple(_CAUTIONS[each] for each in draft.weak if each in _CAUTIONS)
    mark = made.meta["fingerprint"]
    known, reviewed = _same(base, mark), True
    if known is None:
        known, reviewed = next((each for each in waiting if each.meta.get("fingerprint") == mark), None), False
    if known is not None:
        more = block.more_evidence(known, made)
        where = known.path if reviewed else f"candidate {known.id}"
        if more is None:
            return Candidate(known, KNOWN, draft.confidence, where, (), cautions)
        return Candidate(more, EVIDENCE, draft.confidence, where, (), cautions)
    return Candidate(made, NEW, draft.confidence, "", tuple(near.find(made, _blocks(base))), cautions)


_CAUTIONS = {
    "unexplained": "the session does not say why it failed: write the mechanism before you approve it",
    "reported": "nobody saw it fail here: the failure is as the user told it",
    "model": "a model wrote it: what it quotes stands in the session, what it concludes from that is its own",
}


def _same(base: Source | None, mark: str) -> Record | None:
    """Returns the reviewed block with this fingerprint, None when there is none."""
    wanted = mark.encode()
    for path, data in _blocks(base):
        if wanted in data:
            try:
                parsed = record.parse(path, data)
            except Malformed:
                continue
            if parsed.meta.get("fingerprint") == mark:
                return parsed
    return None


def _blocks(base: Source | None) -> Iterator[tuple[str, bytes]]:
    """Yields the reviewed blocks with their paths."""
    paths = base.ids() if base else ()
    wanted = [path for path in paths if path.startswith(f"{block.FOLDER}/") and path.endswith(".md")]
    for file in base.read(wanted) if base else ():
        if file.data is not None:
            yield file.path, file.data


def model_of(store: Store, engine: str) -> Model | None:
    """Returns the model for an engine, None for `rules`. Raises UsageError or Blocked (see `kit.model.model`)."""
    if engine == "rules":
        return None
    repository = store.repository
    trusted = trust.trusted(repository.git.settings, models.TRUST)
    return models.model(
        repository.config, engine, environment=repository.environment, folder=repository.top, trusted=trusted
    )
