"""Front matter written and edited: what comes back is what was meant, and nothing else moved."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput
from kit.records import front_matter, yaml_text

MISREAD = ["no", "Yes", "on", "y", "~", "null", "true", "12e34", "1e5", "1.10", "0123", "0x1f", "0o17", "12:30:45"]
MISREAD += ["1_000", "2026-11-20", "2026-11-20T10:00:00Z", ".5", ".inf", "-.inf", ".nan", "+1", "-1", "=", "<<", "---"]
MISREAD += ["...", "!tag", "&a", "*a", "%a", "@a", "`a", "{a}", "[a]", "a,b", "'a'", '"a"', "|", ">", "", " a", "a "]
MISREAD += ["a: b", "a #b", "- a", "? a", "a\nb", "a\tb", "\x7f", "\x85", "\u2028", "\ufeff", "ä", "\U0001f600"]

texts = st.one_of(st.sampled_from(MISREAD), st.text(max_size=40), st.from_regex(r"[0-9a-z.:+_-]{1,12}", fullmatch=True))
keys = st.one_of(st.sampled_from(MISREAD), st.text(max_size=20), st.text("abcdef_", min_size=1, max_size=8))
scalars = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
)
metas = st.dictionaries(keys, values, max_size=6)


@settings(max_examples=150, deadline=None)
@given(metas)
def test_what_is_written_reads_back_the_same_and_is_written_the_same_again(meta: dict[str, object]) -> None:
    text = yaml_text.dump(meta)
    read = front_matter.load(text) or {}
    assert read == meta
    assert list(read) == list(meta)
    assert yaml_text.dump(read) == text
    assert yaml_text.canonical(text, read) == text


@settings(max_examples=150, deadline=None)
@given(texts)
def test_no_yaml_reader_takes_a_written_text_for_anything_else(text: str) -> None:
    written = yaml_text.dump({"id": text, "list": [text], "map": {text: text}})
    for reader in (yaml.SafeLoader, yaml.CSafeLoader):
        read = yaml.load(written, reader)  # noqa: S506 - both are safe loaders
        assert read == {"id": text, "list": [text], "map": {text: text}}


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_is_written_so_that_every_reader_agrees_or_refused(number: float) -> None:
    try:
        written = yaml_text.dump({"n": number})
    except InvalidInput:
        assert abs(number) >= 10**18
        return
    assert front_matter.load(written) == {"n": number}
    assert yaml.safe_load(written) == {"n": number}


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**30, {"deep": [[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]}, b"x"]
)
def test_what_front_matter_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        yaml_text.dump({"key": value})


def test_a_key_too_long_for_yaml_is_refused() -> None:
    with pytest.raises(InvalidInput, match="longer"):
        yaml_text.dump({"k" * 300: 1})


def test_a_long_list_stands_one_item_a_line() -> None:
    assert yaml_text.dump_field("sources", [{"resource": "x" * 60}, {"resource": "y" * 60}]) == (
        f"sources:\n  - {{resource: {'x' * 60}}}\n  - {{resource: {'y' * 60}}}\n"
    )


# Front matter as people write it: each entry is a key's lines and its value.

comments = st.from_regex(r"# [a-z:\[\]{}\"' -]{0,12}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z_]{0,6}", fullmatch=True)
words = st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True).filter(
    lambda text: text not in ("null", "true", "false")
)


@st.composite
def written_fields(draw: st.DrawFn, name: str) -> tuple[str, object]:
    word, other = draw(words), draw(words)
    gap = draw(st.sampled_from([" ", "   ", "\t"]))
    tail = draw(st.one_of(st.just(""), comments.map(lambda text: "  " + text)))
    note = draw(st.one_of(st.just(""), comments.map(lambda text: f"  {text}\n")))
    forms: list[tuple[str, object]] = [
        (f"{name}:{gap}{word}{tail}\n", word),
        (f"{name} : '{word}'{tail}\n", word),
        (f'{name}:{gap}"{word} # no comment"{tail}\n', f"{word} # no comment"),
        (f"'{name}': [{word},{other} , 3]{tail}\n", [word, other, 3]),
        (f"{name}: [\n{note}  {word}, # why\n  {other}\n  ]{tail}\n", [word, other]),
        (f"{name}: {{a: {word}, b: [1]}}{tail}\n", {"a": word, "b": [1]}),
        (f"{name}:{tail}\n{note}  - {word}\n{note}\n  - a: {other}\n    b: 1\n", [word, {"a": other, "b": 1}]),
        (f"{name}:{tail}\n- {word}\n- {other}\n", [word, other]),
        (f"{name}:{tail}\n  a: {word}\n{note}  b:\n    - {other}\n{note}  c: 1\n", {"a": word, "b": [other], "c": 1}),
        (f"{name}: |{tail}\n  {word}\n\n  # {other}\n", f"{word}\n\n# {other}\n"),
        (f"{name}: >-\n  {word}\n  {other}\n", f"{word} {other}"),
        (f"{name}: {word}\n  {other}{tail}\n", f"{word} {other}"),
        (f"{name}:{tail}\n", None),
        (f"{name}: 12e34\n", "12e34"),
        (f"{name}: yes\n", "yes"),
    ]
    return draw(st.sampled_from(forms))


@st.composite
def hand_written(draw: st.DrawFn) -> tuple[str, dict[str, object], dict[str, str]]:
    """Returns the text, what it means, and the lines of each key; CRLF in one of three."""
    found = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text, meaning, lines = "", {}, {}
    for name in found:
        text += draw(st.sampled_from(["", "", "\n", "# between\n", "\n# two: lines\n# of it\n"]))
        own, meaning[name] = draw(written_fields(name))
        lines[name] = own.replace("\n", newline)
        text += own
    text += draw(st.sampled_from(["", "# the end\n", "\n"]))
    return text.replace("\n", newline), meaning, lines


@settings(max_examples=50, deadline=None)
@given(hand_written(), st.data())
def test_an_edited_field_changes_its_own_lines_only(
    hand: tuple[str, dict[str, object], dict[str, str]], data: st.DataObject
) -> None:
    text, meaning, lines = hand
    assert front_matter.load(text) == meaning
    name = data.draw(st.sampled_from(list(meaning)))
    value = data.draw(values.filter(lambda value: value is not None))
    edited = yaml_text.edit(text, {name: value})
    assert front_matter.load(edited) == {**meaning, name: value}
    before, after = re.split(f"(?m)^{re.escape(lines[name])}", text, maxsplit=1)
    assert edited.startswith(before)
    assert edited.endswith(after)


@settings(max_examples=50, deadline=None)
@given(hand_written(), st.data())
def test_a_removed_field_takes_its_own_lines_only(
    hand: tuple[str, dict[str, object], dict[str, str]], data: st.DataObject
) -> None:
    text, meaning, lines = hand
    name = data.draw(st.sampled_from(list(meaning)))
    edited = yaml_text.edit(text, {name: None})
    del meaning[name]
    assert (front_matter.load(edited) or {}) == meaning
    before, after = re.split(f"(?m)^{re.escape(lines[name])}", text, maxsplit=1)
    assert edited.startswith(before)
    assert edited.endswith(after)


@settings(max_examples=50, deadline=None)
@given(hand_written(), names, values.filter(lambda value: value is not None))
def test_an_added_field_stands_below_all_others(
    hand: tuple[str, dict[str, object], dict[str, str]], name: str, value: object
) -> None:
    text, meaning, _ = hand
    assume(name not in meaning)
    edited = yaml_text.edit(text, {name: value})
    assert edited.startswith(text)
    assert front_matter.load(edited) == {**meaning, name: value}


@settings(max_examples=50, deadline=None)
@given(hand_written())
def test_canonical_form_keeps_the_meaning_and_every_comment_and_is_final(
    hand: tuple[str, dict[str, object], dict[str, str]],
) -> None:
    text, meaning, _ = hand
    formed = yaml_text.canonical(text, meaning)
    assert front_matter.load(formed) == meaning
    assert yaml_text.canonical(formed, meaning) == formed
    assert "\r" not in formed
    assert sum(line.count("#") for line in text.splitlines()) <= formed.count("#")


@pytest.mark.parametrize(
    ("text", "changes", "wanted"),
    [
        ("{a: 1, b: }", {"a": 2}, "{a: 2, b: }"),
        ("{a: 1, b: }", {"c": 2}, "a: 1\nb: null\nc: 2\n"),
        ("a: 1\n...\n", {"b": 2}, "a: 1\nb: 2\n"),
        ("  a: 1\n  b: [1]\n", {"c": 2, "b": None}, "  a: 1\n  c: 2\n"),
        ("? a\n: 1\n# kept\n", {"a": 2}, "a: 2\n# kept\n"),
        ("", {"a": 1}, "a: 1\n"),
        ("a: 1", {"b": 1}, "a: 1\nb: 1\n"),
        ('a: "x\u2028y"\nb: 1 # b\n', {"b": 2}, 'a: "x\u2028y"\nb: 2 # b\n'),
        ("a: 1\r\nb: 2\r\n", {"a": "x"}, "a: x\r\nb: 2\r\n"),
    ],
)
def test_unusual_front_matter_is_edited_without_loss(text: str, changes: dict[str, object], wanted: str) -> None:
    assert yaml_text.edit(text, changes) == wanted
