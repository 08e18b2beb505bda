"""`kit context maintain`: do with threads what the project's policies say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


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
    from kit.context import branches, maintain, policy
    from kit.errors import NotFound, UsageError

    if threads and is_all:
        raise UsageError("name threads, or say --all", hint="kit context maintain --all")
    known = policy.policies(edge.store, is_work_tree=work_tree)
    wanted = [each for each in known.policies if only in ("", each.id)]
    if only and not wanted:
        raise NotFound(f"no policy {only!r} acts here", hint="kit list context-policy shows them", value=only)
    if is_all:
        threads = tuple(sorted(each.name for each in branches.branches(edge.store, is_all=False).threads))
    names = threads or (words.named(edge, ""),)
    acted = list(maintain.maintain(edge.store, names, wanted, policies.means(edge), dry_run=dry_run))
    for name in dict.fromkeys(each.thread for each in acted if each.commit):
        words.send(edge, name)
    data = {"threads": list(names), "policies": len(wanted), "broken": list(known.broken), "dry_run": dry_run,
            "acted": [each.record() for each in acted]}  # fmt: skip
    edge.print(data, lambda: "\n".join(map(policies.line, acted)) or "no policy acts here: kit new context-policy")
    policies.tell_broken(edge, known)
    if known.broken or any(each.error for each in acted):
        raise SystemExit(1)
