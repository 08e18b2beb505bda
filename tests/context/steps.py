"""Steps for tests: a talk of two turns, who takes, accepts and rejects, and programs that have a say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kit.context import accept, proposal, step, thread
from kit.context.step import Outcome, Step
from kit.model import trust
from tests.context import people
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.proposal import Proposal
    from tests.context.people import Writer

WHY = "engine command/x"


def talk(writer: Writer, on: str = "t") -> list[str]:
    """Says three things in a thread, and returns their ids."""
    said = (("the first question", "user"), ("the first answer", "assistant"), ("the second question", "user"))
    return [writer.add(text, role, on=on).id for text, role in said]


def fold(ids: list[str], text: str = "in short", *, on: str = "t", **fields: Any) -> Step:
    """Returns the step that folds the first two of a talk."""
    return Step(on, "compress", {"first": ids[0], "last": ids[1], "text": text}, **fields)


def take(writer: Writer, wanted: Step, autonomy: str = "", **more: Any) -> Outcome:
    return step.take(
        writer.store, wanted, autonomy=autonomy, author=writer.author, random=people.digits, redactor=writer.redactor,
        **more,
    )  # fmt: skip


def propose(writer: Writer, wanted: Step) -> str:
    """Proposes a step, and returns the id of the proposal."""
    outcome = take(writer, wanted, "collaborative")
    assert outcome.state == "proposed"
    return outcome.proposal


def take_up(writer: Writer, name: str, *, on: str = "t", **more: Any) -> Outcome:
    """Accepts a proposal."""
    return accept.accept(writer.store, on, name, author=writer.author, redactor=writer.redactor, **more)


def reject(writer: Writer, name: str, reason: str = "", *, on: str = "t") -> str:
    return accept.reject(
        writer.store, on, name, author=writer.author, redactor=writer.redactor, reason=reason
    )  # fmt: skip


def waiting(writer: Writer, on: str = "t") -> tuple[Proposal, ...]:
    found = proposal.proposals(writer.store, thread.read(writer.store, on), writer.redactor)
    assert not found.broken
    return found.proposals


def message(writer: Writer, rev: str = "refs/kit/context/t") -> dict[str, str]:
    """The trailers of a commit."""
    lines = git(writer.store.repository.top, "log", "-1", "--format=%(trailers:only,unfold)", rev).splitlines()
    return dict(line.removeprefix("Kit-").split(": ", 1) for line in lines if line)


def program(folder: Path, name: str, body: str) -> str:
    """Writes a program in Python that has `event`, and prints what `answer` is; returns the words that run it."""
    file = folder / name
    file.write_text(f"#!{sys.executable}\nimport json, sys\nevent = json.load(sys.stdin)\nanswer = {{}}\n{body}\n"
                    "print(json.dumps(answer))\n")  # fmt: skip
    file.chmod(0o755)
    return str(file)


def configured(repo: Path, text: str) -> None:
    (repo / "kit.toml").write_text(text)


def table(operation: str, when: str, run: str) -> str:
    return f'[[context.intercept]]\noperation = "{operation}"\nwhen = "{when}"\nrun = "{run}"\n'


def trusted(repo: Path, operation: str, when: str, run: str) -> None:
    """Trusts a program, as the person who works there does."""
    git(repo, "config", "--global", "--add", "kit.trustIntercept", trust.digest(["intercept", operation, when, run]))
