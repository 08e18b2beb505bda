"""Two histories of a ref joined: file by file, and JSON objects key by key, alike in every clone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.store.joining import merged

OLD = {"a": 1, "b": {"x": 1, "y": 2}, "gone": 1}
OBJECTS = st.recursive(
    st.integers(0, 2), lambda each: st.dictionaries(st.sampled_from("abc"), each, max_size=3), max_leaves=5
).filter(lambda each: isinstance(each, dict))


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        ({"a": 2}, {}, {"a": 2}),
        ({}, {"a": 3}, {"a": 3}),
        ({"a": 2}, {"a": 3}, {"a": 3}),
        ({"b": {"x": 9, "y": 2}}, {"b": {"x": 1, "y": 8}}, {"b": {"x": 9, "y": 8}}),
        ({"new": 1}, {"other": 2}, {"new": 1, "other": 2}),
        ({"gone": None}, {}, {"gone": None}),
        ({"gone": None}, {"gone": 7}, {"gone": 7}),
    ],
)
def test_each_side_keeps_what_it_changed(first: Any, later: Any, expected: Any) -> None:
    def side(changes: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**OLD, **changes}.items() if value is not None}

    assert merged(OLD, side(first), side(later)) == side(expected)


@given(OBJECTS, OBJECTS)
def test_a_side_that_changed_nothing_takes_the_other(old: Any, new: Any) -> None:
    assert merged(old, new, old) == merged(old, old, new) == merged(old, new, new) == new


@given(OBJECTS, OBJECTS, OBJECTS)
def test_what_either_added_is_there(old: Any, first: Any, later: Any) -> None:
    assert (first.keys() | later.keys()) - old.keys() <= merged(old, first, later).keys()
