"""A program's own loop compiles what it sends, for either API, and can prove it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit import context
from kit.context.options import Options
from kit.errors import Blocked
from tests.context.rules import RULES
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("form", RULES)
def test_a_loop_sends_what_it_compiles_and_keeps_what_it_sent(repo: Path, form: str) -> None:
    with context.open(repo, "parser", agent="ana") as thread:
        thread.add("system", "Be brief.")
        for question in ("Why?", "How?"):
            thread.add("user", question)
            sent = thread.compile(format=form, budget=200, is_recorded=True)
            assert RULES[form](sent.value) == []
            thread.add("assistant", f"Because of {len(sent.value['messages'])}.")
    verified = kit(repo, "context", "verify", "--all", "--on", "parser", "--json")
    assert [each["answer"] for each in verified.json["records"]] == ["proven", "proven"]


def test_a_loop_compiles_what_stood_before_and_hears_of_a_budget_that_is_too_small(repo: Path) -> None:
    with context.open(repo, "parser", agent="ana") as thread:
        thread.add("system", "Be brief.")
        thread.add("user", "Why?")
        assert "Why?" not in thread.compile(at="HEAD~1", **Options(format="text")._asdict()).value
        with pytest.raises(Blocked):
            thread.compile(budget=1)
