"""Values assigned to a telling name: all spellings in one file, what only looks so in another."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.safety.secrets import find, redact
from tests.safety.samples import run

HERE = Path(__file__).parent
SLOTS = {
    "§P": f"hunter2-{run('alnum', 4, seed=1)}",
    "§S": "p@ss!word",
    "§W": "letmein",
    "§T": run("alnum", 24, seed=2),
    "§H": run("hex", 40, seed=3),
    "§A": run("base64plain", 40, seed=4),
    "§U": "-".join(run("hex", length, seed=5) for length in (8, 4, 4, 4, 12)),
    "␛": "\x1b",
}
ASSIGNED = (HERE / "assigned.txt").read_text(encoding="utf-8").splitlines()
INNOCENT = (HERE / "innocent.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", ASSIGNED)
def test_a_value_beside_a_telling_name_goes_and_its_surroundings_stay(line: str) -> None:
    for slot, value in SLOTS.items():
        line = line.replace(slot, value)
    clean, counts = redact(f"before\n{line}\nafter")
    assert sum(counts.values()) == 1
    assert not [value for value in SLOTS.values() if value in clean.replace("\x1b", "")]
    assert clean.startswith(f"before\n{line[:3]}")
    assert clean.endswith("\nafter")


@pytest.mark.parametrize("line", INNOCENT)
def test_what_only_looks_like_a_secret_stays(line: str) -> None:
    assert find(f"before\n{line}\nafter") == []


def test_all_innocent_lines_together_stay() -> None:
    assert find("\n".join(INNOCENT)) == []


def test_this_very_package_holds_nothing_that_looks_like_a_secret() -> None:
    for path in (HERE.parents[1] / "kit").rglob("*"):
        if path.suffix in {".py", ".json"}:
            text = path.read_text(encoding="utf-8")
            assert [text[found.start : found.end] for found in find(text)] == [], path
