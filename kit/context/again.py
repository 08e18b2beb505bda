"""Says again of policies what was found of them, where what was added since cannot have changed it.

So adding does not take longer the more entries there are, and loads nothing that takes steps: what was found is kept
with the thread's totals until anything but adding is done to it. `kit context maintain` looks at all anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from kit.context import autonomy, due, tip
from kit.context.acted import Acted

if TYPE_CHECKING:
    from kit.context.add import Added
    from kit.context.due import Facts, Held
    from kit.context.policy import Policy
    from kit.context.thread import State
    from kit.context.totals import Told
    from kit.store.store import Store

#: A fold that was not worth it is looked at again when this part of the entries has come on top.
PART = 10


def again(store: Store, held: Held, added: Added, *, now: float) -> tuple[list[Acted], list[Policy]]:
    """Returns what is said again of policies that hold after an addition, and those that are to be looked at."""
    found: list[Acted] = []
    left: list[Policy] = []
    for each in held.policies:
        before = held.facts.totals.told.get(each.id)
        if not before or before.key != key(store, held.state, each) or _matters(each, before, held.facts, added):
            left.append(each)
            continue
        verdict = due.verdict(each, held.facts, now=now)
        found.append(
            Acted(
                held.facts.thread, each.id, before.state, verdict, before.said, before.next,
                proposal=before.proposal, is_known=bool(before.proposal),
            )
        )  # fmt: skip
    return found, left


def key(store: Store, state: State, policy: Policy) -> str:
    """Names what counts for a policy beside the entries: what it says, who decides, and what a rebase would bring."""
    named = [policy.when, policy.do, autonomy.of(store.repository.config, policy.operation)]
    if policy.operation == "rebase":
        source = due.source_of(state, policy)
        named += [source, tip.tip(store, source).oid if source else ""]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]


def _matters(policy: Policy, before: Told, facts: Facts, added: Added) -> bool:
    """Whether what was added since can have changed what a policy wants."""
    if policy.operation == "pin":
        return any(policy.when["tag"] in each.tags for each in added.entries)
    if policy.operation == "compress" and not before.said:
        return facts.totals.entries >= before.entries + max(due.WORTH, before.entries // PART)
    return False
