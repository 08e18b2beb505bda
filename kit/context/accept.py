"""Accepts and rejects proposals: carried out by whoever accepts, against what the thread holds now, and once.

The proposal goes in the very commit that carries it out. A branch stands on a ref of its own: it is begun first, and
known again by its trailer, so that whoever dies in between only has to accept again.
"""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING

from kit.context import autonomy, proposal, step, thread, write
from kit.context.carry import REFUSED, Outcome, carry
from kit.context.intercept import Refused
from kit.context.thread import State
from kit.errors import InvalidInput, KitError, NotFound, Taken
from kit.store.author import Author

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.intercept import Interceptor
    from kit.context.write import Base, Edit
    from kit.store.store import Store

#: Seconds by which the clock of whoever proposed may be ahead.
SKEW = 86400.0
MAX_REASON = 500


def accept(
    store: Store,
    name: str,
    proposal_id: str,
    *,
    author: Author,
    redactor: Redactor,
    interceptors: Sequence[Interceptor] = (),
) -> Outcome:
    """Carries out a proposal of the thread `name`, and removes it with all others about the same; nothing is sent.

    What it makes bears the proposer's name and time, so that two who accept the same apart make the same. Raises
    NotFound, Taken when what it was about was changed or it was settled meanwhile, and what the operation raises.
    """
    state = thread.read(store, name)
    found = proposal.find(store, state, proposal_id, redactor)
    if found.at > author.when + SKEW:
        raise InvalidInput(f"{found.id} was made in the future", hint=f"kit context reject {found.id}", code="time")
    proposal.check(store, state, found)
    notes: dict[str, object] = {
        "Operation": found.operation, "Autonomy": autonomy.COLLABORATIVE, **({"Why": found.why} if found.why else {}),
        "Proposal": found.id, "Proposed-By": f"{found.agent} {found.instance}",
        "Accepted-By": f"{author.name} {author.instance}",
    }  # fmt: skip

    def files(base: Base) -> Edit:
        stands = proposal.names(store, base)
        if stands.get(found.path) != state.files[found.path]:
            raise _settled(found.id)
        if base.oid != state.commit:
            proposal.check(store, State(store, name, base.oid), found)
        return dict.fromkeys(proposal.kin(stands, found.id))

    maker = Author(found.agent, found.instance, found.at)
    try:
        asked = step.asked_of(
            state, found.operation, notes, author=author, redactor=redactor, interceptors=interceptors
        )
        arguments = asked.before(found.arguments)
        outcome = carry(
            store,
            state,
            asked,
            arguments,
            author=author,
            maker=maker,
            base=found.base,
            random=_digits(found.id),
            files=files,
        )
    except Refused as refusal:
        return Outcome(REFUSED, autonomy.COLLABORATIVE, found.said, proposal=found.id, refusal=refusal)
    if found.operation == "branch":
        write.commit(
            store, name, files, event="context-accept", subject=f"accept to {found.said}", author=author, notes=notes
        )
    return outcome._replace(proposal=found.id)


def reject(store: Store, name: str, proposal_id: str, *, author: Author, redactor: Redactor, reason: str = "") -> str:
    """Removes a proposal, be it broken, and returns the commit that says why; nothing is sent.

    Raises NotFound when there is none, Taken when it was settled meanwhile.
    """
    state = thread.read(store, name)
    files = [f"{proposal.FOLDER}/{proposal_id}{ending}" for ending in (".json", "")]
    path = next((each for each in files if each in state.files), "")
    if not path:
        proposal.find(store, state, proposal_id, redactor)
        raise NotFound(f"no proposal {proposal_id!r} waits in {name}", hint="kit context proposals lists them")
    notes = {"Proposal": proposal_id, "Why": _why(store, state, proposal_id, redactor)}
    notes |= {"Reason": redactor.text(reason)[:MAX_REASON]}

    def edit(base: Base) -> Edit:
        if store.objects.blob_id(base.oid, f"{base.folder}/{path}") != state.files[path]:
            raise _settled(proposal_id)
        return {path: None}

    return write.commit(
        store, name, edit, event="context-reject", subject=f"reject {proposal_id}", author=author,
        notes={key: value for key, value in notes.items() if value},
    )  # fmt: skip


def _why(store: Store, state: State, proposal_id: str, redactor: Redactor) -> str:
    """Returns who wanted what is rejected, so that a policy does not want it again; "" for one that is broken."""
    try:
        return proposal.find(store, state, proposal_id, redactor).why
    except KitError:
        return ""


def _settled(name: str) -> Taken:
    return Taken(f"{name} was accepted or rejected meanwhile", hint="kit context log", code="settled", retryable=False)


def _digits(name: str) -> Callable[[], str]:
    """Returns what gives eight hex digits that are the same for whoever accepts this proposal."""
    numbers = count()
    return lambda: hashlib.sha256(f"{name} {next(numbers)}".encode()).hexdigest()[:8]
