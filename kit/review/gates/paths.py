"""No path of one person's machine stands in it: it says who they are, and leads nowhere elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.records.finding import ERROR, WARNING
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject

_NAME = r"[A-Za-z0-9._-]{1,64}"
_PERSONAL = re.compile(
    rf"(?<![\w.~/\\-])(?:/(?:home|Users)/(?P<unix>{_NAME})|/root(?=/)|[A-Za-z]:[\\/]{{1,2}}Users[\\/]{{1,2}}(?P<windows>{_NAME})"
    rf"|/private/var/folders/|/var/folders/\w\w/|/mnt/[a-z]/Users/(?P<wsl>{_NAME}))"
)
_NOBODY = frozenset(
    ("user", "you", "me", "username", "name", "runner", "example", "shared", "public", "ubuntu", "vscode", "node",
     "someone", "your-name", "yourname", "...", "xxx", "foo")
)  # fmt: skip
_ABSOLUTE = re.compile(r"^(?:/|~/|[A-Za-z]:[\\/]|file:)")


def _run(subject: Subject) -> list[Fault]:
    text = subject.record.dump().decode("utf-8", "replace")
    found: dict[tuple[str, int], Fault] = {}
    for match in _PERSONAL.finditer(text):
        name = match["unix"] or match["windows"] or match["wsl"] or ""
        if name.lower() in _NOBODY:
            continue
        line = text.count("\n", 0, match.start()) + 1
        found.setdefault((match[0], line), Fault(f"a path of one machine: {match[0]}", "write ~ for it", line))
    return [*found.values(), *_scope(subject)]


def _scope(subject: Subject) -> list[Fault]:
    """Returns the absolute paths it says it applies to: these can match in no other clone."""
    scope = subject.record.meta.get("applies_to")
    globs = scope.get("paths") if isinstance(scope, dict) else None
    wrong = (
        [each for each in globs if isinstance(each, str) and _ABSOLUTE.match(each)] if isinstance(globs, list) else []
    )
    return [
        Fault(f"applies_to.paths holds {each}", "name paths from the repository's top", 0, WARNING) for each in wrong
    ]


CHECK = Check("No path of one machine stands in it", ERROR, 1, _run)
