from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kit.safety.rules import in_word, rules

KEYWORDS = sorted({encoded for rule in rules() if rule.in_word for _, encoded in rule.keywords})


@given(st.lists(st.sampled_from([*KEYWORDS, *(each[:-1] for each in KEYWORDS), b"_", b"x", b" "]), max_size=6))
def test_the_tree_finds_a_keyword_wherever_one_by_one_would(parts: list[bytes]) -> None:
    text = b"".join(parts)
    assert (in_word().search(text) is not None) == any(each in text for each in KEYWORDS)
