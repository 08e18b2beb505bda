"""`kit context maintain`: do with threads what the project's policies say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.cli.edge import Edge
    from kit.context.policy import Policy


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
    from kit.cli.context import policies
    from kit.context import branches, maintain, policy, tip
    from kit.errors import NotFound, UsageError

    if threads and is_all:
        raise UsageError("name threads, or say --all", hint="kit context maintain --all")
    known = policy.policies(edge.store, is_work_tree=work_tree)
    wanted = [each for each in known.policies if only in ("", each.id)]
    if only and not wanted:
        raise NotFound(f"no policy {only!r} acts here", hint="kit list context-policy shows them", value=only)
    unread: tuple[str, ...] = ()
    if is_all:
        found = branches.branches(edge.store)
        threads, unread = tuple(sorted(each.name for each in found.threads)), found.broken
    names = threads or (() if is_all else (words.named(edge, ""),))
    for name in names:
        tip.of(edge.store, name)
    means = policies.means(edge)
    acted = list(maintain.maintain(edge.store, names, wanted, means, dry_run=dry_run, is_all=is_all))
    policies.send(edge, acted)
    data = {"threads": list(names), "unread": list(unread), "policies": len(wanted), "broken": list(known.broken),
            "dry_run": dry_run, "acted": [each.record() for each in acted]}  # fmt: skip
    edge.print(data, lambda: "\n".join(map(policies.line, acted)) or _nothing(names, wanted))
    policies.tell_broken(edge, known)
    for name in unread:
        edge.talk(f"{output.paint('warning:', 'yellow')} {output.clean(name)} cannot be read: it is left out")
    if known.broken or unread or any(each.error for each in acted):
        raise SystemExit(1)


def _nothing(names: Sequence[str], wanted: Sequence[Policy]) -> str:
    return "no thread is here" if wanted and not names else "no policy acts here: kit new context-policy"
