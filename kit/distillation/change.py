"""Tells in words what an attempt changed: the lines of an edit, or the command that was run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.distillation import edit as edits
from kit.distillation import prose
from kit.distillation.claim import Claim, Evidence, quote
from kit.distillation.same import covers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.distillation.attempt import Problem
    from kit.distillation.edit import Edit
    from kit.distillation.explanation import Cleaner
    from kit.distillation.step import Step

_MOST = 24  # words of one change
_NAMED = re.compile(r"[A-Za-z_]\w{3,60}")
_DOCUMENTS = (".md", ".rst", ".txt", ".adoc")


def claims(steps: Sequence[Step], problem: Problem, *, root: str, clean: Cleaner, most: int = _MOST) -> Iterator[Claim]:
    """Yields a sentence for each thing that was changed, the most telling first; `most` words each.

    Edits come before commands, those that name what the failure names before others, documents last. What an attempt
    that did not help had put there is told as what it had put it in place of.
    """
    told: list[tuple[tuple[int, int], Claim]] = []
    named = {word.lower() for word in _NAMED.findall(problem.failures[0].failure.message)}
    tried = [] if steps != problem.fix else [
        edits.told(change) for attempt in problem.dead_ends for step in attempt for change in step.edits
    ]  # fmt: skip
    for step, changes in _joined(steps):
        for each in changes:
            text = _edited(each, tried, root=root, clean=clean, most=most)
            if text:
                told.append((_rank(each, named), Claim(text, (Evidence(step.line, step.line, _excerpt(each, clean)),))))
        for act in step.acts:
            if covers(act, problem.check):
                continue
            line = quote(clean(act.text))
            place = prose.local(act.folder, root) if act.folder else ""
            where = f" in {prose.code(place)}" if place not in ("", ".") and act.folder != problem.check.folder else ""
            verb = "Take changes back with" if step.undoes else "Run"
            text = f"{verb} {prose.code(line, root=root, most=most)}{where}."
            told.append(((2, 0), Claim(text, (Evidence(step.line, step.line, quote(clean(step.shell))),))))
    if not told and problem.fix == tuple(steps):
        shown = prose.code(quote(clean(problem.passing.text)), root=root, most=most)
        at = problem.passed.line
        told.append(((0, 0), Claim(f"Run it as {shown}.", (Evidence(at, at, quote(clean(problem.passed.shell))),))))
    seen: set[str] = set()
    for _, claim in sorted(told, key=lambda each: each[0]):
        if claim.text not in seen:
            seen.add(claim.text)
            yield claim


def _joined(steps: Sequence[Step]) -> list[tuple[Step, list[Edit]]]:
    """Returns the steps with their edits; what a later one changed again is told once, as the later one left it."""
    found: list[tuple[Step, list[Edit]]] = []
    for step in steps:
        mine = []
        for each in step.edits:
            for _, earlier in found:
                same = next(
                    (at for at, one in enumerate(earlier) if one.path == each.path and _goes_on(one, each)), None
                )
                if same is not None:
                    each = each._replace(old=earlier.pop(same).old)  # noqa: PLW2901
                    break
            mine.append(each)
        found.append((step, mine))
    return found


def _goes_on(one: Edit, other: Edit) -> bool:
    return bool(one.old.strip()) and one.new.strip() == other.old.strip()


def lines(edit: Edit) -> list[str]:
    """Returns the lines that an edit took away or added."""
    gone, came = edits.told(edit)
    return [*gone[:40], *came[:40]]


def _edited(edit: Edit, tried: Sequence[tuple[list[str], list[str]]], *, root: str, clean: Cleaner, most: int) -> str:
    gone, came = edits.told(edit)
    for before_it, put_there in tried:
        if gone and all(line in put_there for line in gone):
            gone = [line for line in before_it if line not in came]
            break
    path = prose.code(prose.local(edit.path, root))
    old, new = _telling(gone, came)
    room = max(6, most - 4)
    size = len(old.split()), len(new.split())
    # A short side leaves its room to the other one.
    half = max(3, room // 2)
    most_old = max(half, room - size[1]) if old and new else room
    most_new = max(half, room - size[0]) if old and new else room
    before = prose.code(quote(clean(old)), root=root, most=most_old) if old else ""
    after = prose.code(quote(clean(new)), root=root, most=most_new) if new else ""
    whole = [prose.code(quote(clean(one)), root=root) for one in came if _is_code(one)]
    if 1 < len(whole) <= 3 and len(came) <= 4 and sum(len(one.split()) for one in (*whole, before)) <= room:
        after, came = ", ".join(whole), came[:1]
    more = f" (and {len(came) - 1} more lines)" if len(came) > 2 else ""
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


def _rank(edit: Edit, named: set[str]) -> tuple[int, int]:
    text = " ".join((*lines(edit), edit.path)).lower()
    shared = sum(word in text for word in named)
    return (3 if edit.path.lower().endswith(_DOCUMENTS) else 0 if edit.old else 1), -shared


def _excerpt(edit: Edit, clean: Cleaner) -> str:
    """Returns a line of the edit as the transcript holds it."""
    gone, came = edits.told(edit)
    old, new = _telling(gone, came)
    return quote(clean(new or old or edit.path))
