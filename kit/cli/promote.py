"""`kit promote`: propose a candidate to the people who review."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from kit.cli import output, person
from kit.cli.edge import command as kit_command
from kit.cli.gate import as_json, text

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.workflows.promote import Promoted
    from kit.workflows.request import Requested


@kit_command("promote")
@click.argument("name", default="", metavar="[CANDIDATE]")
@click.option("--push", is_flag=True, help="Push the branch.")
@click.option("--pr", "with_request", is_flag=True, help="Push it and open the pull request, with gh or glab.")
@click.option("--supersedes", multiple=True, metavar="ID", help="A record that it replaces: deprecated with it.")
@click.option("--retire", default="", metavar="ID", help="Take a record of the reviewed branch out of use.")
@click.option("--reason", default="", help="Why it is retired.")
@person.ENGINE
def command(
    edge: Edge,
    *,
    name: str,
    push: bool,
    with_request: bool,
    supersedes: tuple[str, ...],
    retire: str,
    reason: str,
    engine: str | None,
) -> None:
    r"""Propose a candidate (its id or its file): run the gates, make its branch, open the pull request.

    The branch kit/promote/ID holds the record, its verdicts and nothing else, on top of the reviewed branch; the work
    tree, the index and HEAD are not touched. Merging it is the promotion. When a gate fails the exit status is 7 and
    nothing was made. Running it again brings the branch up to date.

    \b
    Examples:
      kit promote pytest-loop-closed
      kit promote pytest-loop-closed --pr
      kit promote new-advice --supersedes old-advice --push
      kit promote --retire old-advice --reason "fixed in 2.0" --push
    """
    from kit.errors import UsageError
    from kit.workflows import promote, proposing

    if bool(name) == bool(retire) or (retire and supersedes):
        raise UsageError("name a candidate, or a record with --retire", hint="kit review list shows what waits")
    if retire:
        wish = promote.retiring(edge.store, retire, reason=reason, by=edge.actor, now=edge.now())
    else:
        wish = proposing.wish(edge.store, person.named(edge, name), supersedes=supersedes)
    judge = person.judge(edge, engine or "")
    done = promote.promote(edge.store, wish, author=person.author(edge), push=push or with_request, judge=judge)
    asked = _request(edge, done) if with_request and not done.is_merged else None
    data = {"id": done.id, "branch": done.branch, "base": done.base, "commit": done.commit, "is_new": done.is_new,
            "is_merged": done.is_merged, "is_pushed": done.is_pushed, "body": done.body,
            "pull_request": asked.url if asked else "", **as_json(done.ran)}  # fmt: skip
    edge.print(data, lambda: _text(done, asked))


def _request(edge: Edge, done: Promoted) -> Requested | None:
    from kit.workflows import request

    return request.open_or_update(edge.repository, done, environment=edge.environment)


def _text(done: Promoted, asked: Requested | None) -> str:
    if done.is_merged:
        return f"{done.id} is on {done.base} already, as it is"
    lines = [text(done.ran), "", f"{done.branch} is {'made' if done.is_new else 'as it was'}: {done.commit[:12]}"]
    if asked:
        return "\n".join([*lines, f"{'opened' if asked.is_new else 'brought up to date'}: {output.clean(asked.url)}"])
    branch, base = shlex.quote(done.branch), shlex.quote(done.base)
    lines += ["", "to open the pull request:"]
    lines += [] if done.is_pushed else [f"  git push origin {branch}"]
    title = shlex.quote(f"Promote {done.id}")
    lines += [f"  gh pr create --base {base} --head {branch} --title {title} --body-file body.md", "", "body.md:", ""]
    return "\n".join([*lines, output.lines(done.body, indent="  ")])
