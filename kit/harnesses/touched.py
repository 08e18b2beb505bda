"""The files that a tool's call names: in its arguments, or in the patch it is given."""

from __future__ import annotations

import re
from typing import Any

_NAMES = ("file_path", "filePath", "path", "notebook_path", "absolute_path", "target_file", "filename", "file", "uri")
_LISTS = ("paths", "file_paths", "files", "edits")
_MAX_PATH, _MAX_FILES = 1024, 200
_PATCH = "*** "
_PATCHED = re.compile(r"^\*\*\* (?:(?:Update|Add|Delete) File|Move to): ([^\r\n]{1,1024})", re.MULTILINE)


def files(given: dict[str, Any] | str) -> tuple[str, ...]:
    """Returns the paths named, each once and in order, at most 200 of them; a shell's command is not looked into."""
    if isinstance(given, str):
        return _once(_patched(given)) if _PATCH in given else ()
    found: list[str] = []
    for name in _NAMES:
        value = given.get(name)
        if isinstance(value, str):
            found.append(value)
    for name in _LISTS:
        value = given.get(name)
        if isinstance(value, list):
            found += [path for each in value[:_MAX_FILES] if (path := _path(each))]
    for value in given.values():
        if isinstance(value, str):
            found += _patched(value) if _PATCH in value else ()
        elif isinstance(value, list):
            found += [path for each in value if isinstance(each, str) and _PATCH in each for path in _patched(each)]
    return _once(found) if found else ()


def _path(value: object) -> str:
    if isinstance(value, dict):
        value = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), "")
    return value if isinstance(value, str) else ""


def _patched(given: str) -> list[str]:
    return [match[1].strip() for match, _ in zip(_PATCHED.finditer(given), range(_MAX_FILES), strict=False)]


def _once(found: list[str]) -> tuple[str, ...]:
    kept = dict.fromkeys(each for each in found if each and len(each) <= _MAX_PATH and "\n" not in each)
    return tuple(kept)[:_MAX_FILES]
