"""`kit session mirror`: read what is new of a transcript, redact it, commit it."""

from __future__ import annotations

import functools
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import Duration

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kit.cli.edge import Edge
    from kit.errors import KitError
    from kit.harnesses.harness import Source
    from kit.sessions.mirror import Mirrored, Settings
    from kit.store.remote import Remote

SHOWN = 20


@kit_command("mirror")
@click.option("--harness", default="auto", show_default=True, metavar="H", help="Whose session; auto finds out.")
@click.option("--session", default="", metavar="ID", help="This session, or the one whose id begins so.")
@click.option("--all", "is_all", is_flag=True, help="Every session of this project.")
@click.option("--follow", is_flag=True, help="Go on as it grows, until SIGINT or SIGTERM.")
@click.option("--for", "seconds", type=Duration(), metavar="DURATION", help="With --follow: end after this long.")
@click.option("--min-bytes", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Commit only when so much is new.")  # fmt: skip
@click.option("--full", is_flag=True, help="Keep copies of files and images, which are else replaced by a digest.")
def mirror_command(
    edge: Edge,
    *,
    harness: str,
    session: str,
    is_all: bool,
    follow: bool,
    seconds: float | None,
    min_bytes: int,
    full: bool,
) -> None:
    r"""Read what is new of a session's transcript, redact it, and commit it below refs/kit/sessions.

    Nothing touches the disk before secrets are taken out of it. How far it was read stands in the commit, so a crash
    repeats work and neither doubles nor skips anything. Without --session it is the session this shell belongs to
    (CLAUDE_CODE_SESSION_ID, CODEX_THREAD_ID), else the one of this project that was written to last; sub-agents'
    sessions come along. Sessions stay on this machine unless kit.toml says [sessions] push = true.

    \b
    Examples:
      kit session mirror
      kit session mirror --all --json
      kit session mirror --session 0a0314fb --follow
      kit session mirror --follow --for 30m --min-bytes 4096
    """
    from kit.errors import UsageError
    from kit.sessions import choose, send
    from kit.sessions.follow import follow as go_on

    if seconds is not None and not follow:
        raise UsageError("--for goes with --follow", hint="add --follow")
    wanted = choose.Wanted(harness, session, is_all, edge.session)
    find = functools.partial(choose.sources, edge.places, wanted, project=edge.repository.top)
    remote = send.destination(edge.store)
    if remote:
        edge.talk(f"sessions are sent to {output.clean(remote.name)} ({output.clean(remote.url)}): "
                  "who can read it reads them")  # fmt: skip
    settings = _settings(edge, is_full=full, min_bytes=min_bytes)
    if not follow:
        found = find()
        if failed := _mirror(edge, settings, remote, found):
            first = next(iter(failed.values()))
            raise first if len(found) == 1 else SystemExit(first.exit_code)
        return

    def again(sources: Sequence[Source], is_last: bool) -> Collection[Source]:
        to_the_end = settings._replace(min_bytes=1) if is_last else settings
        return _mirror(edge, to_the_end, remote, sources, is_quiet=True)

    ending = threading.Event()
    before = {each: signal.signal(each, lambda *_: ending.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        go_on(find, again, wait=ending.wait, clock=time.monotonic, seconds=seconds,
              interval=edge.repository.config.number("sessions.interval"))  # fmt: skip
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _settings(edge: Edge, *, is_full: bool, min_bytes: int) -> Settings:
    from kit.sessions.mirror import Settings

    config = edge.repository.config
    part, session = (int(config.number(f"sessions.{name}")) for name in ("max_part", "max_session"))
    return Settings(part, session, home=str(edge.places.home), is_full=is_full, min_bytes=min_bytes)


def _mirror(
    edge: Edge, settings: Settings, remote: Remote | None, sources: Sequence[Source], *, is_quiet: bool = False
) -> dict[Source, KitError]:
    """Mirrors sessions one after the other and prints what was done; returns those that failed: they stop no other.

    With `is_quiet` nothing is said of sessions in which nothing is new.
    """
    from kit.errors import KitError
    from kit.harnesses import HARNESSES
    from kit.sessions.mirror import Job, mirror

    failed: dict[Source, KitError] = {}
    rows: list[dict[str, Any]] = []
    for source in sources:
        try:
            author = edge.me.author(edge.now())
            done = mirror(Job(edge.store, HARNESSES[source.harness], source, author, edge.redactor, settings))
        except KitError as error:
            failed[source] = error
            edge.talk(f"{output.paint('warning:', 'yellow')} {source.harness}/{source.session}: "
                      f"{output.clean(error.message)}")  # fmt: skip
            continue
        if done.lines or done.left_out or done.notices or not is_quiet:
            rows.append(_row(done) | _sent(edge, remote, done))
    if edge.as_json and (rows or not is_quiet) and not (failed and len(sources) == 1):
        output.write_json({"sessions": rows, "failed": {f"{each.harness}/{each.session}": error.message
                                                        for each, error in failed.items()}})  # fmt: skip
    elif not edge.as_json:
        for row in rows:
            _tell(edge, row)
    return failed


def _sent(edge: Edge, remote: Remote | None, done: Mirrored) -> dict[str, Any]:
    from kit.errors import RemoteFailed, Taken, TimedOut, Unknown
    from kit.sessions import send
    from kit.sessions.record import ref_of

    if not remote or not done.oid:
        return {"sent": False, "waits": ""}
    try:
        send.send(edge.store, remote, ref_of(done.harness, done.session), author=edge.me.author(edge.now()))
    except (RemoteFailed, TimedOut, Unknown, Taken) as error:
        edge.talk(f"{output.paint('warning:', 'yellow')} not sent, it waits here: {output.clean(error.message)}")
        return {"sent": False, "waits": error.message}
    return {"sent": True, "waits": ""}


def _row(done: Mirrored) -> dict[str, Any]:
    return {
        "harness": done.harness, "session": done.session, "commit": done.oid, "lines": done.lines, "bytes": done.bytes,
        "redacted": dict(done.redacted), "left_out": dict(done.left_out), "bad": done.bad,
        "notices": list(done.notices), "parts": done.parts,
    }  # fmt: skip


def _tell(edge: Edge, row: dict[str, Any]) -> None:
    name = f"{row['harness']}/{row['session']}"
    for notice in row["notices"]:
        edge.talk(f"{output.paint('notice:', 'yellow')} the transcript of {name} was {output.clean(notice)}; "
                  "what it holds now was added, what was mirrored before stays")  # fmt: skip
    if not row["lines"] and not row["left_out"]:
        output.write(f"{name}: nothing new")
        return
    said = [f"{output.count(row['lines'], 'line')} added, {row['bytes']:,} bytes"]
    if row["redacted"]:
        said.append(f"redacted {output.counted(row['redacted'])}")
    if row["bad"]:
        said.append(f"{output.count(row['bad'], 'line')} not JSON, kept")
    output.write(f"{name}: {'; '.join(said)}")
    if text := left_out(row["left_out"]):
        edge.talk(f"left out of {name}: {text}")


def left_out(counts: dict[str, int]) -> str:
    """Returns in words what was not kept of a session."""
    said = []
    for kind, why in (("copies", "copy of a file"), ("images", "image")):
        if count := counts.get(kind, 0):
            many = {"copy of a file": "copies of files"}.get(why, f"{why}s")
            said.append(
                f"{count} {why if count == 1 else many} ({counts.get(f'{kind}_bytes', 0):,} bytes; --full keeps them)"
            )
    if count := counts.get("records", 0):
        said.append(f"{output.count(count, 'line')} ({counts.get('bytes', 0):,} bytes) beyond [sessions] max_session")
    return ", ".join(said)
