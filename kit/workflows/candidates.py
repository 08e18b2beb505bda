"""Where candidates lie before they are proposed: in `.kit/`, in the work tree's `candidates/`, or on a branch.

Never in `blocks/`: that is what a reviewed pull request does.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kit.errors import InvalidInput, KitError, Taken
from kit.records import record
from kit.store import derived, plain_file, work_files
from kit.store.repository import reviewed_revision
from kit.store.work_files import Change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kit.records.record import Record
    from kit.store.author import Author
    from kit.store.repository import Repository
    from kit.store.store import Store

FOLDER = "candidates"
MOST = 1000
_NO_COMMIT = "0" * 40


def waiting(repository: Repository) -> list[Record]:
    """Returns the candidates that lie here, at most MOST of a place; a file that is none is passed over."""
    if repository.is_bare:
        return []
    found: dict[str, Record] = {}
    for folder in (repository.derived / FOLDER, repository.knowledge / FOLDER):
        if folder.is_symlink() or not folder.is_dir():
            continue
        for file in sorted(folder.glob("*.md"))[:MOST]:
            with contextlib.suppress(KitError, OSError):
                if not file.is_symlink():
                    data = plain_file.read(file, limit=record.MAX_MARKDOWN)
                    parsed = record.parse(f"blocks/{file.name}", data)
                    found.setdefault(parsed.id, parsed)
    return list(found.values())


def keep(repository: Repository, candidate: Record) -> str:
    """Writes a candidate to `.kit/candidates/`, over an earlier one of its id; returns the path below the top."""
    folder = derived.make(repository.derived)
    file = folder / FOLDER / f"{candidate.id}.md"
    derived.write(file, candidate.dump())
    return file.relative_to(repository.top).as_posix()


def put(repository: Repository, candidates: Sequence[Record]) -> list[str]:
    """Writes candidates into the work tree's `candidates/`, all or none; returns their paths below the top.

    One that stands there is replaced. Raises Taken when it changed meanwhile, InvalidInput where it cannot be written.
    """
    changes = []
    for each in candidates:
        path = _path(repository, each)
        changes.append(Change(path, _there(repository.top, path), each.dump()))
    work_files.apply(repository.top, changes)
    return [each.path for each in changes]


def commit(store: Store, candidates: Sequence[Record], branch: str, *, author: Author) -> str:
    """Commits candidates to a local branch, made where it is not there from the reviewed one; returns the commit's id.

    The work tree and its index are not touched. Raises InvalidInput for a name that no branch can have, or the branch
    that is checked out, Taken when the branch moved meanwhile.
    """
    git = store.repository.git
    if git.run("check-ref-format", "--branch", branch, codes=(0, 1, 128)).code or branch.startswith("-"):
        raise InvalidInput(f"{branch!r} cannot be a branch", hint="name one like candidates/parser", code="branch")
    ref = f"refs/heads/{branch}"
    if git.run("symbolic-ref", "-q", "HEAD", codes=(0, 1)).text.strip() == ref:
        raise InvalidInput(
            f"{branch} is checked out here", hint="say --work-tree, or name another branch", code="branch"
        )
    base = reviewed_revision(store.repository)
    tip = _oid(store, ref)
    parent = tip or (_oid(store, base) if base else "")
    if ref == base:
        raise InvalidInput(
            f"{branch} is the reviewed branch", hint="name another one: kit promote proposes", code="branch"
        )
    edit: dict[str, bytes] = {_path(store.repository, each): each.dump() for each in candidates}
    names = ", ".join(each.id for each in candidates)
    oid = store.objects.build(
        parent or None, edit, parents=[parent] if parent else [], message=f"Propose {names}\n", author=author
    )
    if git.run("update-ref", "--no-deref", ref, oid, tip or _NO_COMMIT, codes=(0, 1, 128)).code:
        raise Taken(f"{branch} moved meanwhile", hint="run it again", code="moved")
    return oid


def _oid(store: Store, revision: str) -> str:
    answer = store.repository.git.run("rev-parse", "-q", "--verify", f"{revision}^{{commit}}", codes=(0, 1, 128))
    return answer.text.strip() if answer.code == 0 else ""


def _path(repository: Repository, candidate: Record) -> str:
    return "/".join(filter(None, (repository.root, FOLDER, f"{candidate.id}.md")))


def _there(top: Path, path: str) -> bytes | None:
    file = work_files.place(top, path)
    return plain_file.read(file, limit=record.MAX_BYTES) if file.is_file() and not file.is_symlink() else None
