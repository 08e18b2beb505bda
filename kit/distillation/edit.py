"""What a tool call changed in a file: the old and the new text, whatever the tool calls them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kit.harnesses.event import Event

MAX_TEXT = 20_000  # characters of an edit that are compared
_OLD = ("old_string", "oldText", "old_str", "old_text", "search")
_NEW = ("new_string", "newText", "new_str", "new_text", "replace")
_WHOLE = ("content", "file_text", "contents", "text")
_PATHS = ("file_path", "path", "filePath", "filename", "file", "target_file", "notebook_path", "absolute_path")
_WRITERS = re.compile(r"(?i)write|edit|create|replace|patch|update|insert")
_READERS = re.compile(r"(?i)read|view|search|grep|list|todo|plan|task|fetch|question|message|memory")


class Edit(NamedTuple):
    """One change of one file; `old` is "" where it is not told (a file that was written whole)."""

    path: str
    old: str
    new: str

    @property
    def undone(self) -> tuple[str, str, str]:
        """What an edit that takes this one back looks like."""
        return (self.path, self.new.strip(), self.old.strip())


def edits(event: Event, line: str) -> list[Edit]:
    """Returns the changes of files that a call asks for; `line` is the shell line it was called with, "" for none."""
    if "*** Begin Patch" in (line or _text(event.input)):
        return list(_patched(line or _text(event.input)))
    given = event.input
    if line or isinstance(given, str):
        return []
    if _READERS.search(event.tool) or not (_WRITERS.search(event.tool) or any(name in given for name in _OLD)):
        return []
    path = _first(given, _PATHS) or (event.files[0] if event.files else "")
    changes = given.get("edits")
    parts: list[Mapping[str, object]] = [given]
    if isinstance(changes, list):
        parts = [each for each in changes if isinstance(each, dict)]
    found = []
    for part in parts[:50]:
        old, new = _first(part, _OLD), _first(part, _NEW)
        if not old and not new:
            new = _first(part, _WHOLE)
        if path and (old or new):
            found.append(Edit(path, old[:MAX_TEXT], new[:MAX_TEXT]))
    return found


def told(edit: Edit) -> tuple[list[str], list[str]]:
    """Returns the lines that an edit took away and those that it added, bare of indentation, blank ones left out."""
    if not edit.old:
        return [], [line.strip() for line in edit.new.split("\n")[:200] if line.strip()]
    old = [line.strip() for line in edit.old.split("\n")]
    new = [line.strip() for line in edit.new.split("\n")]
    if len(old) * len(new) > 250_000:
        there, here = set(old), set(new)
        return [each for each in old if each and each not in here], [each for each in new if each and each not in there]
    gone: list[str] = []
    came: list[str] = []
    for name, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if name != "equal":
            gone += filter(None, old[a:b])
            came += filter(None, new[c:d])
    return gone, came


def _patched(text: str) -> Iterator[Edit]:
    """Yields the changes in a patch of Codex's form."""
    path, old, new = "", list[str](), list[str]()
    for line in text[: MAX_TEXT * 5].split("\n"):
        if found := re.match(r"\*\*\* (?:Update|Add|Delete) File: (.+)", line):
            if path and (old or new):
                yield Edit(path, "\n".join(old), "\n".join(new))
            path, old, new = found[1].strip(), [], []
        elif line.startswith(("@@", "*** ")):
            if path and (old or new):
                yield Edit(path, "\n".join(old), "\n".join(new))
            old, new = [], []
            if line.startswith("*** End Patch"):
                return
        elif line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith(" "):
            old.append(line[1:])
            new.append(line[1:])
    if path and (old or new):
        yield Edit(path, "\n".join(old), "\n".join(new))


def _first(given: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := given.get(name), str) and value), "")


def _text(given: Mapping[str, object] | str) -> str:
    if isinstance(given, str):
        return given
    return next((value for value in given.values() if isinstance(value, str) and "*** Begin Patch" in value), "")
