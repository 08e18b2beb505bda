"""The steps of a thread for a program's own loop: taken, proposed, accepted and rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import accept, proposal, step, thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.intercept import Interceptor
    from kit.context.proposal import Proposal
    from kit.context.step import Outcome
    from kit.store.author import Author
    from kit.store.store import Store


class Steps:
    """What `kit.context.Thread` can do with steps; `interceptors` have a say in each."""

    name: str
    store: Store
    random: Callable[[], str]
    redactor: Redactor
    interceptors: Sequence[Interceptor]

    @property
    def author(self) -> Author:
        """Who writes now."""
        raise NotImplementedError

    def step(self, operation: str, *, autonomy: str = "", why: str = "", **arguments: Any) -> Outcome:
        """Takes a step: an operation of `kit.context.operation` with its arguments; done, proposed or refused.

        With a `why` nobody typed it: kit.toml decides, unless `autonomy` does.
        """
        wanted = step.Step(self.name, operation, arguments, why)
        return step.take(
            self.store, wanted, autonomy=autonomy, author=self.author, random=self.random,
            redactor=self.redactor, interceptors=self.interceptors,
        )  # fmt: skip

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
