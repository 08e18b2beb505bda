"""What the project's policies make of a thread right after entries were added to it.

It must not take longer the more entries there are: what was found of a policy is kept with the thread's totals, and it
is looked at again only where what was added can matter to it. `kit context maintain` looks at all anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from kit.context import autonomy, due, maintain, thread, tip, totals
from kit.context.maintain import Acted
from kit.context.totals import Told

if TYPE_CHECKING:
    from kit.context.add import Added
    from kit.context.due import Facts, Held
    from kit.context.maintain import Means
    from kit.context.policy import Policy
    from kit.context.thread import State
    from kit.store.store import Store

#: A fold that was not worth it is looked at again when this part of the entries has come on top.
PART = 10


def after(store: Store, held: Held, added: Added, means: Means) -> list[Acted]:
    """Takes the steps of the policies that hold for a thread after an addition, and returns what somebody is to know.

    No model is asked, whatever the means, and nothing is sent.
    """
    means = means._replace(model=None)
    facts = held.facts
    state = thread.read(store, facts.thread)
    found: list[Acted] = []
    told = dict(facts.totals.told)
    for each in held.policies:
        key = _key(store, state, each)
        before = told.get(each.id)
        if before and before.key == key and not _matters(each, before, facts, added):
            found.append(_again(each, before, facts, means.author.when))
            continue
        acted = maintain.act(store, each, facts, means)
        found.append(acted)
        if acted.commit:
            state = thread.read(store, facts.thread)
            facts, told = due.facts(store, state), {}
        elif not acted.error:
            told[each.id] = Told(key, facts.totals.entries, acted.state, acted.said, acted.next, acted.proposal)
    if told != facts.totals.told:
        totals.keep(store, facts.thread, facts.totals._replace(told=told))
    return [each for each in found if each.state not in maintain.QUIET]


def _key(store: Store, state: State, policy: Policy) -> str:
    """Names what counts for a policy beside the entries: what it says, who decides, and what a rebase would bring."""
    source = due.source_of(state, policy) if policy.operation == "rebase" else ""
    named = [policy.when, policy.do, autonomy.of(store.repository.config, policy.operation), source]
    named.append(tip.tip(store, source).oid if source else "")
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]


def _matters(policy: Policy, before: Told, facts: Facts, added: Added) -> bool:
    """Whether what was added since can have changed what a policy wants."""
    if policy.operation == "pin":
        return any(policy.when["tag"] in each.tags for each in added.entries)
    if policy.operation == "compress" and not before.said:
        return facts.totals.entries >= before.entries + max(due.WORTH, before.entries // PART)
    return False


def _again(policy: Policy, before: Told, facts: Facts, now: float) -> Acted:
    return Acted(
        facts.thread, policy.id, before.state, due.verdict(policy, facts, now=now), before.said, before.next,
        proposal=before.proposal, is_known=bool(before.proposal),
    )  # fmt: skip
