"""Which of a project's patterns are let through: those that no text can keep busy for long."""

from __future__ import annotations

import pytest

from kit.safety.own import trouble


@pytest.mark.parametrize(
    "pattern",
    [
        "BADGE-[0-9]{6}",
        r"acme_[a-z0-9]{20,}",
        r"(?P<secret>[A-Z]{3}-\d+)",
        r"key-[a-z]+-[0-9]+-[a-z]+",
        r"(?:[0-9a-f]{4}-){3}[0-9a-f]{4}",
        r"\bX[0-9a-f]{8}(?:-[0-9a-f]{4})?\b",
    ],
)
def test_patterns_that_people_write_are_fine(pattern: str) -> None:
    assert trouble({"kind": "badge", "pattern": pattern}) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(",
        "[a-z",
        r"\d*\d*x",
        ".*a.*b",
        "a*[ab]*[bc]*d",
        r"\w{0,40}\w{0,40}\w{0,40}x",
        "(x+x+)+y",
        "(a|ab)*c",
    ],
)
def test_patterns_that_could_take_for_ever_are_none(pattern: str) -> None:
    assert "pattern" in trouble({"kind": "badge", "pattern": pattern})


@pytest.mark.parametrize("kind", ["", "Badge", "a_b", "-a", "a]", "x" * 41])
def test_a_kind_must_fit_in_a_marker(kind: str) -> None:
    assert "kind" in trouble({"kind": kind, "pattern": "x"})
