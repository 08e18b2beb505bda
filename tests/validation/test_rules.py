"""Every rule finds its fault at the very place, and leaves alone what only resembles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.validation.rules import RULES
from tests.validation.cases import CASES, Case
from tests.validation.files import found

if TYPE_CHECKING:
    from pathlib import Path


def named(case: Case) -> str:
    return f"{case.rule}-{CASES.index(case)}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fault_is_found_at_its_place_and_nothing_else(case: Case, tmp_path: Path) -> None:
    assert found(tmp_path, case.bad) == case.expected


@pytest.mark.parametrize("case", [case for case in CASES if case.good], ids=named)
def test_what_comes_near_a_fault_is_left_alone(case: Case, tmp_path: Path) -> None:
    assert found(tmp_path, case.good) == []


def test_every_rule_has_a_case() -> None:
    elsewhere = {"unreadable", "symlink", "place.derived"}  # test_hostile.py: they take more than files
    history = {"approval.author", "approval.signature", "approval.proposer", "approval.approver", "review.people",
               "review.settings", "review.changes", "review.author", "review.removed"}  # fmt: skip
    # tests/workflows/test_approvals.py: they take commits
    assert {case.rule for case in CASES} | elsewhere | history == set(RULES)


def test_every_finding_is_as_grave_as_its_rule(tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        for told in found(tmp_path / str(number), case.bad):
            severity, rule = told.split()[-2:]
            assert RULES[rule].severity == severity
