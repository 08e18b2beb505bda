"""One thread compiled in every format and strategy, byte for byte as it was when somebody last looked at it.

`--update-golden` writes the files anew; the difference is then read before it is committed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from kit.context.compile import compile_entries
from kit.context.options import Options
from tests.context.histories import answered, called, name, said
from tests.context.rules import RULES

GOLDEN = Path(__file__).parent / "golden"
LONG = "The parser reads a file at once. " + "It then goes on for a while, as parsers do. " * 12
THREAD = [
    said(0, "system", "You review a parser.\nBe brief.", priority="pinned"),
    said(1, "user", "Why does it fail on an empty file?"),
    said(2, "assistant", "It may be the loop.", kind="reasoning", priority="skip"),
    said(3, "assistant", "I look at the parser and its test."),
    called(4, "call_a", '{"path": "parser.py"}'),
    called(5, "call_b", '{"path": "test_parser.py"}'),
    answered(6, "call_a", LONG),
    answered(7, "call_b", "\x1b[31mno such file\x1b[0m"),
    said(8, "assistant", "It reads before it looks."),
    said(9, "user", "Write that down.", priority="important"),
    called(10, "call_c", "no JSON at all", tool="mcp: write note"),
    said(11, "tool", "a result that nobody asked for", call="call_x"),
    said(12, "assistant", "It reads before it looks whether there is anything.", edits=name(8)),
    said(13, "assistant", "# Findings\n\n" + LONG + "\n\n# Next\n\n- a test for it\n", kind="artifact"),
    said(14, "user", "Never mind.", priority="skip"),
    said(15, "assistant", "Done.\u202e "),
]


class Case(NamedTuple):
    name: str
    options: Options


CASES = [
    Case("full.txt", Options()),
    Case("reasoning.txt", Options(reasoning=True)),
    Case("messages.txt", Options(strategy="messages")),
    Case("window.txt", Options(strategy="window", k=1)),
    Case("adaptive.txt", Options(strategy="adaptive", k=2)),
    Case("budget.txt", Options(budget=80)),
    Case("order.txt", Options(order=(name(9), name(1)))),
    Case("full.json", Options(format="json")),
    Case("openai.json", Options(format="openai")),
    Case("anthropic.json", Options(format="anthropic")),
    Case("adaptive-anthropic.json", Options(format="anthropic", strategy="adaptive", k=1)),
    Case("opening-anthropic.json", Options(format="anthropic", budget=90)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_compile_is_what_it_was(case: Case, request: pytest.FixtureRequest) -> None:
    made = compile_entries(THREAD, case.options, commit="c" * 40)
    account = json.dumps(made.account, indent=1).encode() + b"\n"
    for file, data in ((GOLDEN / case.name, made.data), (GOLDEN / f"{case.name}.account", account)):
        if request.config.getoption("--update-golden"):
            GOLDEN.mkdir(exist_ok=True)
            file.write_bytes(data)
        assert file.read_bytes() == data
    if case.options.format in RULES:
        assert RULES[case.options.format](json.loads(made.data)) == []


def test_no_golden_file_is_left_over() -> None:
    assert {each.name for each in GOLDEN.iterdir()} == {
        f"{case.name}{end}" for case in CASES for end in ("", ".account")
    }
