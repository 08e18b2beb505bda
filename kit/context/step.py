"""Takes a step: does an operation, proposes it, or refuses, as kit.toml and whoever calls have decided.

Every step goes through here, with those who have a say in it before, during and after, and its commit says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import autonomy as levels
from kit.context import intercept, proposal, shape, thread, write
from kit.context import operation as operations
from kit.context.carry import DONE, PROPOSED, REFUSED, Asked, Outcome, carry
from kit.context.intercept import Refused
from kit.context.operation import OPERATIONS
from kit.context.proposal import Proposal
from kit.errors import Blocked, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.intercept import Interceptor
    from kit.context.thread import State
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

__all__ = ["DONE", "OPERATIONS", "PROPOSED", "REFUSED", "Outcome", "Step", "take"]


class Step(NamedTuple):
    """An operation on a thread with its arguments, as JSON (`kit.context.operation` has their shapes).

    `why` says who wants it where nobody typed it with its content in hand: `policy trim`, `engine command/x`,
    `strategy auto`; "" is a step that somebody typed. `make` returns the arguments with the text that has to be made
    first, as a model does; it is called only for what is done or proposed. `more` is what cannot be proposed: True
    finishes a merge that waits, a Note is noted along with a pin.
    """

    thread: str
    operation: str
    arguments: Mapping[str, Any]
    why: str = ""
    is_policy: bool = False
    make: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    more: Any = None


def take(
    store: Store,
    step: Step,
    *,
    autonomy: str = "",
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    interceptors: Sequence[Interceptor] = (),
) -> Outcome:
    """Does a step, proposes it, or refuses; nothing is sent.

    What somebody typed is done, unless `autonomy` is collaborative: then it is proposed. What has a `why` is done,
    proposed or refused as `kit.context.autonomy.level` says. What an interceptor or a level refuses is returned
    (`Outcome.refusal`); what the operation itself cannot do is raised: Blocked for a summary that lacks a pattern,
    Taken, NotFound, InvalidInput, and what `make` raises.
    """
    does = operations.named(step.operation)
    level = levels.level(store.repository.config, step.operation, given=autonomy, is_policy=step.is_policy)
    if not step.why:
        level = levels.COLLABORATIVE if autonomy == levels.COLLABORATIVE else levels.MANUAL
    state = thread.read(store, step.thread)
    notes: dict[str, object] = {"Operation": step.operation, "Autonomy": level}
    notes |= {"Why": redactor.text(step.why)[: proposal.MAX_LINE]} if step.why else {}
    typed = shape.checked(shape.unwritten(does.shape) if step.make else does.shape, dict(step.arguments), redactor)
    said = does.said(typed)
    if step.why and level == levels.MANUAL:
        return Outcome(REFUSED, level, said, refusal=_by_hand(step, typed))
    try:
        asked = asked_of(state, step.operation, notes, author=author, redactor=redactor, interceptors=interceptors)
        arguments = asked.before(typed, is_whole=not step.make)
        is_proposed = level == levels.COLLABORATIVE
        waits = proposal.proposals(store, state, redactor).proposals if is_proposed and step.why else ()
        if known := _known(store, state, step, arguments, waits):
            return Outcome(PROPOSED, level, said, proposal=known, is_known=True)
        if step.make:
            arguments = asked.checked(step.make(arguments))
        if is_proposed and step.more:
            raise InvalidInput("only a step of its own can be proposed", hint="leave --propose out", code="usage")
        if is_proposed:
            return _propose(store, state, step, arguments, waits, notes=notes, author=author)
        return carry(store, state, asked, arguments, author=author, random=random, more=step.more)
    except Refused as refusal:
        return Outcome(REFUSED, level, said, refusal=refusal)


def asked_of(
    state: State, operation: str, notes: dict[str, object], *, author: Author, redactor: Redactor,
    interceptors: Sequence[Interceptor],
) -> Asked:  # fmt: skip
    """Returns who has a say in an operation, with what they are told of it. Raises Refused for one not trusted."""
    event = {
        "operation": operation, "thread": state.thread, "base": state.commit, "agent": author.name,
        "instance": author.instance, "autonomy": notes["Autonomy"], "why": notes.get("Why", ""),
        "proposal": notes.get("Proposal", ""),
    }  # fmt: skip
    return Asked(intercept.of(interceptors, operation), event, notes, redactor)


def _by_hand(step: Step, arguments: Mapping[str, Any]) -> Blocked:
    does = operations.named(step.operation)
    at = f"--{'into' if step.operation == 'collapse' else 'on'} {step.thread}"
    return Blocked(
        f"{step.why} would {does.said(arguments)} in {step.thread}, and {step.operation} is left to people (manual)",
        hint=f"kit context {does.words(arguments)} {at}, or --autonomy collaborative",
        code="manual", operation=step.operation,
    )  # fmt: skip


def _known(store: Store, state: State, step: Step, arguments: Mapping[str, Any], waits: Sequence[Proposal]) -> str:
    """Returns the id of an open proposal that is as good as this one: about the same, or of the same policy."""
    if not waits:
        return ""
    about = proposal.about(store, state, step.operation, arguments)
    for each in waits:
        is_same = each.id.startswith(about) or (
            step.is_policy and (each.operation, each.why) == (step.operation, step.why)
            and not proposal.change(store, state, each)
        )  # fmt: skip
        if is_same:
            return each.id
    return ""


def _propose(
    store: Store, state: State, step: Step, arguments: Mapping[str, Any], waits: Sequence[Proposal], *,
    notes: dict[str, object], author: Author,
) -> Outcome:  # fmt: skip
    does = operations.named(step.operation)
    name = proposal.id_of(store, state, step.operation, arguments)
    made = Proposal(
        name, step.thread, author.when, step.operation, arguments, state.commit, author.name, author.instance,
        str(notes.get("Why", "")), does.tokens(state, arguments),
    )  # fmt: skip
    late = [each.path for each in waits if step.is_policy and (each.operation, each.why) == (made.operation, made.why)]

    def edit(base: Base) -> Edit:
        stands = proposal.names(store, base)
        same = [made.path] if made.path in stands else proposal.kin(stands, name) if step.why else []
        if same:
            raise _KnownError(proposal.name_at(same[0]))
        if len(stands) >= proposal.MOST:
            raise Blocked(f"{len(stands)} proposals wait in {step.thread}", hint="kit context proposals", code="many")
        return {**{path: None for path in late if path in stands}, made.path: made.dump()}

    outcome = Outcome(PROPOSED, str(notes["Autonomy"]), does.said(arguments), proposal=name)
    try:
        commit = write.commit(
            store, step.thread, edit, event="context-propose", subject=f"propose to {outcome.said}", author=author,
            notes={**notes, "Proposal": name},
        )  # fmt: skip
    except _KnownError as known:
        return outcome._replace(proposal=known.name, is_known=True)
    return outcome._replace(commit=commit)


class _KnownError(Exception):
    """The same is proposed already."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
