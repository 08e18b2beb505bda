"""Tells in words what an attempt changed: the lines of an edit, or the command that was run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.distillation import edit as edits
from kit.distillation import prose
from kit.distillation.claim import Claim, Evidence, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.distillation.attempt import Problem
    from kit.distillation.edit import Edit
    from kit.distillation.explanation import Cleaner
    from kit.distillation.step import Step

_MOST = 24  # words of one change


def claims(steps: Sequence[Step], problem: Problem, *, root: str, clean: Cleaner, most: int = _MOST) -> Iterator[Claim]:
    """Yields a sentence for each thing that was changed, the most telling first; `most` words each.

    Edits come before commands; of several edits of one file, those that take away or replace lines come first.
    """
    told: list[tuple[int, Claim]] = []
    for step in steps:
        for each in step.edits:
            text = _edited(each, root=root, clean=clean, most=most)
            if text:
                told.append((_rank(each), Claim(text, (Evidence(step.line, step.line, _excerpt(each, clean)),))))
        for act in step.acts:
            line = quote(clean(act.text))
            verb = "Take changes back with" if step.undoes else "Run"
            told.append(
                (2, Claim(f"{verb} {prose.code(line, root=root, most=most)}.", (Evidence(step.line, step.line, line),)))
            )
    if not told and problem.fix == tuple(steps):
        line = quote(clean(problem.passing.text))
        told.append((0, Claim(f"Run it as {prose.code(line, root=root, most=most)}.",
                              (Evidence(problem.passed.line, problem.passed.line, line),))))  # fmt: skip
    seen: set[str] = set()
    for _, claim in sorted(told, key=lambda each: each[0]):
        if claim.text not in seen:
            seen.add(claim.text)
            yield claim


def lines(edit: Edit) -> list[str]:
    """Returns the lines that an edit took away or added."""
    gone, came = edits.told(edit)
    return [*gone[:40], *came[:40]]


def _edited(edit: Edit, *, root: str, clean: Cleaner, most: int) -> str:
    gone, came = edits.told(edit)
    path = prose.code(prose.local(edit.path, root))
    old, new = _telling(gone, came)
    each = max(3, (most - 5) // (2 if old and new else 1))
    before, after = (prose.code(quote(clean(one)), root=root, most=each) if one else "" for one in (old, new))
    more = f" (and {len(came) - 1} more lines)" if len(came) > 3 else ""
    if not edit.old:
        return f"Write {path}{f' with {after}' if after else ''}{more}."
    if before and after:
        return f"In {path}, replace {before} by {after}{more}."
    if after:
        return f"In {path}, add {after}{more}."
    return f"In {path}, remove {before}." if before else ""


def _telling(gone: list[str], came: list[str]) -> tuple[str, str]:
    """Returns the line taken away and the line added that tell most: code before comments, then the longest match."""
    old = [line for line in gone if _is_code(line)] or gone
    new = [line for line in came if _is_code(line)] or came
    if old and new:
        import difflib

        first = old[0]
        near = difflib.get_close_matches(first, new[:20], n=1, cutoff=0.5)
        return first, near[0] if near else new[0]
    return old[0] if old else "", new[0] if new else ""


def _is_code(line: str) -> bool:
    return len(line) > 3 and not line.startswith(("#", "//", "/*", "*", "--", '"""', "'''", "<!--"))


def _rank(edit: Edit) -> int:
    return 0 if edit.old else 1


def _excerpt(edit: Edit, clean: Cleaner) -> str:
    """Returns a line of the edit as the transcript holds it."""
    gone, came = edits.told(edit)
    old, new = _telling(gone, came)
    return quote(clean(new or old or edit.path))
