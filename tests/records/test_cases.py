"""Files as people and programs write them: the good are valid, the bad are found at their place.

Beside a bad file stands what is expected of it: `line:column rule part-of-the-message`, a line for each finding.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.records import check, record, record_type
from kit.records.strict_json import Malformed

TYPES = record_type.shipped()
CASES = Path(__file__).parent.parent / "cases"
FILES = sorted(file for file in CASES.glob("*/*/*") if file.suffix in (".md", ".json"))
GOOD = [file for file in FILES if file.parent.name == "good"]
BAD = [file for file in FILES if file.parent.name == "bad"]


def name(file: Path) -> str:
    return file.relative_to(CASES).as_posix()


def found(file: Path) -> list[tuple[str, str]]:
    """Returns `line:column rule` and message of each finding."""
    try:
        findings = check.check(record.parse(name(file), file.read_bytes()), TYPES[file.parent.parent.name])
    except Malformed as error:
        return [(f"{error.line}:{error.column} {error.rule}", error.message)]
    return [(f"{each.line}:{each.column} {each.rule}", each.message) for each in findings]


@pytest.mark.parametrize("file", GOOD, ids=name)
def test_a_good_file_is_valid_and_survives_the_round_trip(file: Path) -> None:
    assert found(file) == []
    read = record.parse(name(file), file.read_bytes())
    formed = record.parse(name(file), read.canonical(TYPES[file.parent.parent.name]).dump())
    assert formed.meta == read.meta
    assert formed.digest() == read.digest()
    if read.is_markdown:
        assert read.dump() == file.read_bytes()


@pytest.mark.parametrize("file", BAD, ids=name)
def test_a_bad_file_is_found_at_its_place(file: Path) -> None:
    expected = file.with_name(file.name + ".expected").read_text("utf-8").splitlines()
    told = found(file)
    assert [place for place, _ in told] == [" ".join(line.split(" ", 2)[:2]) for line in expected]
    for (_, message), line in zip(told, expected, strict=True):
        assert line.split(" ", 2)[2] in message


@pytest.mark.parametrize("type_name", TYPES)
def test_every_type_has_cases(type_name: str) -> None:
    assert len([file for file in GOOD if file.parent.parent.name == type_name]) >= 2
    assert len([file for file in BAD if file.parent.parent.name == type_name]) >= 3
