"""Runs the console examples of Markdown files as written.

In a fenced `console` block a line `$ words` is run by bash in the clone of ana, `ben$ words` in ben's; lines below
`> ` go on with it. What follows is what it prints, standard error included; a line `...` stands for any lines, `...`
in a line for any text, and `(exit status 6)` for an exit status other than 0.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"(\w*)\$ (.*)")


@dataclass
class Example:
    """One command of a document and what it must print."""

    line: int
    agent: str
    words: str
    expected: list[str]


def examples(file: Path) -> list[Example]:
    text = file.read_text("utf-8")
    found: list[Example] = []
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1)) + 1
        for number, content in enumerate(block[1].splitlines(), line):
            if prompt := _PROMPT.fullmatch(content):
                found.append(Example(number, prompt[1] or "ana", prompt[2], []))
            elif (content == ">" or content.startswith("> ")) and found and not found[-1].expected:
                found[-1].words += "\n" + content[2:]
            else:
                found[-1].expected.append(content)
    return found


def run(example: Example, folder: Path, environment: dict[str, str]) -> list[str]:
    clone = folder / example.agent
    done = subprocess.run(
        ["bash", "-c", example.words],
        cwd=clone,
        env=environment | {"KIT_AGENT": example.agent},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    printed = done.stdout.splitlines()
    return printed + ([f"(exit status {done.returncode})"] if done.returncode else [])


def differs(expected: list[str], printed: list[str]) -> str:
    """Returns "" when the printed lines are the expected ones, else both side by side for the reader.

    How far the columns of a table stand apart depends on what varies in them, and does not count.
    """
    expected, printed = ([re.sub(r"(?<=\S) {2,}", "  ", line) for line in lines] for lines in (expected, printed))
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n" for line in expected
    )
    if re.fullmatch(pattern, "".join(line + "\n" for line in printed)):
        return ""
    return "expected:\n  " + "\n  ".join(expected) + "\nprinted:\n  " + "\n  ".join(printed)
