"""The git hook that names the session in the message of each commit it makes.

It costs a commit without a session nothing but a shell, and can neither fail a commit nor hold one up: whatever goes
wrong, the message stays as it was. A hook of somebody else's is never touched.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, Taken
from kit.store import trailers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.store.repository import Repository

NAME = "prepare-commit-msg"
_MARK = "# Made by kit session link --install"
_TEXT = """#!/bin/sh
{mark}; kit session link --uninstall takes it away.
# Names the session that makes a commit in its message. It never fails a commit.
case "$2" in '' | template) exit 0 ;; esac # an editor opens, and nothing is written yet
[ -n "{variables}" ] || exit 0
case "$GIT_REFLOG_ACTION" in rebase*) exit 0 ;; esac # a commit that is only replayed keeps what it says
[ -e "${{1%/*}}/CHERRY_PICK_HEAD" ] && exit 0
[ -d "${{1%/*}}/rebase-merge" ] && [ -e "${{1%/*}}/MERGE_MSG" ] && exit 0
command -v kit >/dev/null 2>&1 || exit 0
command -v timeout >/dev/null 2>&1 && set -- "$1" timeout 10 || set -- "$1"
file=$1
shift
"$@" kit session link --hook "$file" </dev/null >/dev/null || :
exit 0
"""
_MAX = 1 << 16


class Installed(NamedTuple):
    """Where the hook stands; `was` is "there" where it stood already, "older" where another of kit's did, else ""."""

    file: Path
    was: str
    is_in_work_tree: bool


def text(variables: Iterable[str]) -> str:
    """Returns the hook for shells in which one of these variables names the session."""
    return _TEXT.format(mark=_MARK, variables="".join(f"${{{name}}}" for name in variables))


def install(repository: Repository, variables: Iterable[str]) -> Installed:
    """Writes the hook, and has git carry `refs/notes/kit` along when it rewrites commits.

    Raises Taken where another hook stands, with the line to add to it; InvalidInput where the folder of the hooks
    is not one of this repository.
    """
    file = _place(repository)
    wanted, there = text(variables), _read(file)
    if there is not None and _MARK not in there:
        line = 'kit session link --hook "$1" </dev/null >/dev/null 2>&1 || :'
        raise Taken(
            f"{file} is a hook of somebody else's, and stays as it is",
            hint=f"add this line to it, before any exit: {line}",
            code="foreign_hook", retryable=False, file=str(file), line=line,
        )  # fmt: skip
    if there != wanted:
        _write(file, wanted)
    if trailers.NOTES not in _rewritten(repository):
        repository.git.run("config", "--local", "--add", "notes.rewriteRef", trailers.NOTES)
    was = "" if there is None else "there" if there == wanted else "older"
    return Installed(file, was, repository.git.common_folder not in file.parents)


def uninstall(repository: Repository) -> Path | None:
    """Takes kit's own hook away; returns its file, None where there was none. Raises Taken for another's hook."""
    file = _place(repository)
    there = _read(file)
    if there is not None and _MARK not in there:
        raise Taken(
            f"{file} is a hook of somebody else's, and stays as it is",
            hint="take the line with kit session link out of it, if there is one",
            code="foreign_hook", retryable=False, file=str(file),
        )  # fmt: skip
    if trailers.NOTES in _rewritten(repository):
        repository.git.run("config", "--local", "--unset-all", "notes.rewriteRef", f"^{trailers.NOTES}$")
    if there is None:
        return None
    file.unlink()
    return file


def _place(repository: Repository) -> Path:
    """Returns where git looks for the hook. Raises InvalidInput where that is no folder of this repository."""
    if repository.is_bare:
        raise InvalidInput("nobody commits in a bare repository", hint="install the hook in a clone", code="bare")
    git = repository.git
    told = [each.value for each in git.settings if each.name == "core.hookspath" and each.scope != "command"]
    if not told or not told[-1]:
        return git.common_folder / "hooks" / NAME
    home = Path(repository.environment.get("HOME", ""))
    named = home / told[-1][2:] if told[-1].startswith("~/") else Path(told[-1])
    folder = Path(os.path.normpath(repository.top / named))
    if not any(each in (folder, *folder.parents) for each in (repository.top, git.common_folder)):
        raise InvalidInput(
            f"core.hooksPath is {told[-1]}, which other repositories may use too",
            hint=f"put a hook {NAME} there by hand; kit session link --print-hook prints it",
            code="hooks_elsewhere", folder=str(folder),
        )  # fmt: skip
    return folder / NAME


def _rewritten(repository: Repository) -> list[str]:
    return [each.value for each in repository.git.settings if (each.scope, each.name) == ("local", "notes.rewriteref")]


def _read(file: Path) -> str | None:
    """Returns what stands there, None for nothing; what is no regular file of a hook's size is not kit's."""
    try:
        found = file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX:
        return ""
    return file.read_bytes().decode("utf-8", "replace")


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.kit")
    try:
        part.write_text(content, "utf-8")
        part.chmod(0o755)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
