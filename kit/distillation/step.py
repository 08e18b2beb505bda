"""A tool call together with its result: what was run or changed, whether it failed, what it said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.distillation import edit, failure, runner, shell
from kit.harnesses import event as kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.distillation.edit import Edit
    from kit.distillation.runner import Runner
    from kit.distillation.shell import Command
    from kit.harnesses.event import Event

_EXIT = re.compile(r"^(?:<error>)?(?:Exit code|Command exited with code|Process exited with code|exit(?:ed)?"
                   r"(?: with)?(?: status| code)):? (\d+)", re.IGNORECASE | re.MULTILINE)  # fmt: skip
_REFUSED = re.compile(
    r"doesn't want to (?:proceed|take)|tool use was rejected|rejected by (?:the )?user|aborted by (?:the )?user"
    r"|user (?:cancelled|denied|declined)|Request interrupted by user|permission to use",
    re.IGNORECASE,
)
_ACTING_GIT = frozenset(("checkout", "restore", "reset", "stash", "revert", "clean", "switch", "rm", "mv"))
_UNDOING_GIT = frozenset(("checkout", "restore", "reset", "stash", "revert", "clean"))


class Step(NamedTuple):
    """One call. `line` is where it was made, `last` where its result stands (`line` when none came).

    `has_failed` is None where nothing tells. `checks` are the commands whose success means something, with what is
    known of each; `edits` what it changes in files; `acts` the commands that change something else. `output` is the
    result's two ends, `at` its place among the events.
    """

    at: int
    line: int
    last: int
    tool: str
    shell: str
    checks: tuple[tuple[Command, Runner], ...]
    edits: tuple[Edit, ...]
    acts: tuple[Command, ...]
    output: str
    has_failed: bool | None
    was_refused: bool
    is_active: bool
    agent: str

    @property
    def is_change(self) -> bool:
        """Whether it changed something, as far as one can see."""
        return bool(self.edits or self.acts) and self.has_failed is not True and not self.was_refused

    @property
    def undoes(self) -> bool:
        """Whether it takes changes back by git."""
        return any(each.words[0] == "git" and each.words[1:2] and _undoes(each) for each in self.acts)


def steps(events: Iterable[tuple[int, Event]]) -> list[Step]:
    """Returns the calls of one agent in order, each with its result; `events` are numbered.

    A result is joined by its call's id, else (a harness without ids) to the last call that has none yet.
    """
    calls: list[tuple[int, Event]] = []
    results: dict[int, Event] = {}
    by_id: dict[str, int] = {}
    for number, each in events:
        if each.kind == kinds.CALL:
            calls.append((number, each))
            if each.call:
                by_id[each.call] = number
        elif each.kind == kinds.RESULT:
            owner = by_id.get(each.call) if each.call else None
            if owner is None and not each.call and calls and calls[-1][0] not in results:
                owner = calls[-1][0]
            if owner is not None and owner not in results:
                results[owner] = each
    return [_step(number, call, results.get(number)) for number, call in calls]


def _step(number: int, call: Event, result: Event | None) -> Step:
    line = shell.line_of(call.input)
    found = shell.commands(line) if line else []
    if "apply_patch" in line[:200]:
        found = []
    known = [(each, told) for each in found if (told := runner.runner(each))]
    changes = edit.edits(call, line)
    acts = tuple(each for each in found if _acts(each))
    output = failure.ends(result.text) if result else ""
    was_refused = bool(result and _REFUSED.search(output[:600]))
    return Step(
        number, call.line, result.line if result else call.line, call.tool, line, tuple(known), tuple(changes), acts,
        output, _has_failed(result, output, known), was_refused, call.is_active, call.agent,
    )  # fmt: skip


def _has_failed(result: Event | None, output: str, known: list[tuple[Command, Runner]]) -> bool | None:
    """Says whether a call failed: by its exit status unless that is another command's, then by what it printed."""
    if result is None:
        return None
    status = result.exit_status
    if status is None and (told := _EXIT.search(output[:2000])):
        status = int(told[1])
    if status or result.is_error:
        return True
    is_masked = bool(known) and known[-1][0].is_masked
    if not known or (status == 0 and not is_masked):
        return False
    if failure.says_failed(output):
        return True
    return None if is_masked and output.strip() and not failure.passed(output) else False


def _acts(command: Command) -> bool:
    """Says whether a command changes something and checks nothing."""
    words = command.words
    if words[0] == "git":
        return words[1:2] != () and words[1] in _ACTING_GIT
    known = runner.runner(command)
    if known and known.kind in (runner.SETUP, runner.BUILD, runner.GIT):
        return True  # it checks, and what it makes can be what another check needs
    if known is not None or runner.is_look(command):
        return False
    return words[0] in runner.ACTS or words[0] in ("python", "python3", "export", "npm", "docker")


def _undoes(command: Command) -> bool:
    verb, *rest = command.words[1:]
    if verb == "checkout":
        return "-b" not in rest and ("--" in rest or any("." in word or "/" in word for word in rest))
    return verb in _UNDOING_GIT and not (verb == "stash" and rest[:1] in (["pop"], ["list"], ["show"]))
