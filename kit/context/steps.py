"""The steps of a thread for a program's own loop: taken, proposed, accepted and rejected."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kit.context import accept, after, again, due, maintain, policy, proposal, step, thread
from kit.context.acted import FAILED, Acted, loud
from kit.context.maintain import Means
from kit.errors import KitError
from kit.store.author import Author

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.context.add import Added
    from kit.context.cleaning import Redactor
    from kit.context.intercept import Interceptor
    from kit.context.maintain import Model
    from kit.context.proposal import Proposal
    from kit.context.step import Outcome
    from kit.store.store import Store


class Steps:
    """What `kit.context.Thread` can do with steps; `interceptors` have a say in each."""

    name: str
    agent: str
    instance: str
    store: Store
    random: Callable[[], str]
    redactor: Redactor
    interceptors: Sequence[Interceptor]
    #: What came of the policies that held after the last entries were added.
    acted: Sequence[Acted] = ()

    @property
    def author(self) -> Author:
        """Who writes now."""
        return Author(self.agent, self.instance, time.time())

    def step(self, operation: str, *, autonomy: str = "", why: str = "", **arguments: Any) -> Outcome:
        """Takes a step: an operation of `kit.context.operation` with its arguments; done, proposed or refused.

        With a `why` nobody typed it: kit.toml decides, unless `autonomy` does.
        """
        wanted = step.Step(self.name, operation, arguments, why)
        return step.take(
            self.store, wanted, autonomy=autonomy, author=self.author, random=self.random,
            redactor=self.redactor, interceptors=self.interceptors,
        )  # fmt: skip

    def maintain(self, *, model: Callable[[str], Model] | None = None) -> list[Acted]:
        """Takes the steps that the reviewed policies ask for; `model` returns who writes the summaries of an engine."""
        means = Means(self.author, self.random, self.redactor, self.interceptors, model, self.random())
        return [*maintain.maintain(self.store, [self.name], policy.policies(self.store).policies, means)]

    def after_add(self, added: Added) -> list[Acted]:
        """Takes the steps of policies that hold after entries were added; no model is asked."""
        known = policy.policies(self.store).policies
        if not known:
            return []
        means = Means(self.author, self.random, self.redactor, self.interceptors)
        try:
            held = due.held(self.store, self.name, added, known, now=means.author.when)
            found, left = again.again(self.store, held, added, now=means.author.when)
            return loud([*found, *after.after(self.store, held, left, means)])
        except KitError as error:  # the entries are there: adding has not failed
            return [Acted(self.name, "", FAILED, due.Verdict(holds=False, why=()), error=error)]

    @property
    def proposals(self) -> list[Proposal]:
        """The proposals that are open, the oldest first."""
        return [*proposal.proposals(self.store, thread.read(self.store, self.name), self.redactor).proposals]

    def accept(self, proposal_id: str) -> Outcome:
        """Carries out a proposal. Raises Taken when what it was about was changed."""
        return accept.accept(
            self.store,
            self.name,
            proposal_id,
            author=self.author,
            redactor=self.redactor,
            interceptors=self.interceptors,
        )

    def reject(self, proposal_id: str, reason: str = "") -> None:
        """Removes a proposal, and says why in the log."""
        accept.reject(self.store, self.name, proposal_id, author=self.author, redactor=self.redactor, reason=reason)
