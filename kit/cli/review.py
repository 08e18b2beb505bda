"""`kit review`: what waits for a person, and what that person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output, person, review_page
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.review.approve import Done

_ID = click.argument("name", metavar="ID")
_PUSH = click.option("--push", is_flag=True, help="Push the branch.")
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; whoever proposed it reads it.")


@kit_command("list")
@click.option("--fetch", is_flag=True, help="Bring the branches of the remote up to date first.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Show at most so many.")
def list_command(edge: Edge, *, fetch: bool, limit: int) -> None:
    r"""List what waits: candidates here, and branches kit/promote/* here and on the remote.

    \b
    Examples:
      kit review list
      kit review list --fetch --json
    """
    from kit.review import queue
    from kit.store import branches
    from kit.workflows import proposing

    if fetch:
        branches.fetch(edge.store, "kit/promote/*", person.people(edge)[0].name)
    found = queue.queue(edge.store, person.people(edge)[1], *proposing.candidates(edge.store), most=limit)
    shown, more = found.waiting, found.total - len(found.waiting)
    data = {"waiting": [each._asdict() for each in shown], "total": found.total, "cut": more,
            "unread": [each._asdict() for each in found.unread]}  # fmt: skip
    rows = [(each.id, each.state, each.where, each.by, output.head(each.title or each.note)) for each in shown]
    edge.print(data, lambda: output.table(("id", "state", "where", "by", "title"), rows) if rows else "nothing waits")
    if more:
        edge.talk(f"{more} more of {found.total}: kit review list --limit {found.total}")
    for each in found.unread[:5]:
        edge.talk(f"left out: {output.clean(each.problem)}")


@kit_command("show")
@_ID
def show_command(edge: Edge, *, name: str) -> None:
    r"""Show a proposal: what it says, its verdicts, who approved it, and what is missing.

    \b
    Examples:
      kit review show pytest-loop-closed
      kit review show pytest-loop-closed --json
    """
    from kit.review import queue
    from kit.workflows import reviewing

    shown = reviewing.show(edge.store, name)
    proposal = shown.proposal
    who = person.people(edge)[1]
    state, note = queue.state(edge.store, who, proposal)
    faults = queue.faults(edge.store, who, proposal) if proposal.record else []
    subject = proposal.record
    data = {
        "id": name, "state": state, "note": note, "branch": proposal.branch.name, "commit": proposal.tip,
        "records": {path: each.dump().decode() for path, each in proposal.records.items()},
        "strays": list(proposal.strays),
        "digest": subject.digest() if subject else "", "verified": subject.meta.get("verified", []) if subject else [],
        "verdicts": [{**each.verdict, "stale": each.stale} for each in shown.verdicts],
        "response": proposal.response, "findings": [each.to_json() for each in faults],
    }  # fmt: skip
    edge.print(data, lambda: review_page.text(data))


@kit_command("approve")
@_ID
@_PUSH
def approve_command(edge: Edge, *, name: str, push: bool) -> None:
    r"""Approve what a branch proposes, as the person that git knows here.

    Writes `verified` with your name and the digest of the content in one commit of yours, signed where git signs here
    or the project asks for it. Refused (exit status 7) to agents, to whoever proposed it, and to those whom kit.toml
    and CODEOWNERS of the reviewed branch do not let decide.

    \b
    Examples:
      kit review approve pytest-loop-closed
      kit review approve pytest-loop-closed --push
    """
    from kit.review import approve, branch

    _fetch(edge, name, push=push)
    _, who = person.people(edge)
    me = approve.reviewer(who, email=person.person(edge).email, actor=edge.actor)
    done = approve.approve(edge.store, branch.read(edge.store, name), who, me, author=person.person(edge))
    _finish(edge, name, done, push=push, verb="approved", by=me.by)


@kit_command("reject")
@_ID
@_REASON
@_PUSH
def reject_command(edge: Edge, *, name: str, reason: str, push: bool) -> None:
    r"""Reject a proposal or a candidate: a record of it, so that the same is not proposed again.

    The branch then holds only reviews/ID/response.json; merge it, and everybody's kit promote refuses what it says.

    \b
    Examples:
      kit review reject pytest-loop-closed --reason "holds on one machine only" --push
    """
    from kit.errors import NotFound
    from kit.review import approve, branch
    from kit.workflows import reviewing

    _fetch(edge, name, push=push)
    _, who = person.people(edge)
    author = person.person(edge)
    me = approve.reviewer(who, email=author.email, actor=edge.actor)
    try:
        proposal = branch.read(edge.store, name)
    except NotFound:
        done = reviewing.reject_candidate(edge.store, name, who, me, reason=reason, author=author)
    else:
        done = approve.respond(edge.store, proposal, who, me, decision="rejected", reason=reason, author=author)
    _finish(edge, name, done, push=push, verb="rejected", by=me.by)


@kit_command("request-changes")
@_ID
@_REASON
@_PUSH
def request_command(edge: Edge, *, name: str, reason: str, push: bool) -> None:
    r"""Ask for changes of a proposal; kit validate --diff fails until its content changes.

    \b
    Examples:
      kit review request-changes pytest-loop-closed --reason "which version of pytest?" --push
    """
    from kit.review import approve, branch

    _fetch(edge, name, push=push)
    _, who = person.people(edge)
    author = person.person(edge)
    me = approve.reviewer(who, email=author.email, actor=edge.actor)
    proposal = branch.read(edge.store, name)
    done = approve.respond(edge.store, proposal, who, me, decision="changes_requested", reason=reason, author=author)
    _finish(edge, name, done, push=push, verb="asked for changes of", by=me.by)


@kit_command("ack")
@_ID
@click.option("--gate", required=True, metavar="GATE", help="Whose verdict is carried forward, or answered.")
@_REASON
@_PUSH
def ack_command(edge: Edge, *, name: str, gate: str, reason: str, push: bool) -> None:
    r"""Carry a verdict forward that is stale, or answer a gate that a person reads; never one that fails.

    \b
    Examples:
      kit review ack pytest-loop-closed --gate claim-can-be-checked --reason "one claim, and true"
    """
    from kit.review import approve
    from kit.workflows import reviewing

    _fetch(edge, name, push=push)
    _, who = person.people(edge)
    author = person.person(edge)
    me = approve.reviewer(who, email=author.email, actor=edge.actor)
    done = reviewing.acknowledge(edge.store, name, who, me, gate=gate, reason=reason, author=author)
    _finish(edge, name, done, push=push, verb=f"acknowledged {gate} of", by=me.by)


@kit_command("import")
@click.option("--pr", "number", required=True, type=click.IntRange(1), metavar="N", help="The pull request's number.")
@_PUSH
def import_command(edge: Edge, *, number: int, push: bool) -> None:
    r"""Take approvals over from a pull request, with gh.

    An approval at the forge is for one commit: where the record has changed since, it is left out, and that is said.
    kit validate --diff counts them only when review.importers of the reviewed branch names the address of this commit,
    and never where approvals must be signed.

    \b
    Examples:
      kit review import --pr 12 --push
    """
    from kit.workflows import importing

    _, who = person.people(edge)
    if push:
        _fetch(edge, "*", push=True)
    taken = importing.take_over(edge.store, number, who, author=person.person(edge), environment=edge.environment)
    if push and taken.done.commit:
        _push(edge, taken.id, taken.done)
    data = {**_json(taken.id, taken.done, is_pushed=push), "added": list(taken.added), "left_out": list(taken.left_out)}
    edge.print(data, lambda: f"took over: {output.some(taken.added, 10) or 'nothing'}")
    for each in taken.left_out:
        edge.talk(f"left out: {output.clean(each)}")


@click.group("review")
def command() -> None:
    """Decide about what is proposed: list, show, approve, reject."""


for verb in (
    list_command, show_command, approve_command, reject_command, request_command, ack_command, import_command,
):  # fmt: skip
    command.add_command(verb)


def _fetch(edge: Edge, name: str, *, push: bool) -> None:
    from kit.store import branches

    if push:
        branches.fetch(edge.store, f"kit/promote/{name}", person.people(edge)[0].name)


def _push(edge: Edge, name: str, done: Done) -> None:
    from kit.review import branch
    from kit.store import branches

    branches.push(edge.store, branch.of(edge.repository, name), done.commit)


def _finish(edge: Edge, name: str, done: Done, *, push: bool, verb: str, by: str) -> None:
    from kit.review import branch

    if push:
        _push(edge, name, done._replace(commit=done.commit or branch.of(edge.repository, name).here))
    data = {**_json(name, done, is_pushed=push), "by": by}
    signed = ", signed" if done.is_signed else ""
    said = f"{verb} {name} as {by}: {done.commit[:12]}{signed}" if done.commit else f"{name}: nothing to do"
    edge.print(data, lambda: said)
    if done.commit and not push:
        edge.talk(f"it is on {done.branch} here: git push origin {done.branch}, or --push")


def _json(name: str, done: Done, *, is_pushed: bool) -> dict[str, Any]:
    return {"id": name, "branch": done.branch, "commit": done.commit, "is_new": bool(done.commit),
            "paths": list(done.paths), "is_signed": done.is_signed, "is_pushed": is_pushed}  # fmt: skip
