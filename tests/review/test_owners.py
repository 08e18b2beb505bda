"""CODEOWNERS and the people of kit.toml: who may approve which file."""

from __future__ import annotations

import pytest

from kit import config
from kit.review import owners, people

FILE = """# who owns what
*            @ana
/blocks/     @ben ops@example.com # the blocks
docs/*       @cleo
**/deep      @dora
/blocks/free/
[Section]
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ("@ana",)),
        ("blocks/a.md", ("@ben", "ops@example.com")),
        ("x/blocks/a.md", ("@ana",)),
        ("docs/a.md", ("@cleo",)),
        ("docs/x/a.md", ("@ana",)),
        ("any/deep/a.md", ("@dora",)),
        ("blocks/free/a.md", ()),
    ],
)
def test_the_last_line_that_matches_counts(path: str, expected: tuple[str, ...]) -> None:
    assert owners.of(owners.parse(FILE), path) == expected


def test_an_owner_is_a_person_by_login_or_by_address() -> None:
    toml = b"""[review]
approvers = ["human:ana", "human:ben"]
[[review.people]]
id = "ana"
email = "Ana@Example.com"
login = "ana-b"
[[review.people]]
id = "ben"
email = "ops@example.com"
[[review.people]]
id = "cleo"
email = "cleo@example.com"
"""
    found = people.of(config.parse(toml), b"/blocks/ @ana-b\n/facts/ ops@example.com @org/team\n")
    assert found.why_not("human:ana", "blocks/a.md") == ""
    assert "CODEOWNERS" in found.why_not("human:ben", "blocks/a.md")
    assert found.why_not("human:ben", "facts/a.md") == ""
    assert "review.approvers" in found.why_not("human:cleo", "x.md")
    assert "review.people" in found.why_not("human:dora", "x.md")
    assert found.of_email("ana@example.COM") == found.named("human:ana")[0]
    assert found.of_email("") is None


def test_a_hostile_pattern_is_read_in_time_that_follows_its_length() -> None:
    assert owners.of(owners.parse("*" * 400 + "a" * 50 + " @x\n" + "a*" * 200 + "b @x\n"), "c" * 200) == ()
