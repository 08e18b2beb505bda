"""Floor 2: who writes transcripts, and how each is read. One file each, and one line in the table below.

A harness is imported when it is asked for: one reads databases, and most are not on a machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kit.errors import InvalidInput, KitError, NotFound
from kit.harnesses.harness import Harness, Places, Source
from kit.harnesses.shape import sniff

__all__ = ["HARNESSES", "active", "named", "sniff", "source_of"]
_MODULES = {
    "claude-code": "claude_code",
    "codex": "codex",
    "pi": "pi",
    "openclaw": "openclaw",
    "hermes": "hermes",
    "gemini": "gemini",
    "generic": "generic",
}
# What tells the session that a command runs in.
_SESSIONS = {"claude-code": "CLAUDE_CODE_SESSION_ID", "codex": "CODEX_THREAD_ID"}
_HEAD = 256 << 10


class _Harnesses(Mapping[str, Harness]):
    def __getitem__(self, name: str) -> Harness:
        return cast("Harness", import_module(f"kit.harnesses.{_MODULES[name]}"))

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


HARNESSES: Mapping[str, Harness] = _Harnesses()
if TYPE_CHECKING:
    from kit.harnesses import claude_code, codex, gemini, generic, hermes, openclaw, pi

    _KEPT: tuple[Harness, ...] = (claude_code, codex, pi, openclaw, hermes, gemini, generic)


def named(name: str) -> Harness:
    """Returns a harness by its name. Raises NotFound, and says which there are."""
    if name not in _MODULES:
        raise NotFound(f"there is no harness {name!r}", hint=f"one of {', '.join(_MODULES)}", value=name)
    return HARNESSES[name]


def active(places: Places, project: Path | None) -> Source | None:
    """Returns the session that is going on in a project: the one the environment names, else the newest of all.

    A transcript named by `KIT_TRANSCRIPT` comes before all others. Sub-agents' own sessions are not looked at, nor is a
    harness whose database cannot be read.
    """
    from kit.harnesses import generic

    if stated := places.environment.get(generic.VARIABLE, ""):
        return source_of(Path(stated))
    newest: Source | None = None
    for name, harness in HARNESSES.items():
        own = places.environment.get(_SESSIONS.get(name, ""), "")
        try:
            found = harness.find(places, project=project)
        except KitError:
            continue
        for each in found:
            if own and each.session == own:
                return each
            if not each.parent and (newest is None or each.modified > newest.modified):
                newest = each
    return newest


def source_of(path: Path) -> Source:
    """Returns the session in a file, whoever wrote it; of a database the newest.

    Raises NotFound when there is no such file, InvalidInput when no harness has that shape.
    """
    from kit.harnesses import appended, listing

    if not path.is_file():
        raise NotFound(f"there is no transcript {path}", value=str(path))
    head = appended.head(path, _HEAD)
    name = sniff(head)
    if head.startswith(b"SQLite format 3\0"):
        return _in_database(path)
    if name is None:
        raise InvalidInput(
            f"{path} is not a transcript that kit can read",
            hint="docs/harnesses.md says which shape any program can write",
            value=str(path),
        )
    return listing.source(name, path, path.stat(), listing.native(listing.stem(path)))


def _in_database(path: Path) -> Source:
    """Whose a database is, the reader finds that knows its tables."""
    from kit.harnesses import hermes, openclaw

    for sessions in (hermes.sessions, openclaw.sessions):
        try:
            found: list[Source] = sessions(path)
        except InvalidInput:
            continue
        if found:
            return max(found, key=lambda each: each.modified)
    raise InvalidInput(f"{path} holds no session that kit can read", value=str(path))
