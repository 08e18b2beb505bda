"""`kit context maintain`: do with threads what the project's policies say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.cli.edge import Edge
    from kit.context.add import Added
    from kit.context.maintain import Acted, Means, Model
    from kit.context.policy import Known


@kit_command("maintain")
@click.argument("threads", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every thread that is known here.")
@click.option("--policy", "only", default="", metavar="ID", help="Only this policy.")
@click.option("--work-tree", is_flag=True, help="Go by the policies as they stand here, reviewed or not.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def command(edge: Edge, *, threads: tuple[str, ...], is_all: bool, only: str, work_tree: bool, dry_run: bool) -> None:
    r"""Do with threads what the project's policies say, and say for each policy why it holds or does not.

    A policy is a reviewed record of type context-policy in policies/. What it asks for is proposed, done or left to
    people as kit.toml says ([context] autonomy); a second run right after finds nothing to do. The exit status is 1
    where a policy is broken, or a step failed or was refused.

    \b
    Examples:
      kit context maintain
      kit context maintain --all --dry-run
      kit context maintain parser --policy fold-long-threads --work-tree
    """
    from kit.context import branches, maintain, policy
    from kit.errors import NotFound, UsageError

    if threads and is_all:
        raise UsageError("name threads, or say --all", hint="kit context maintain --all")
    known = policy.policies(edge.store, is_work_tree=work_tree)
    wanted = [each for each in known.policies if only in ("", each.id)]
    if only and not wanted:
        raise NotFound(f"no policy {only!r} acts here", hint="kit list context-policy shows them", value=only)
    if is_all:
        threads = tuple(each.name for each in branches.branches(edge.store, is_all=False).threads)
    names = threads or (words.named(edge, ""),)
    acted = list(maintain.maintain(edge.store, names, wanted, _means(edge), dry_run=dry_run))
    for name in dict.fromkeys(each.thread for each in acted if each.commit):
        words.send(edge, name)
    data = {"threads": list(names), "policies": len(wanted), "broken": list(known.broken), "dry_run": dry_run,
            "acted": [each.record() for each in acted]}  # fmt: skip
    edge.print(data, lambda: "\n".join(map(_line, acted)) or "no policy acts here: kit new context-policy")
    _tell_broken(edge, known)
    if known.broken or any(each.error for each in acted):
        raise SystemExit(1)


def after_add(edge: Edge, thread: str, added: Added) -> None:
    """Evaluates the project's policies for a thread that was added to, and says what came of it."""
    from kit.context import policy

    known = policy.policies(edge.store)
    if not known.policies:
        _tell_broken(edge, known)
        return
    from kit.context import maintain, totals

    held = totals.after(edge.store, thread, added.entries, added.commit)
    acted = maintain.after_add(edge.store, thread, held, known.policies, _means(edge))
    if any(each.commit for each in acted):
        words.send(edge, thread)
    _tell_broken(edge, known)
    _tell(edge, acted)


def _means(edge: Edge) -> Means:
    from kit.context.maintain import Means

    return Means(
        edge.me.author(edge.now()), words.random, words.redactor(edge), steps.interceptors(edge),
        lambda engine: _model(edge, engine), edge.nonce(),
    )  # fmt: skip


def _model(edge: Edge, engine: str) -> Model:
    from kit.context.maintain import Model
    from kit.workflows import distill

    found = distill.model_of(edge.store, engine)
    assert found is not None  # noqa: S101 - both engines are models
    return Model(found.name, found.ask)


def _tell(edge: Edge, acted: Sequence[Acted]) -> None:
    for each in acted:
        edge.talk(_line(each))


def _tell_broken(edge: Edge, known: Known) -> None:
    for each in known.broken:
        edge.talk(f"{output.paint('warning:', 'yellow')} a policy is left out: {output.clean(each)}")


def _line(each: Acted) -> str:
    colour = {"done": "green", "failed": "red", "refused": "red", "due": "yellow", "proposed": "yellow"}
    verb = "proposed already" if each.is_known else each.state
    line = f"{each.thread}  {each.policy}: {output.paint(verb, colour.get(each.state, 'dim'))}"
    line += f", {output.clean(each.said)}" if each.said else ""
    line += f" ({output.clean('; '.join(each.verdict.why))})"
    line += f"\n    {output.clean(each.error.message)}" if each.error else ""
    return line + (f"\n    next: {output.clean(each.next)}" if each.next else "")
