"""Writes values as canonical front matter: what `front_matter.load` reads back as the same, and nothing else.

It loads no YAML library, so that a command that only writes an entry does not pay for one.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from kit.errors import InvalidInput
from kit.records import scalar, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LINE = 110
MAX_KEY = 200
PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*")
AMBIGUOUS = re.compile(r"(?i)[yn~]|yes|no|on|off|true|false|null|\.(?:inf|nan)|\.[0-9].*|[-.]{3}.*")
# What YAML does not allow bare, or takes for a line break, and JSON's writer leaves as it is.
BARE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def dump(meta: Mapping[str, Any]) -> str:
    """Returns canonical YAML: one key a line in the order given, flow style, quoted where a reader could err.

    Raises InvalidInput for what front matter cannot hold, such as NaN or a number of 30 digits.
    """
    return "".join(dump_field(key, value) for key, value in meta.items())


def dump_field(key: str, value: object) -> str:
    """Returns one top-level key as canonical YAML, broken over lines only when longer than MAX_LINE."""
    line = f"{_key(key)}: {_inline(value)}\n"
    if len(line) <= MAX_LINE or not isinstance(value, (dict, list)) or not value:
        return line
    if isinstance(value, list):
        return f"{_key(key)}:\n" + "".join(f"  - {_inline(each)}\n" for each in value)
    return f"{_key(key)}:\n" + "".join(f"  {_key(name)}: {_inline(each)}\n" for name, each in value.items())


def _key(key: str) -> str:
    if len(key) > MAX_KEY:
        raise InvalidInput(f"the key {key[:40]!r}... is longer than {MAX_KEY} characters", hint="shorten it")
    return _text(key)


def _inline(value: object, depth: int = 1) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and scalar.INTEGER.fullmatch(str(value)):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return scalar.decimal(value)
    if isinstance(value, list) and depth < scalar.MAX_DEPTH:
        return f"[{', '.join(_inline(each, depth + 1) for each in value)}]"
    if isinstance(value, dict) and depth < scalar.MAX_DEPTH:
        return f"{{{', '.join(f'{_key(name)}: {_inline(each, depth + 1)}' for name, each in value.items())}}}"
    raise InvalidInput(f"front matter cannot hold {repr(value)[:60]}", hint="write it as text")


def _text(text: str) -> str:
    if PLAIN.fullmatch(text) and not AMBIGUOUS.fullmatch(text):
        return text
    strict_json.encode(text)  # raises for half a surrogate pair
    return BARE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
