"""Evaluates the project's policies over threads, and takes the steps that they ask for.

Policies act in the order of their ids, thread by thread, and all over again until nothing is left that they would do:
a second run right after finds nothing to do. What a policy does is never freer than kit.toml has said
(`kit.context.autonomy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import autonomy, compress, due, step, thread, wanted
from kit.context.acted import DUE, FAILED, NOT_DUE, NOTHING, REJECTED, Acted
from kit.context.step import OPERATIONS, Step
from kit.errors import KitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.due import Facts
    from kit.context.intercept import Interceptor
    from kit.context.policy import Policy
    from kit.context.thread import State
    from kit.store.author import Author
    from kit.store.store import Store

#: Times that a run goes over its threads: what one policy does may be what another waits for.
PASSES = 4


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


def maintain(
    store: Store, names: Iterable[str], policies: Sequence[Policy], means: Means, *, dry_run: bool = False,
    is_all: bool = False,
) -> Iterator[Acted]:  # fmt: skip
    """Yields what came of each policy for each of these threads; with `dry_run` nothing is done or proposed.

    With `is_all` the threads that are begun on the way are gone over too. What is yielded once more has been done once
    more. Nothing is sent. A failure of one step, or of one thread, is told and stops no other.
    """
    waiting = [*dict.fromkeys(names)]
    stuck: set[tuple[str, str]] = set()
    for number in range(1 if dry_run else PASSES):
        has_moved = False
        for name in waiting:
            for each in _thread(store, name, policies, means, stuck, dry_run=dry_run):
                has_moved |= bool(each.commit)
                if is_all and each.begun:
                    waiting.append(each.begun)
                if each.error:
                    stuck.add((name, each.policy))
                if each.commit or not number:
                    yield each
        if not has_moved:
            return


def _thread(
    store: Store, name: str, policies: Sequence[Policy], means: Means, stuck: set[tuple[str, str]], *, dry_run: bool
) -> Iterator[Acted]:
    for each in policies:
        if (name, each.id) in stuck or (name, "") in stuck:
            continue
        try:
            facts = due.facts(store, thread.read(store, name))
        except KitError as error:
            yield Acted(name, "", FAILED, due.Verdict(holds=False, why=()), error=error)
            return
        yield act(store, each, facts, means, dry_run=dry_run)


def act(store: Store, policy: Policy, facts: Facts, means: Means, *, dry_run: bool = False) -> Acted:
    """Takes the step of a policy for a thread where it holds, and returns what came of it; nothing is raised."""
    verdict = due.verdict(policy, facts, now=means.author.when)
    made = Acted(facts.thread, policy.id, NOT_DUE, verdict)
    try:
        return _acted(store, policy, made, means, dry_run=dry_run) if verdict.holds else made
    except KitError as error:
        return made._replace(state=FAILED, error=error)


def _acted(store: Store, policy: Policy, made: Acted, means: Means, *, dry_run: bool) -> Acted:
    state = thread.read(store, made.thread)
    given = wanted.arguments(store, state, policy)
    if given is None:
        return made._replace(state=NOTHING)
    does = OPERATIONS[policy.operation]
    made = made._replace(said=does.said(given), next=f"kit context {does.words(given)} --on {made.thread}")
    if _is_rejected(store, state, policy, given):
        return made._replace(state=REJECTED)
    if words := wanted.by_hand(store, state, policy.operation, given):
        return made._replace(state=DUE, said=f"{made.said}: {words}")
    needs_text = policy.operation == "compress"
    is_for_model = needs_text and bool(policy.do.get("engine"))
    if dry_run or (needs_text and not (is_for_model and means.model)):
        later = f"kit context maintain {made.thread}"
        return made._replace(state=DUE, next=later if dry_run or is_for_model else made.next)
    return _took(store, policy, given, made, means)


def level(store: Store, policy: Policy) -> str:
    """Returns who decides about what a policy wants."""
    return autonomy.level(store.repository.config, policy.operation, given=_given(policy), is_policy=True)


def _given(policy: Policy) -> str:
    return autonomy.COLLABORATIVE if policy.do.get("propose") else ""


def _took(store: Store, policy: Policy, given: Mapping[str, Any], made: Acted, means: Means) -> Acted:
    asked = Step(made.thread, policy.operation, given, why=policy.why, is_policy=True)
    if policy.operation == "compress" and means.model:
        model = means.model(str(policy.do["engine"]))
        asked = asked._replace(
            arguments={**given, "model": model.name},
            make=compress.written(store, made.thread, model.ask, nonce=means.nonce),
        )
        if _is_rejected(store, thread.read(store, made.thread), policy, asked.arguments):
            return made._replace(state=REJECTED)
    outcome = step.take(
        store, asked, autonomy=_given(policy), author=means.author, random=means.random, redactor=means.redactor,
        interceptors=means.interceptors,
    )  # fmt: skip
    is_begun = policy.operation == "branch" and outcome.state == step.DONE
    return made._replace(
        state=outcome.state, said=outcome.said, commit=outcome.commit, begun=str(outcome.value) if is_begun else "",
        proposal=outcome.proposal, is_known=outcome.is_known, error=outcome.refusal,
        next=f"kit context accept {outcome.proposal} --on {made.thread}" if outcome.proposal else "",
    )  # fmt: skip


def _is_rejected(store: Store, state: State, policy: Policy, given: Mapping[str, Any]) -> bool:
    return level(store, policy) == autonomy.COLLABORATIVE and wanted.is_rejected(store, state, policy, given)
