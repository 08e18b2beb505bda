"""Random histories of a thread: what people, models, tools and wrong clocks can make of one."""

from __future__ import annotations

from hypothesis import strategies as st

from kit.context.entry import Entry, Tokens

ROLES = ("system", "user", "assistant", "tool", "developer", "critic")
KINDS = ("instruction", "dialogue", "tool-io", "reasoning", "artifact", "output", "freeform", "session", "note")
PRIORITIES = ("skip", "normal", "normal", "normal", "important", "pinned")
CALLS = ("", "", "call_1", "call_2", "toolu_a", "a call with blanks", "x" * 60)
_TEXTS = st.one_of(
    st.sampled_from(["", "  ", "\n", '{"path": "a.py"}', "[1, 2]", '{"a": NaN}', '{"a": 1, "a": 2}', "tail \t "]),
    st.text(max_size=60),
    st.integers(1, 60).map(lambda n: "# One\n\nA sentence of words. And more.\n\n# Two\n\nx " * n),
)


@st.composite
def histories(draw: st.DrawFn, most: int = 16) -> list[Entry]:
    """Entries in any order, with edits of each other, folds, calls and results whose ids meet, or do not."""
    number = draw(st.integers(0, most))
    ids = [name(at) for at in range(number)]
    targets = st.sampled_from(["", "", "", "0000000000ff-00000000", *ids])
    return [
        Entry(
            each,
            float(draw(st.integers(0, 20))),
            draw(st.sampled_from(ROLES)),
            draw(st.sampled_from(KINDS)),
            draw(_TEXTS),
            priority=draw(st.sampled_from(PRIORITIES)),
            tokens=draw(st.sampled_from([None, Tokens(7, "usage"), Tokens(3, "estimate"), Tokens(5, "rs-bpe")])),
            call=draw(st.sampled_from(CALLS)),
            tool=draw(st.sampled_from(["", "read", "mcp: a tool/with 1 odd name " + "y" * 70])),
            edits=draw(targets),
            folds=tuple(draw(st.lists(targets.filter(bool), max_size=2))) if draw(st.integers(0, 5)) == 0 else (),
        )
        for each in ids
    ]


def name(number: int) -> str:
    """The id of an entry, as kit makes them."""
    return f"{0x19AABBCC000 + number:012x}-{number:08x}"


def said(number: int, role: str, text: str, **fields: object) -> Entry:
    """An entry at second `number`."""
    kinds = {"system": "instruction", "tool": "tool-io"}
    kind = str(fields.pop("kind", kinds.get(role, "dialogue")))
    return Entry(name(number), float(number), role, kind, text)._replace(**fields)


def called(number: int, call: str, text: str = "{}", **fields: object) -> Entry:
    """A call of a tool."""
    return said(number, "assistant", text, **{"kind": "tool-io", "call": call, "tool": "read", **fields})


def answered(number: int, call: str, text: str = "done", **fields: object) -> Entry:
    """The result of a call."""
    return said(number, "tool", text, **{"call": call, "tool": "read", **fields})
