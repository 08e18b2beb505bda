from __future__ import annotations

import argparse
import re
import subprocess
import tarfile
import unittest.case
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from whoosh.lang.snowball.english import EnglishStemmer

from kit.store import generation
from kit.store.stem import stem
from kit.store.tokens import fold, query_terms, terms

if TYPE_CHECKING:
    from types import ModuleType

any_text = st.text(st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("name", "whole", "parts"),
    [
        ("max_retries", "maxretri", ["max", "retri"]),
        ("maxRetries", "maxretri", ["max", "retri"]),
        ("HTTPServer", "httpserver", ["http", "server"]),
        ("os.path.join", "os.path.join", ["os", "path", "join"]),
        ("asyncio.TimeoutError", "asyncio.timeouterror", ["asyncio", "timeouterror", "timeout", "error"]),
        ("src/auth/login.py", "src/auth/login.py", ["src", "auth", "login", "py"]),
        ("std::vector", "std::vector", ["std", "vector"]),
        ("E0308", "e0308", ["0308"]),
        ("ERR_MODULE_NOT_FOUND", "errmodulenotfound", ["err", "modul", "not", "found"]),
        ("CVE-2024-1", "cve20241", ["cve", "2024", "1"]),
        ("3.11.7", "3.11.7", ["3", "11", "7"]),
        ("C++", "c++", ["c"]),
        ("C#", "c#", []),
        (".NET", ".net", ["net"]),
        ("--dry-run", "--dry-run", ["dryrun", "dri", "run"]),
        ("pkg/__init__.py", "pkg/__init__.py", ["pkg", "init", "py"]),
    ],
)
def test_a_name_is_found_whole_and_by_its_parts(name: str, whole: str, parts: list[str]) -> None:
    assert {whole, *parts} <= terms(f"see {name}, here").keys()
    assert {whole, *parts} == query_terms(name).keys()


def test_a_name_in_another_style_is_the_same_name() -> None:
    styles = ("maxRetries", "max_retries", "MAX_RETRIES", "max-retries")
    assert {frozenset(terms(name)) for name in styles} == {frozenset({"max", "retri", "maxretri"})}


def test_a_whole_name_weighs_less_than_its_parts() -> None:
    assert terms("max_retries")["maxretri"] < terms("max_retries")["max"]


def test_a_name_of_two_words_is_found_as_one() -> None:
    assert query_terms("github").keys() <= terms("GitHub").keys()
    assert terms("GitHub")["github"] > terms("git_hub")["github"]


def test_the_parts_of_a_digest_are_not_indexed() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert list(terms(digest)) == [digest]


def test_question_words_are_not_asked_for() -> None:
    assert query_terms("How do I make the tests run in parallel?").keys() == {
        "make",
        "test",
        "run",
        "parallel",
    }


def test_stop_words_are_asked_for_when_there_is_nothing_else() -> None:
    assert query_terms("to be or not to be").keys() == {"to", "be", "or", "not"}


def test_a_word_that_is_repeated_weighs_more_but_not_as_often() -> None:
    assert query_terms("lock lock timeout lock") == {"lock": 2.0, "timeout": 1.0}


def test_contractions_and_possessives_end_before_the_apostrophe() -> None:
    assert query_terms("don't the parser\u2019s") == query_terms("don the parser")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("\u65e5\u672c\u8a9e\u306e\u6587\u66f8", "\u6587\u66f8"),
        ("\u9ed2\u732b\u304c\u3044\u308b", "\u732b"),
        ("\ud30c\uc774\uc36c\uc5d0\uc11c", "\ud30c\uc774\uc36c"),
        ("\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22", "\u0e44\u0e17\u0e22"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", "\u043f\u0440\u0438\u0432\u0435\u0442"),
        ("na\u00efve caf\u00e9", "naive cafe"),
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01le", "file"),
        ("\uff21\uff22\uff23", "abc"),
    ],
)
def test_other_scripts_are_found(text: str, query: str) -> None:
    assert query_terms(query).keys() <= terms(text).keys()
    assert query_terms(query)


@given(any_text)
@example("a" * 100_000)
@example("_" * 100_000)
@example("a/" * 50_000)
@example("\ud800 \x00 x")
def test_a_text_is_found_by_itself(text: str) -> None:
    found = terms(text)
    assert query_terms(text).keys() <= found.keys()
    assert all(weight > 0 and 0 < len(term) <= 100 for term, weight in found.items())


@given(any_text)
def test_folding_a_keyword_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_stems_are_those_of_snowball() -> None:
    modules = (argparse, re, subprocess, tarfile, unittest.case)
    words = {word for module in modules for word in re.findall("[a-z]+", _source(module).lower())}
    words |= {f"{root}{end}" for root in ("creat", "happ", "run", "cri", "feed") for end in _ENDINGS}
    snowball = EnglishStemmer()
    assert {word: stem(word) for word in words} == {word: snowball.stem(word) for word in words}


def test_changing_the_terms_of_a_text_means_raising_the_format() -> None:
    found = terms("Why does `fetch_all()` in http/Client.py fail on E0308 (3.11.7, --dry-run)? na\u00efve \u732b\u304c")
    whole = {term for term, weight in found.items() if weight == 0.25}
    assert generation.FORMAT == 1
    assert whole == {"fetchal", "http/client.py", "e0308", "3.11.7", "dryrun", "--dry-run"}
    assert " ".join(sorted(found.keys() - whole)) == (
        "0308 11 3 7 all client doe dri fail fetch http in naiv on py run whi \u304c \u732b \u732b\u304c"
    )


_ENDINGS = [
    "s",
    "es",
    "ed",
    "eed",
    "ing",
    "ingly",
    "ly",
    "ational",
    "fulness",
    "iveness",
    "ogi",
    "li",
    "ies",
    "ement",
]


def _source(module: ModuleType) -> str:
    assert module.__file__
    return Path(module.__file__).read_text("utf-8")
