"""What the arguments of an operation may be: a strict shape, so that a proposal of others can do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import entry, fields, record
from kit.errors import InvalidInput
from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.context.cleaning import Redactor

#: Entries that one step may name.
MOST = 1000
_LINE = 200
_STRATEGIES = ("ours", "theirs", "auto")


def checked(shape: Mapping[str, str], arguments: object, redactor: Redactor) -> dict[str, Any]:
    """Returns arguments that fit a shape, without secrets in their texts; what may be missing is "" or 0 there.

    A shape has a kind for each name; one that ends in `?` may be missing. Raises InvalidInput.
    """
    if not isinstance(arguments, dict):
        raise _wrong("are no object")
    for name in arguments:
        if name not in shape:
            raise _wrong(f"have {str(name)[:40]!r}, which is none of {', '.join(shape)}")
    found: dict[str, Any] = {}
    for name, kind in shape.items():
        value = arguments.get(name)
        if kind.endswith("?") and value in (None, "", 0):
            continue
        if not KINDS[kind.rstrip("?")](value):
            is_size = isinstance(value, str) and kind.rstrip("?") in ("text", "line")
            raise _wrong(
                f"lack {name}" if value is None else f"have a {name} that is "
                + ("empty, too long or no text" if is_size else f"no {kind.rstrip('?')}")
            )  # fmt: skip
        found[name] = redactor.text(str(value)) if kind.rstrip("?") in ("text", "line") else value
    return found


def unwritten(shape: Mapping[str, str]) -> dict[str, str]:
    """Returns a shape whose texts are made later."""
    return {name: "text?" if kind == "text" else kind for name, kind in shape.items()}


def _is_text(value: object, limit: int) -> bool:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return False
    try:
        return len(value.encode()) <= limit
    except UnicodeEncodeError:
        return False


def _is_entry(value: object) -> bool:
    return isinstance(value, str) and fields.is_id(value)


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "entry": _is_entry,
    "entries": lambda value: isinstance(value, list) and 0 < len(value) <= MOST and all(map(_is_entry, value)),
    "commit": record.is_oid,
    "thread": lambda value: isinstance(value, str) and not ids.problem(value),
    "text": lambda value: _is_text(value, entry.MAX_TEXT),
    "line": lambda value: _is_text(value, _LINE),
    "count": lambda value: type(value) is int and 0 < value < 1 << 40,
    "strategy": lambda value: value in _STRATEGIES,
}


def _wrong(why: str) -> InvalidInput:
    return InvalidInput(f"the arguments {why}", hint="docs/context-steps.md lists what each may be", code="arguments")
