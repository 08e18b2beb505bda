"""Evaluates the project's policies over threads, and takes the steps that they ask for.

Each policy acts at most once on a thread in one run, in the order of their ids, and a second run right after finds
nothing to do. What a policy does is never freer than kit.toml has said (`kit.context.autonomy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import autonomy, compress, due, step, thread
from kit.context.step import OPERATIONS, Step
from kit.errors import KitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.due import Verdict
    from kit.context.intercept import Interceptor
    from kit.context.policy import Policy
    from kit.store.author import Author
    from kit.store.store import Store

NOT_DUE, NOTHING, DUE, FAILED = "not due", "nothing to do", "due", "failed"


class Model(NamedTuple):
    """Who writes summaries: the name that records have of it, and what asks it."""

    name: str
    ask: Callable[[str], str]


class Means(NamedTuple):
    """What steps are taken with; `model` returns the one of an engine, and `nonce` marks what it is given.

    Without `model` nobody is asked: a step that needs a text is due.
    """

    author: Author
    random: Callable[[], str]
    redactor: Redactor
    interceptors: Sequence[Interceptor] = ()
    model: Callable[[str], Model] | None = None
    nonce: str = ""


class Acted(NamedTuple):
    """What came of a policy for a thread.

    `state` is not due, nothing to do, due (somebody has to), done, proposed, refused or failed; `said` is what the step
    does, `next` the command that goes on, `error` why it failed or was refused.
    """

    thread: str
    policy: str
    state: str
    verdict: Verdict
    said: str = ""
    next: str = ""
    commit: str = ""
    proposal: str = ""
    is_known: bool = False
    error: KitError | None = None

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {
            "thread": self.thread, "policy": self.policy, "state": self.state, "why": list(self.verdict.why),
            "would" if self.state in (DUE, "proposed") else "did": self.said, "next": self.next or None,
            "commit": self.commit or None, "proposal": self.proposal or None, "known": self.is_known,
            "error": {"code": self.error.code, "message": self.error.message} if self.error else None,
        }  # fmt: skip


def maintain(
    store: Store, names: Iterable[str], policies: Sequence[Policy], means: Means, *, dry_run: bool = False
) -> Iterator[Acted]:
    """Yields what came of each policy for each of these threads; with `dry_run` nothing is done or proposed.

    Nothing is sent. A failure of one step is told and stops no other.
    """
    for name in names:
        for each in policies:
            facts = due.facts(store, thread.read(store, name))
            yield _act(store, each, facts, means, dry_run=dry_run)


def _act(store: Store, policy: Policy, facts: due.Facts, means: Means, *, dry_run: bool) -> Acted:
    verdict = due.verdict(policy, facts, now=means.author.when)
    made = Acted(facts.thread, policy.id, NOT_DUE, verdict)
    if not verdict.holds:
        return made
    try:
        given = due.arguments(store, thread.read(store, facts.thread), policy)
        if given is None:
            return made._replace(state=NOTHING)
        does = OPERATIONS[policy.operation]
        made = made._replace(said=does.said(given), next=f"kit context {does.words(given)} --on {facts.thread}")
        needs_text = policy.operation == "compress"
        if dry_run or (needs_text and not (means.model and policy.do.get("engine"))):
            is_for_model = needs_text and bool(policy.do.get("engine"))
            later = f"kit context maintain {facts.thread}"
            return made._replace(state=DUE, next=later if dry_run or is_for_model else made.next)
        return _took(store, policy, given, made, means)
    except KitError as error:
        return made._replace(state=FAILED, error=error)


def _took(store: Store, policy: Policy, given: Mapping[str, Any], made: Acted, means: Means) -> Acted:
    wanted = Step(made.thread, policy.operation, given, why=policy.why, is_policy=True)
    if policy.operation == "compress" and means.model:
        model = means.model(str(policy.do["engine"]))
        wanted = wanted._replace(
            arguments={**given, "model": model.name},
            make=compress.written(store, made.thread, model.ask, nonce=means.nonce),
        )
    outcome = step.take(
        store, wanted, autonomy=autonomy.COLLABORATIVE if policy.do.get("propose") else "",
        author=means.author, random=means.random, redactor=means.redactor, interceptors=means.interceptors,
    )  # fmt: skip
    return made._replace(
        state=outcome.state, said=outcome.said, commit=outcome.commit, proposal=outcome.proposal,
        is_known=outcome.is_known, error=outcome.refusal,
        next=f"kit context accept {outcome.proposal} --on {made.thread}" if outcome.proposal else "",
    )  # fmt: skip
