"""`kit validate`: check records, links and secrets."""

from __future__ import annotations

import gc
import os
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import InvalidInput, NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit.cli.edge import Edge
    from kit.store.git import Git
    from kit.validation.validate import Report
    from kit.validation.view import View

_PATIENCE = 2.0  # seconds without a word to a person


class Ground(NamedTuple):
    """Where to look: the top folder, the folder of `kit.toml` in it, and git and the derived folder if it is one."""

    top: Path
    home: str
    git: Git | None
    derived: Path | None
    is_bare: bool = False


@kit_command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--rev", metavar="REV", help="Check a commit, not the work tree.")
@click.option("--staged", is_flag=True, help="Check what is staged: report what it changes and breaks.")
@click.option("--diff", metavar="BASE", help="Report what changed since this branch left BASE, and what that broke.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "github", "sarif")),
    default="text",
    help="How to print: for people, programs, GitHub annotations or code scanning.",
)
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
@click.option("--jobs", type=click.IntRange(0, 64), default=0, help="Processes to use; 0 takes what is worth it.")
def command(
    edge: Edge,
    *,
    paths: tuple[str, ...],
    rev: str | None,
    staged: bool,
    diff: str | None,
    form: str,
    strict: bool,
    jobs: int,
) -> None:
    r"""Check records, links and secrets: all of them, or those at and below the paths.

    Every finding names the file, line and column, the rule (docs/rules.md) and what to write instead. Links are
    looked up in the whole tree, and nothing is fetched. With --staged or --diff only changed files are reported, and
    what the change broke elsewhere: a link to a record that was removed. With --diff the commits are looked at too:
    whether approvals were given by people who may, as BASE names them. The exit status is 1 when there are errors.

    \b
    Examples:
      kit validate
      kit validate blocks/ --strict
      kit validate --staged
      kit validate --diff origin/main --format github
      kit validate --rev HEAD~3 --format sarif > kit.sarif
    """
    if sum(map(bool, (rev, staged, diff))) > 1:
        raise UsageError("--rev, --staged and --diff exclude one another", hint="give one of them")
    gc.disable()  # a third of the time for what lives until the process ends anyway
    ground = _ground(edge, is_git_needed=bool(rev or staged or diff))
    if ground.is_bare and not rev:
        raise UsageError("a bare repository has no work tree", hint="name a commit: --rev HEAD")
    form = "json" if edge.as_json else form
    _print(edge, _report(edge, ground, paths, rev=rev, staged=staged, diff=diff, jobs=jobs), form, is_strict=strict)


def _report(
    edge: Edge, ground: Ground, paths: tuple[str, ...], *, rev: str | None, staged: bool, diff: str | None, jobs: int
) -> Report:
    from kit.validation import validate, view
    from kit.validation.gather import Means

    git = ground.git
    if rev and git:
        seen = view.of_commit(git, rev)
    else:
        seen = view.of_index(git) if staged and git else view.of_work_tree(ground.top, git)
    root, config = validate.settings(seen, ground.home)
    only = _only(edge, ground, paths, seen)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    means = Means(jobs, cores, ground.derived, _progress())
    if not git or not (staged or diff):
        return validate.validate(seen, root=root, config=config, means=means, only=only)
    base = _base(git, diff)
    before = view.of_commit(git, base) if base else view.empty()
    gone = view.gone(git, base, is_staged=staged) if base else []
    report = validate.validate_change(seen, before, root=root, config=config, means=means, gone=gone, only=only)
    if not diff or not base:
        return report
    from kit.store import tree
    from kit.workflows import approvals

    into = tree.resolve(git, diff)
    return approvals.judged(git, report, base=into, start=base, root=root, config=config, only=only)


def _print(edge: Edge, report: Report, form: str, *, is_strict: bool) -> None:
    from kit.validation import rendering

    if form == "json":
        output.write_json(rendering.json(report))
    elif form == "sarif":
        output.write_json(rendering.sarif(report))
    else:
        lines = rendering.github(report) if form == "github" else [rendering.text(each) for each in report.findings]
        if lines:
            output.write("\n".join(lines))
    edge.talk(rendering.summary(report))
    if report.errors or (is_strict and report.warnings):
        raise SystemExit(1)


def _ground(edge: Edge, *, is_git_needed: bool) -> Ground:
    """Finds the repository; without one, the nearest folder up that has a `kit.toml` or folders of records."""
    try:
        found = edge.repository
        return Ground(found.top, found.home, found.git, found.derived, found.is_bare)
    except NotFound:
        if is_git_needed:
            raise
        from kit import config
        from kit.records import record_type

        folders = {each.folder for each in record_type.shipped().values() if each.is_reviewed}
        start = edge.folder.resolve()
        for folder in (start, *start.parents):
            if (folder / config.FILE).is_file() or any((folder / name).is_dir() for name in folders):
                return Ground(folder, "", None, None)
        raise


def _only(edge: Edge, ground: Ground, paths: tuple[str, ...], seen: View) -> list[str]:
    """Returns the paths relative to the top. Raises NotFound for one that is not there."""
    only: list[str] = []
    for path in paths:
        if ground.git:
            below = edge.below_top(path)
        else:
            below = os.path.relpath(edge.folder.resolve() / path, ground.top).replace(os.sep, "/")
        if below in ("", "."):
            return []
        if not seen.exists(below):
            raise NotFound(f"there is no {path}", hint="name a file or a folder", value=path)
        only.append(below)
    return only


def _base(git: Git, diff: str | None) -> str:
    """Returns the commit to compare with: HEAD, or where this branch left `diff`; "" before the first commit."""
    from kit.store import tree

    if diff is None:
        return git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", codes=(0, 1)).text.strip()
    ours, theirs = tree.resolve(git, "HEAD"), tree.resolve(git, diff)
    base = git.run("merge-base", ours, theirs, codes=(0, 1)).text.split()
    if not base:
        raise InvalidInput(
            f"{diff} and HEAD have no common commit here",
            hint="fetch the whole history: git fetch --unshallow, or fetch-depth: 0 in a workflow",
            code="no_merge_base",
        )
    return base[0]


def _progress() -> Callable[[int, int], None] | None:
    """Returns what tells a person how far it is, once it takes long; None where nobody looks."""
    if not sys.stderr.isatty():
        return None
    begun = time.monotonic()
    bars: list[Callable[[int, int], None]] = []

    def tell(done: int, total: int) -> None:
        if not bars and time.monotonic() - begun > _PATIENCE:
            bars.append(_bar())
        if bars:
            bars[0](done, total)

    return tell


def _bar() -> Callable[[int, int], None]:
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task("checking")
    progress.start()

    def tell(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)
        if done >= total:
            progress.stop()

    return tell
