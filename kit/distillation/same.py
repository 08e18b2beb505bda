"""Says which commands are the same check: program and targets count, not how much is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.distillation import runner

if TYPE_CHECKING:
    from kit.distillation.shell import Command
    from kit.distillation.step import Step


def key(command: Command) -> tuple[str, ...]:
    """Returns what makes two runs the same check: program and what it is run on, not how much it prints."""
    program = _program(command)
    return (*program, *sorted(_targets(command)), command.folder)


def covers(passing: Command, failing: Command) -> bool:
    """Says whether one command passing says that the other would: the same check, or the same on more."""
    if _program(passing) != _program(failing):
        return False
    if passing.folder and failing.folder and passing.folder != failing.folder:
        return False
    mine, theirs = _targets(passing), _targets(failing)
    if mine == theirs or not mine:
        return True
    return all(any(_is_within(each, wide) for wide in mine) for each in theirs) if theirs else False


def differs(passing: Command, failing: Step, command: Command) -> bool:
    """Says whether what passed is another command than what failed: with a setting or a flag more or less."""
    before = next((each for each, _ in failing.checks if key(each) == key(command)), command)
    return (set(passing.setting), _flags(passing)) != (set(before.setting), _flags(before))


def _program(command: Command) -> tuple[str, ...]:
    words = [each for each in command.words if not each.startswith("-")]
    size = 3 if words[:2] in (["npm", "run"], ["pnpm", "run"], ["yarn", "run"], ["mise", "run"], ["bun", "run"],
                              ["docker", "compose"]) else 2 if tuple(words[:2]) in runner.RUNNERS else 1  # fmt: skip
    return tuple(words[:size])


def _targets(command: Command) -> frozenset[str]:
    size = len(_program(command))
    words = [each for each in command.words if not each.startswith("-")][size:]
    return frozenset(each for each in words if not each.isdigit())


_LOUD = frozenset(("-v", "-vv", "-vvv", "-q", "-qq", "-s", "-x", "--verbose", "--quiet", "--silent", "--no-header",
                   "--color", "--nocapture", "--", "-rA", "-ra", "-l"))  # fmt: skip


def _flags(command: Command) -> frozenset[str]:
    return frozenset(
        each for each in command.words
        if each.startswith("-") and each not in _LOUD and not each.startswith(("--tb", "--color", "--log-level"))
    )  # fmt: skip


def _is_within(target: str, wide: str) -> bool:
    if target == wide:
        return True
    base = wide.removesuffix("...").rstrip("/")
    return base in ("", ".") or target.startswith((base + "/", base + "::"))
