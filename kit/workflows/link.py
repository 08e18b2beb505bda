"""Links a commit or a pull request to the session it came from.

A commit that nobody else has is written anew with the trailer; any other keeps its id, and a note in `refs/notes/kit`
says it. Nothing of the index or the work tree is touched, and no hook is run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import Taken
from kit.store import trailers, tree
from kit.workflows import history, pulls

if TYPE_CHECKING:
    from kit.store.repository import Repository

_BUSY = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")


class Linked(NamedTuple):
    """How a commit names its session now: `trailer`, `note`, or `already`.

    `was` is its id before, where it was written anew; `why` says why it was not.
    """

    session: str
    commit: str
    how: str
    was: str = ""
    why: str = ""

    def record(self) -> dict[str, str]:
        """Returns it as JSON."""
        return self._asdict()


def in_message(repository: Repository, file: Path, session: str) -> bool:
    """Adds the session to the file that holds a commit's message; returns whether it was not there before.

    The file is replaced in one step. Raises KitError and OSError; the file is as it was then.
    """
    with file.open("rb") as opened:
        message = opened.read(trailers.MAX_MESSAGE + 1)
    comment = trailers.comment_of(repository.git.config, message)
    new = trailers.with_session(message, session, environment=repository.environment, comment=comment)
    if new == message:
        return False
    part = file.with_name(f"{file.name}.{os.getpid()}.kit")
    try:
        part.write_bytes(new)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return True


def commit(repository: Repository, revision: str, session: str) -> Linked:
    """Links a commit. Raises NotFound when `revision` names none, Taken when HEAD moved meanwhile."""
    git = repository.git
    oid = tree.resolve(git, revision)
    (known,) = history.commits(git, [oid])
    if session in known.sessions:
        return Linked(session, oid, "already")
    data = git.run("cat-file", "commit", oid).out
    why = _why_kept(repository, oid, data)
    if why:
        git.run("notes", f"--ref={trailers.NOTES}", "append", "-m", f"{trailers.TOKEN}: {session}", oid)
        return Linked(session, oid, "note", why=why)
    head, _, message = data.partition(b"\n\n")
    message = trailers.with_session(message, session, environment=repository.environment)
    new = git.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=head + b"\n\n" + message).text.strip()
    moved = git.run("update-ref", "-m", "kit session link", "HEAD", new, oid, codes=(0, 1, 128))
    if moved.code:
        raise Taken("HEAD moved in between", hint="run the same command again", code="stale")
    return Linked(session, new, "trailer", was=oid)


def pull_request(repository: Repository, number: int, session: str) -> bool:
    """Names the session at the end of a pull request's description; returns whether it was not there before.

    Raises KitError where `gh` is missing or fails: where it is missing, the hint is the line to add by hand.
    """
    line = f"{trailers.TOKEN}: {session}"
    hint = f"add this line to the description of #{number} by hand: {line}"
    body = str(pulls.view(repository, number, "body", hint=hint).get("body") or "")
    if session in trailers.sessions(body):
        return False
    is_joined = bool(trailers.sessions(body.rstrip().rpartition("\n")[2]))
    between = "\n" if is_joined else "\n\n"
    pulls.describe(repository, number, f"{body.rstrip()}{between}{line}\n".lstrip("\n"), hint=hint)
    return True


def _why_kept(repository: Repository, oid: str, data: bytes) -> str:
    """Returns why a commit must keep its id, "" when it may be written anew."""
    git = repository.git
    lines = git.run("rev-parse", "--absolute-git-dir", "HEAD", codes=(0, 128)).text.splitlines()
    if len(lines) != 2 or lines[1] != oid:
        return "it is not HEAD"
    head, _, message = data.partition(b"\n\n")
    if b"\ngpgsig" in head:
        return "it is signed"
    if not message.strip():
        return "it has no message"
    if busy := next((name for name in _BUSY if Path(lines[0], name).exists()), ""):
        return f"{busy} says that git is in the middle of something"
    branch = git.run("symbolic-ref", "--quiet", "HEAD", codes=(0, 1)).text.strip()
    places = ("refs/heads", "refs/remotes", "refs/tags")
    holding = git.run("for-each-ref", f"--contains={oid}", "--format=%(refname)", *places).text.splitlines()
    others = [name for name in holding if name != branch]
    return f"{others[0]} has it too" if others else ""
