"""A bare remote with a reviewed branch that names who reviews, and clones of people and of an agent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kit.records import record
from kit.store import derived
from tests.git import git
from tests.kit import Done, kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOML = """format = 1

[[review.people]]
id = "ana"
email = "ana@example.com"

[[review.people]]
id = "ben"
email = "ben@example.com"
"""

CANDIDATE = """---
type: block
id: loop-closed
title: Session fixtures die when the loop is function-scoped
description: Use when pytest-asyncio says "Event loop is closed" from the second test on.
status: draft
tags: [pytest]
applies_to: {languages: [python], errors: [RuntimeError]}
sources: [{resource: "https://pytest-asyncio.readthedocs.io/"}]
generated: {by: kit-distill/1, at: "2026-11-20T10:00:00Z"}
---
## Situation

The second async test fails with `Event loop is closed`.

## Mechanism

The fixture keeps a handle on the loop of the first test.

## Unlock

Set the loop scope of the fixture to session.

## Verification

`pytest -q tests` prints `2 passed`; before it printed one failure.
"""


def candidate(folder: Path, text: str = CANDIDATE, name: str = "loop-closed") -> Path:
    """Writes a candidate where kit distill would."""
    file = derived.make(folder / ".kit") / "candidates" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def begin(folder: Path, *, toml: str = TOML, files: dict[str, str] | None = None) -> None:
    """Commits kit.toml and files to main and pushes it, where there is a remote."""
    for name, text in {"kit.toml": toml, **(files or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Name who reviews")
    if git(folder, "remote"):
        git(folder, "push", "--quiet", "origin", "main")


def person(folder: Path, name: str) -> Callable[..., Done]:
    """Returns kit as a person runs it in a clone, whose git has that person's name and address."""
    git(folder, "config", "user.name", name.capitalize())
    git(folder, "config", "user.email", f"{name}@example.com")
    return lambda *words, **more: kit(folder, *words, agent="", **more)


def agent(folder: Path, name: str = "bot") -> Callable[..., Done]:
    return lambda *words, **more: kit(folder, *words, agent=name, **more)


def rules(done: Done) -> set[str]:
    """Returns the rules that kit validate --json found something of."""
    return {each["rule"] for each in json.loads(done.out)["findings"]}


def approval(text: str, by: str = "human:ana") -> str:
    """Returns a record with an approval of it as it is, written by whoever writes it."""
    read = record.parse("blocks/x.md", text.encode())
    entry = {"by": by, "at": "2026-11-21T10:00:00Z", "digest": read.digest()}
    return read.with_fields({"verified": [entry]}).dump().decode()


def gate(name: str, severity: str, more: str = "") -> str:
    """Returns the file of a gate."""
    head = f"type: gate\nid: {name}\ntitle: T\ndescription: D\nseverity: {severity}\n{more}"
    return f"---\n{head}---\n## Failure mode\n\nx\n\n## Test\n\ny\n"
