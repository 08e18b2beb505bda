"""What a tool's call wrote: which calls change files, and the text they put there, whatever the harness calls it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kit.harnesses.event import CALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kit.harnesses.event import Event

_WRITING = ("edit", "write", "patch", "replace", "create_file", "insert")
_NOT_FILES = ("todo", "stdin", "memory", "plan")
#: What an edit took away is no text that it wrote.
_OLD = frozenset({"old_string", "old_str", "old_text", "oldText", "oldString", "old"})
MAX_TEXT = 1 << 20
_MAX_DEPTH = 8
_LOOK = 4000  # characters in which a patch must begin


def is_edit(event: Event) -> bool:
    """Whether an event is a call that changes files: by its tool's name, or because it is given a patch.

    What else a shell command does to files is not known.
    """
    if event.kind != CALL:
        return False
    name = event.tool.lower()
    if any(word in name for word in _WRITING) and not any(word in name for word in _NOT_FILES):
        return True
    return bool(event.files) and any(_is_patch(each[:_LOOK]) for each in _strings(event.input, 0))


def written(event: Event) -> str:
    """Returns the text that an edit wrote, its strings one below the other, no more than MAX_TEXT characters."""
    if isinstance(event.input, str):
        return _added(event.input)[:MAX_TEXT]
    parts: list[str] = []
    room = MAX_TEXT
    for text in _strings(event.input, 0):
        parts.append(_added(text[:room]))
        room -= len(parts[-1])
        if room <= 0:
            break
    return "\n".join(parts)


def relative(path: str, cwd: str) -> str:
    """Returns a path below the session's folder relative to it, any other as it is; `..` and `.` are resolved."""
    plain = posixpath.normpath(path.replace("\\", "/"))
    folder = cwd.replace("\\", "/").rstrip("/")
    return plain.removeprefix(f"{folder}/") if folder else plain


def is_same_file(told: str, path: str) -> bool:
    """Whether a path as a call names it can be the file at `path` of the repository: the same, or ends in it."""
    return any(each == path or each.endswith(f"/{path}") for each in (told, relative(told, "")))


def _is_patch(text: str) -> bool:
    return "*** Begin Patch" in text or text.startswith(("diff --git ", "--- a/"))


def _added(text: str) -> str:
    """Returns of a patch the lines it adds, of any other text all."""
    if not _is_patch(text[:_LOOK]):
        return text
    return "\n".join(line[1:] for line in text.split("\n") if line.startswith("+") and not line.startswith("+++ "))


def _strings(value: Mapping[str, object] | object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _MAX_DEPTH and isinstance(value, dict):
        for name, each in value.items():
            if name not in _OLD:
                yield from _strings(each, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each, depth + 1)
