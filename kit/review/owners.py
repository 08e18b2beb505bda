"""CODEOWNERS: who owns a path; the last line that matches counts (GitHub and GitLab read it so)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.safety import paths

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINES = 5000
_LONGEST = 500  # characters of a pattern


class Rule(NamedTuple):
    """One line: the globs its pattern stands for, and the owners it names (none: nobody in particular)."""

    globs: tuple[str, ...]
    owners: tuple[str, ...]


def parse(text: str) -> tuple[Rule, ...]:
    """Returns the rules of a file; comments, sections and lines that are none are passed over."""
    rules = []
    for line in text.splitlines()[:MAX_LINES]:
        words = line.split(" #", 1)[0].split()
        if not words or words[0].startswith(("#", "[", "^[", "!")) or len(words[0]) > _LONGEST:
            continue
        rules.append(Rule(_globs(words[0]), tuple(each for each in words[1:] if "@" in each)))
    return tuple(rules)


def of(rules: Sequence[Rule], path: str) -> tuple[str, ...]:
    """Returns the owners of a path, as they are written."""
    for rule in reversed(rules):
        if any(paths.matches(glob, path) for glob in rule.globs):
            return rule.owners
    return ()


def _globs(pattern: str) -> tuple[str, ...]:
    """Returns a pattern as globs: without a slash but at its end it may stand in any folder, as in .gitignore."""
    name = pattern.rstrip("/")
    rooted = name.lstrip("/") if "/" in name else f"**/{name}"
    if pattern.endswith("/"):
        return (f"{rooted}/**",)
    if rooted.endswith("/*"):  # GitHub: what stands in the folder itself, not below
        return ("**",) if rooted == "**/*" else (rooted,)
    return (rooted, f"{rooted}/**")
