"""Safe paths as cases; globs against every path over a small alphabet."""

from __future__ import annotations

import re
from functools import cache
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kit.safety.paths import is_safe_relative, matches, overlap, why_unsafe

SAFE = [
    "a",
    "src/auth/login.py",
    ".github/workflows/ci.yml",
    ".gitignore",
    "docs/über uns/naïve.md",
    "app/[slug]/page.tsx",
    "src/**",
    "-x",
    "a..b",
    "console/aux_/common.txt",
    "emoji-👩‍💻.md",
    "x" * 255,
]

UNSAFE = [
    "",
    "/etc/passwd",
    "a//b",
    "a/",
    "./a",
    "../a",
    "a/../b",
    "a\\b",
    "C:/x",
    "c:x",
    "a/b:stream",
    "a\0b",
    "a\nb",
    "a\tb",
    "a\x1b[31m",
    "a\x7f",
    "a\u202eb",
    "a\ud800",
    "a. ",
    "a.",
    "a /b",
    ".git",
    "a/.GIT/config",
    "sub/.Git/hooks/pre-commit",
    "git~1/config",
    "GIT~1",
    ".git.",
    ".git ",
    *(f".g{ignorable}it/config" for ignorable in "\u200c\u200d\u200e\u200f\u202a\u202e\u206a\u206f\ufeff"),
    "nul",
    "NUL.txt",
    "a/con",
    "aux .h",
    "com1",
    "LPT9.md",
    "com\xb9",
    "CONIN$",
    "x" * 256,
    "é" * 128,
    "/".join(["abc"] * 1100),
]


@pytest.mark.parametrize("path", SAFE)
def test_a_plain_path_is_safe(path: str) -> None:
    assert why_unsafe(path) == ""
    assert is_safe_relative(path)


@pytest.mark.parametrize("path", UNSAFE, ids=ascii)
def test_a_path_that_leaves_hides_or_differs_between_systems_is_unsafe(path: str) -> None:
    assert why_unsafe(path)
    assert not is_safe_relative(path)


@pytest.mark.parametrize(
    ("glob", "path", "covered"),
    [
        ("src/auth", "src/auth", True),
        ("src/auth", "src/auth/login.py", True),
        ("src/auth/", "src/auth/login.py", True),
        ("./src/auth", "src/auth/login.py", True),
        ("src/auth", "src/authority.py", False),
        ("src/auth", "lib/src/auth", False),
        ("src/auth/**", "src/auth", True),
        ("src/auth/**", "src/auth/a/b.py", True),
        ("src/*", "src/a", True),
        ("src/*", "src/a/b", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/a.pyc", False),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "a/b/test_a.py", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a**b", "axxb", True),
        ("a**b", "a/b", False),
        ("[a-c]?", "bz", True),
        ("[!a-c]x", "bx", False),
        ("[^a-c]x", "dx", True),
        ("[]x]", "]", True),
        ("[!]x]", "]", False),
        ("a[", "a[", True),
        ("[b-a]", "b", False),
        ("x[a-]", "x-", True),
        ("[.-0]", ".", True),
        ("app/[slug]", "app/[slug]/page.tsx", True),
        ("app/[slug]/*.tsx", "app/[slug]/page.tsx", True),
        ("app/[slug]", "app/s", True),
        ("SRC", "src", False),
        (".", "anything/at/all", True),
    ],
)
def test_a_glob_covers_what_it_says(glob: str, path: str, covered: bool) -> None:
    assert matches(glob, path) is covered


@pytest.mark.parametrize(
    ("a", "b", "meet"),
    [
        ("src/auth/**", "src/auth", True),
        ("src/auth", "src/auth/login.py", True),
        ("src/auth", "src/au*", True),
        ("src/auth", "src/*/login.py", True),
        ("src/auth", "src/authority", False),
        ("src/**/a.py", "**/b.py", False),
        ("src/**/a.py", "src/*/?.py", True),
        ("*.py", "*.md", False),
        ("*a", "b*", True),
        ("[ab]", "[!a]", True),
        ("[a-f]", "[g-z]", False),
        ("?", "[.-0]", True),
        ("[.-0]", "[!.0]", False),
        ("app/[slug]", "app/**/page.tsx", True),
        ("app/[slug]", "app/[id]", False),
        ("app/[slug]", "app/[slug]/x", True),
        ("**", "a", True),
        ("a/*", "a/*/*", False),
    ],
)
def test_globs_meet_when_a_path_can_be_in_both(a: str, b: str, meet: bool) -> None:
    assert overlap(a, b) is meet
    assert overlap(b, a) is meet


# Bracketed texts stand among the characters, for globs whose brackets are part of a name.
LETTERS = ["a", "b", "c", "[!a]"]
SHORT = [first + second for first in LETTERS for second in ["", *LETTERS]]
PATHS = {
    *("/".join(names) for count in (1, 2, 3) for names in product(SHORT, repeat=count)),
    *("/".join(names) for count in (4, 5) for names in product(LETTERS, repeat=count)),
}
LINES = "".join(f"/{path}\n" for path in sorted(PATHS))

ELEMENTS = st.sampled_from(["a", "b", "*", "?", "[!a]"])


def globs(*, names: int, elements: int) -> st.SearchStrategy[str]:
    name = st.lists(ELEMENTS, min_size=1, max_size=elements).map("".join) | st.just("**")
    return st.lists(name, min_size=1, max_size=names).map("/".join)


WIDE = globs(names=2, elements=2)
DEEP = globs(names=3, elements=1)


@cache
def covered(glob: str) -> set[str]:
    readings = (expression(glob, classes=True), expression(glob, classes=False))
    return {line[1:] for reading in readings for line in re.findall(f"(?m)^{reading}$", LINES)}


def expression(glob: str, *, classes: bool) -> str:
    special = {"*": r"[^/\n]*", "?": r"[^/\n]"} | ({"[!a]": r"[^/\na]"} if classes else {})
    names = [re.findall(r"\[.*?\]|.", name) for name in glob.split("/")]
    if not any(element in special for name in names for element in name):
        names.append(["*", "*"])
    return "".join(
        r"(?:/[^/\n]+)*" if name == ["*", "*"] else "/" + "".join(special.get(e, re.escape(e)) for e in name)
        for name in names
    )


@given(WIDE | DEEP)
def test_matches_agrees_with_a_regular_expression_on_every_short_path(glob: str) -> None:
    some = sorted(PATHS)[:: len(glob) + 7]
    assert [path for path in some if matches(glob, path)] == [path for path in some if path in covered(glob)]


# Globs so small that two that meet at all meet in a path of PATHS.
@settings(max_examples=1000)
@given(st.tuples(WIDE, WIDE) | st.tuples(DEEP, DEEP))
@example(("a/**", "a"))
@example(("**/a/b", "b/a/**"))
@example(("a*/b", "*a/?"))
def test_overlap_is_symmetric_and_finds_exactly_what_trying_every_path_finds(pair: tuple[str, str]) -> None:
    a, b = pair
    assert overlap(a, b) == overlap(b, a) == bool(covered(a) & covered(b))


@given(WIDE | DEEP)
def test_a_glob_meets_itself_and_everything(glob: str) -> None:
    assert overlap(glob, glob)
    assert overlap(glob, "**")


def test_globs_full_of_stars_are_compared_in_polynomial_time() -> None:
    assert not overlap("*a" * 150 + "b", "*a" * 150 + "c")
    assert not overlap("**/a/" * 60 + "b", "**/a/" * 60 + "c")
