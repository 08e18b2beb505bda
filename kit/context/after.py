"""What the project's policies make of a thread right after entries were added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import again, due, maintain, thread, totals
from kit.context.totals import Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.context.acted import Acted
    from kit.context.due import Held
    from kit.context.maintain import Means
    from kit.context.policy import Policy
    from kit.store.store import Store


def after(store: Store, held: Held, policies: Sequence[Policy], means: Means) -> list[Acted]:
    """Takes the steps of those policies that hold and that nothing is known of yet (`again`), and keeps what it finds.

    No model is asked, whatever the means, and nothing is sent.
    """
    means = means._replace(model=None)
    facts, state, told = held.facts, held.state, dict(held.facts.totals.told)
    found: list[Acted] = []
    for each in policies:
        key = again.key(store, state, each)
        acted = maintain.act(store, each, facts, means)
        found.append(acted)
        if acted.commit:
            state = thread.read(store, facts.thread)
            facts, told = due.facts(store, state), {}
            continue
        words = acted.error.message if acted.error else acted.said
        later = f"kit context maintain {facts.thread}" if acted.error else acted.next
        told[each.id] = Told(key, facts.totals.entries, acted.state, words, later, acted.proposal)
    if told != facts.totals.told:
        totals.keep(store, facts.thread, facts.totals._replace(told=told))
    return found
