"""The fast reader of canonical front matter reads what libyaml reads, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput
from kit.records import front_matter, yaml_dump, yaml_read

TEXT = st.text(max_size=12) | st.sampled_from(["true", "Null", "-1", "1e5", "a: b", "a b", "- x", ".5", "", "[x]", "~"])
SCALAR = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False) | TEXT
VALUE = st.recursive(
    SCALAR, lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXT, each, max_size=3), max_leaves=8
)
PIECES = st.sampled_from(
    ["a", "b: ", "c:", "\n", "  - ", "  ", '"', "\\u0041", "\\n", "[", "]", "{", "}", ", ", "#", "1", "-", "true", "'",
     "|", "&x ", "*x", "!t ", "é", "\x7f", "\u2028", "k: v\n", 'q: "v"\n', "n: 12\n", "l: [a, 1]\n",
     "m: {a: 1}\n", "x:\n  - a\n"]
)  # fmt: skip


@given(st.dictionaries(TEXT, VALUE, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_as_libyaml_reads_it(meta: dict[str, Any]) -> None:
    try:
        text = yaml_dump.dump(meta)
    except InvalidInput:
        return
    read = yaml_read.load(text)
    assert read is None or read == front_matter.load(text) == meta


@given(st.lists(PIECES, max_size=14).map("".join))
@settings(max_examples=600, deadline=None)
def test_any_text_is_read_as_libyaml_reads_it_or_not_at_all(text: str) -> None:
    read = yaml_read.load(text)
    if read:
        assert read == front_matter.load(text)


def test_the_usual_fields_of_an_entry_are_read_fast() -> None:
    meta = {
        "type": "entry",
        "id": "0193b5c1a2f0-5f1d9c2e",
        "tokens": {"count": 12, "by": "rs-bpe"},
        "tags": ["a", "b-c", "two words"],
        "retain": [{"match": "regex", "pattern": 'a\\d+ "x"'}],
        "generation": {"temperature": 0.5, "stop": None, "stream": False},
        "folds": [f"0193b5c1a2f0-{number:08x}" for number in range(30)],
    }
    assert yaml_read.load(yaml_dump.dump(meta)) == meta


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2\n", "a: b", "a: &x b\n", "? a\n", "a: 'b'\n", "a:  b\n", "a: [b,c]\n", "a:\n"]
)
def test_other_forms_are_left_to_the_whole_reader(text: str) -> None:
    assert yaml_read.load(text) is None
