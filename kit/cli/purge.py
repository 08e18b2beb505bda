"""`kit purge`: take a leaked secret, or a whole session, out of the live plane."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.workflows.purge import Purged, Ref

SHOWN = 50
_TRACKED = "refs/kit-remotes/"


@kit_command("purge")
@click.option("--secret", "given", metavar="-", help="Read the secret from standard input; never as a word.")
@click.option("--session", metavar="ID", help="A whole session, all its states.")
@click.option("--apply", "is_applied", is_flag=True, help="Do it; without it nothing is changed.")
@click.option("--push", "is_pushed", is_flag=True, help="With --apply: replace what the remotes hold too.")
def command(edge: Edge, *, given: str | None, session: str | None, is_applied: bool, is_pushed: bool) -> None:
    r"""Find a secret that was committed to the live plane, or a session, and take it out of this repository.

    It is looked for in every object, also escaped as in JSON or a URL and in base64, and in .kit. With --apply the
    live refs are written anew with [REDACTED:purged] in its place, and the objects that held it are deleted, exactly
    these. Branches and tags are not touched. What a remote and other clones hold stays there: the steps that are left
    are printed. A secret that was pushed is known to others: revoke it first.

    \b
    Examples:
      printf %s "$LEAKED" | kit purge --secret -
      printf %s "$LEAKED" | kit purge --secret - --apply --push
      kit purge --session 0a0314fb --apply
    """
    from kit.workflows import purge

    if (given is None) == (session is None):
        raise UsageError("give --secret - or --session ID", hint='printf %s "$LEAKED" | kit purge --secret -')
    if given not in (None, "-"):
        raise UsageError(
            "the secret is read from standard input only: on the command line others can see it",
            hint='printf %s "$LEAKED" | kit purge --secret -; remove that line from the shell\'s history',
        )
    if is_pushed and not is_applied:
        raise UsageError("--push goes with --apply", hint="add --apply")
    if session is not None:
        done = purge.session(edge.store, session, is_applied=is_applied)
    else:
        done = purge.secret(edge.store, _read(purge.LONGEST), is_applied=is_applied)
    pushed = _push(edge, done) if is_pushed else []
    steps = _steps(edge, done, pushed)
    edge.print(_data(done, steps, pushed), lambda: _text(done, pushed))
    _tell(edge, done, steps)
    if done.is_applied and (done.kept or done.left):
        raise SystemExit(1)


def _read(limit: int) -> bytes:
    data = sys.stdin.buffer.read(limit + 2)
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    if len(data) > limit:
        raise InvalidInput(f"the secret has more than {limit} bytes", hint="a part of it that is telling will do")
    return data


def _far(ref: Ref) -> tuple[str, str]:
    """Returns the remote and the short name of a ref that remembers what a remote holds, "" for any other."""
    if not ref.name.startswith(_TRACKED):
        return "", ""
    remote, _, name = ref.name.removeprefix(_TRACKED).partition("/")
    return remote, name


def _push(edge: Edge, done: Purged) -> list[str]:
    """Replaces on the remotes what they were last seen to hold; returns the full names of the refs that were."""
    from kit.store.remote import Remote, Update

    names: dict[str, list[Ref]] = {}
    for ref in done.refs:
        if far := _far(ref)[0]:
            names.setdefault(far, []).append(ref)
    moved: list[str] = []
    for name, refs in names.items():
        remote = Remote(edge.repository, name, edge.talk)
        pushed = remote.push([Update(_far(ref)[1], ref.old, ref.new) for ref in refs], atomic=False)
        moved += [ref.name for ref in refs if _far(ref)[1] in pushed.confirmed]
        if len(pushed.confirmed) < len(refs):
            why = pushed.reason or pushed.complaint
            edge.talk(
                f"{output.paint('warning:', 'yellow')} {output.clean(name)} did not take all: {output.clean(why)}"
            )
    return moved


def _steps(edge: Edge, done: Purged, pushed: list[str]) -> list[str]:
    """Returns the commands that are left to run for the remotes."""
    prefix = edge.repository.config.text("live.prefix")
    steps = []
    for ref in done.refs:
        remote, name = _far(ref)
        if remote and ref.name not in pushed and done.is_applied:
            there = f"{prefix}/{name}"
            steps.append(f"git push --force-with-lease={there}:{ref.old} {remote} {ref.new}:{there}")
    return steps


def _data(done: Purged, steps: list[str], pushed: list[str]) -> dict[str, Any]:
    return {
        "applied": done.is_applied, "refs": [ref._asdict() for ref in done.refs], "objects": done.objects,
        "files": list(done.files), "kept": list(done.kept), "left": list(done.left), "pushed": pushed, "steps": steps,
    }  # fmt: skip


def _text(done: Purged, pushed: list[str]) -> str:
    if not (done.refs or done.objects or done.files):
        return "found nothing: no object and no file of .kit holds it"
    rows = []
    if done.refs:
        cells = [[ref.name, str(ref.holders), ref.old[:12], ref.new[:12] or "removed"] for ref in done.refs[:SHOWN]]
        headers = ["ref", "objects with it", "is", "becomes"]
        width = 4 if done.is_applied else 3
        rows.append(output.table(headers[:width], [row[:width] for row in cells]))
    if len(done.refs) > SHOWN:
        rows.append(f"... and {len(done.refs) - SHOWN} more refs (--json has all)")
    said = [output.count(done.objects, "object"), output.count(len(done.refs), "ref")]
    said.append(f"{output.count(len(done.files), 'file')} of .kit")
    rows.append(f"{'taken out of' if done.is_applied else 'found in'} {', '.join(said)}")
    if pushed:
        rows.append(f"replaced on the remote: {output.count(len(pushed), 'ref')}")
    return "\n".join(rows)


def _tell(edge: Edge, done: Purged, steps: list[str]) -> None:
    if done.kept:
        edge.talk(
            f"{output.paint('kept:', 'yellow')} {output.count(len(done.kept), 'object')} that branches, tags, reflogs "
            f"or an index reach, which kit does not rewrite: git log --all --find-object={done.kept[0]} shows where, "
            "git filter-repo takes it out"
        )
    if done.left:
        edge.talk(f"{output.paint('left:', 'red')} not read or not removed: {output.some(done.left, 5)}")
    if not done.is_applied:
        if done.refs or done.objects or done.files:
            edge.talk("nothing was changed; --apply takes it out here")
        return
    if steps:
        edge.talk("still on remotes, as last seen; until this is run, the next fetch brings it back:")
        for step in steps[:SHOWN]:
            edge.talk(f"  {output.clean(step)}")
        if len(steps) > SHOWN:
            edge.talk(f"  ... and {len(steps) - SHOWN} more (--json has all)")
    if any(_far(ref)[0] for ref in done.refs):
        edge.talk("then: revoke what leaked; ask the host to remove unreachable objects (GitHub: support, GitLab: "
                  "housekeeping), for it keeps them; run kit purge in every other clone")  # fmt: skip
