"""Files of a small knowledge repository, and what kit validate finds in a folder that holds them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from kit.records import record
from kit.records.strict_json import Malformed
from kit.store.git import Git
from kit.store.tree import FILE, Entry, File, Tree, object_id
from kit.validation import validate as room
from kit.validation import view
from kit.validation.gather import Means

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from kit.validation.validate import Report
    from kit.validation.view import View

BODY = """## Situation

It hangs.

## Mechanism

A lock.

## Dead ends

- Waiting.

## Unlock

Release it.

## Verification

Run it twice.
"""


def block(name: str = "a", *, more: str = "", body: str = BODY) -> str:
    """A block whose own lines are 2 to 5; `more` follows in line 6, then an approval of it, then the body.

    It has none where `more` speaks of approvals, or makes it no record at all.
    """
    text = f"---\ntype: block\nid: {name}\ntitle: T\ndescription: Use when it hangs.\n{more}---\n{body}"
    return text if "verified" in more or "status" in more else approved(text)


def approved(text: str) -> str:
    """Returns a record with an approval of what it says, in one line at the end of its front matter."""
    try:
        digest = record.parse("blocks/a.md", text.encode()).digest()
    except Malformed:
        return text
    entry = f'verified: [{{by: "human:zoe", at: "2026-01-02T00:00:00Z", digest: "{digest}"}}]\n'
    return text.replace("\n---\n", f"\n{entry}---\n", 1)


def fact(name: str = "f", *, more: str = "", body: str = "It is so.\n") -> str:
    """The same for a fact."""
    return f"---\ntype: fact\nid: {name}\ntitle: T\ndescription: It is so.\n{more}---\n{body}"


def write(top: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return top


def report(top: Path, *, only: Collection[str] = (), means: Means | None = None) -> Report:
    """Validates the files of a folder, which may be a repository's work tree."""
    seen = view.of_work_tree(top, Git(top, os.environ) if (top / ".git").exists() else None)
    root, config = room.settings(seen, "")
    return room.validate(seen, root=root, config=config, means=means or Means(), only=only)


def told(found: Report) -> list[str]:
    """Every finding as `path:line:column severity rule`."""
    return [f"{each.path}:{each.line}:{each.column} {each.severity} {each.rule}" for each in found.findings]


def found(top: Path, files: Mapping[str, str | bytes]) -> list[str]:
    """Writes the files into a folder and returns what is found there."""
    return told(report(write(top, files)))


def view_of(files: Mapping[str, str]) -> View:
    """The view of files that stand nowhere but here."""
    data = {path: content.encode() for path, content in files.items()}
    folders = {path[: at.start()] for path in files for at in re.finditer("/", path)}

    def opened(wanted: Iterable[str]) -> Tree:
        below = tuple(f"{folder}/" for folder in wanted)
        entries = {
            path: Entry(FILE, object_id(data[path]))
            for path in sorted(data)
            if path in wanted or path.startswith(below)
        }
        return Tree(
            "files", "", entries, lambda paths: (File(path, object_id(data[path]), data[path]) for path in paths)
        )

    return view.View(opened, lambda path: path in data or path in folders, lambda _: [])
