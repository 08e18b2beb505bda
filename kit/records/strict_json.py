"""Reads JSON that others wrote: no duplicate keys, no NaN, no half characters, bounded size and depth.

Python's own reader lets the last duplicate win, accepts NaN and reads 1e999 as infinity, fails on deep nesting
with RecursionError, and returns lone surrogates that cannot be written again.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
Pointer = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],\n]|[^\s{}\[\],:"]+')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class Malformed(InvalidInput):
    """A file is not what its format allows; `rule`, `line` and `column` (from 1) say where and why."""

    code = "malformed"

    def __init__(self, message: str, *, rule: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint, rule=rule, line=line, column=column)
        self.rule, self.line, self.column = rule, line, column


def load(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Returns the value in `data` (UTF-8 bytes). Raises Malformed for anything but one strict JSON value."""
    if len(data) > max_bytes:
        raise Malformed(f"the file has {len(data)} bytes, the limit is {max_bytes}", rule="too-large", hint="split it")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start} is not UTF-8", rule="encoding", hint="save the file as UTF-8") from None
    if _depth(text) > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH} levels", rule="json", hint="flatten it")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise Malformed(
            error.msg, rule="json", line=error.lineno, column=error.colno, hint="write valid JSON"
        ) from None
    except _TwiceError as error:
        line, column = _second(text)
        raise Malformed(
            f"the key {str(error)!r} stands twice", rule="json", line=line, column=column, hint="keep one of them"
        ) from None
    except _BadNumberError as error:
        raise Malformed(str(error), rule="json", hint="write finite numbers only") from None
    except UnicodeEncodeError:
        raise Malformed(
            "half a character stands as \\ud800..\\udfff", rule="json", hint="write the character"
        ) from None
    except ValueError as error:
        raise Malformed(str(error), rule="json", hint="write a shorter number") from None
    return value


def positions(text: str) -> dict[Pointer, tuple[int, int]]:
    """Returns line and column (from 1) of every key, item and the value itself, of text that `load` has accepted."""
    found: dict[Pointer, tuple[int, int]] = {}
    for pointer, place, is_key in _places(text):
        if is_key or pointer not in found:
            found[pointer] = place
    return found


def _places(text: str) -> Iterator[tuple[Pointer, tuple[int, int], bool]]:
    """Yields pointer, line and column of every key and value, and whether it is a key; the text is valid so far."""
    path: list[str | int] = []
    line, begin = 1, 0
    awaits_key = False
    for token in _TOKEN.finditer(text):
        kind = token[0][0]
        place = (line, token.start() - begin + 1)
        if kind == "\n":
            line, begin = line + 1, token.end()
        elif kind in "}]":
            path.pop()
            awaits_key = False
        elif kind == ",":
            last = path[-1]
            awaits_key = isinstance(last, str)
            path[-1] = last if isinstance(last, str) else last + 1
        elif awaits_key:
            path[-1] = json.loads(token[0])
            yield tuple(path), place, True
            awaits_key = False
        else:
            yield tuple(path), place, False
            if kind in "{[":
                path.append("" if kind == "{" else 0)
                awaits_key = kind == "{"


def _second(text: str) -> tuple[int, int]:
    """Returns where a key stands for the second time."""
    seen: set[Pointer] = set()
    for pointer, place, is_key in _places(text):
        if is_key and pointer in seen:
            return place
        if is_key:
            seen.add(pointer)
    return 1, 1


def dump(value: object) -> bytes:
    """Returns the canonical bytes: indented by two, keys in the order given, one newline at the end.

    Raises InvalidInput like `encode`.
    """
    return encode(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def encode(text: str) -> bytes:
    """Returns the text as UTF-8.

    Raises InvalidInput for half a surrogate pair, which no file can hold (a word of the command line that was not
    UTF-8 has one).
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("a text is not Unicode", hint="write it in UTF-8", code="encoding") from None


class _TwiceError(ValueError):
    pass


class _BadNumberError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for at, key in enumerate(keys) if key in keys[:at]))
    return result


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        message = f"{text[:40]} is too large"
        raise _BadNumberError(message)
    return number


def _constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise _BadNumberError(message)


def _depth(text: str) -> int:
    """Returns the nesting of `text`, as far as it can be read; 0 where it cannot be too deep."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
