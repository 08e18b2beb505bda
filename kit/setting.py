"""What a setting of kit.toml is: its key's kind says which values it takes, and how one is written."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a value of kit.toml can be once it is read: a list is a tuple, a table a mapping of texts.
Value = int | float | str | tuple[str, ...] | tuple[dict[str, str], ...]
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}

_PATTERNS = {
    "slug": r"(?:[A-Za-z0-9][A-Za-z0-9._-]*)?",
    "ref": r"(?:[A-Za-z0-9][A-Za-z0-9._/-]*)?",
    "folder": r"(?:[^/\\\0][^\0]*)?",
    "text": r"[^\0]*",
    "choice": r".*",
}


class Key(NamedTuple):
    """One key: its dotted name, kind, default and meaning.

    The kinds are integer, switch, text, texts, slug, ref, folder, duration, size, choice, and tables: a list of tables
    whose `columns` hold text; one that ends in `?` may be missing. `choices` are the only values of a choice ("") or
    of a column.
    """

    name: str
    kind: str
    default: Value
    meaning: str
    columns: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def written(key: Key, value: Value) -> str:
    """Returns a value as kit.toml has it: `"30m"`, `"10MB"`, `"origin"`, 2000, true."""
    if isinstance(value, int | float) and key.kind == "duration":
        size, unit = next((size, unit) for unit, size in reversed(_UNITS.items()) if value % size == 0)
        return f'"{value / size:.0f}{unit}"'
    if isinstance(value, int | float) and key.kind == "size":
        size, unit = next((size, unit) for size, unit in ((10**9, "GB"), (10**6, "MB"), (1, "")) if value >= size)
        return f'"{value / size:g}{unit}"'
    return json.dumps(value, ensure_ascii=False)


def duration(text: str) -> float:
    """Returns the seconds in `text`: `90`, `90s`, `30m`, `2h`, `1d`, `1h30m`. Raises ValueError."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", text.strip().lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip().lower():
        message = f"{text!r} is not a duration"
        raise ValueError(message, "write it like 90s, 30m, 2h or 1h30m")
    return sum(float(number) * _UNITS[unit or "s"] for number, unit in parts)


def checked(key: Key, value: object) -> Value:
    """Returns `value` as the key's kind wants it. Raises ValueError(message, fix), and for tables which one it is."""
    if key.kind in ("duration", "size"):
        return _amount(key, value)
    if key.kind == "tables":
        return tuple(_table(key, each, at) for at, each in enumerate(value if isinstance(value, list) else [value]))
    wrong = f"{key.name} = {value!r} is "
    fix = f"write {key.name} = {written(key, key.default)}"
    match key.kind, value:
        case "switch", bool():
            return value
        case "switch", _:
            raise ValueError(f"{wrong}neither true nor false", fix)
        case "integer", int() if value >= 1 and not isinstance(value, bool):
            return value
        case "integer", _:
            raise ValueError(f"{wrong}not a whole number above 0", fix)
        case "texts", list() if all(isinstance(each, str) and each and "\0" not in each for each in value):
            return tuple(value)
        case "texts", _:
            raise ValueError(f"{wrong}not a list of texts", f'write {key.name} = ["...", "..."]')
    if not isinstance(value, str):
        raise ValueError(f"{wrong}not text", fix)
    value = _chosen(key, "", value)
    if not re.fullmatch(_PATTERNS[key.kind], value) or (key.kind != "text" and ".." in value):
        raise ValueError(f"{wrong}not a {key.kind}", fix)
    return value if key.kind == "text" else value.strip("/")


def _amount(key: Key, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        amount = float(value)
    elif isinstance(value, str):
        amount = duration(value) if key.kind == "duration" else _size(value)
    else:
        raise ValueError(f"{key.name} = {value!r} is not text", f"write {key.name} = {written(key, key.default)}")
    if not 0 < amount < 10**12:
        example = written(key, key.default)
        raise ValueError(f"{key.name} = {value!r} is out of range", f"write something above 0, for example {example}")
    return amount


def _table(key: Key, table: object, at: int) -> dict[str, str]:
    """Returns one table of a list of them, with its columns as texts. Raises ValueError(message, fix, at)."""
    names = [each.rstrip("?") for each in key.columns]
    fix = f"write [[{key.name}]] and below it " + ", ".join(f'{name} = "..."' for name in names)
    if not isinstance(table, dict):
        raise ValueError(f"{key.name} is not a list of tables", fix, at)
    for name, value in table.items():
        if name not in names:
            raise ValueError(f"unknown key {key.name + '.' + name!r}", nearest(name, names), at)
        if not isinstance(value, str) or not value:
            raise ValueError(f"{key.name}.{name} = {value!r} is not text", fix, at)
        try:
            _chosen(key, name, value)
        except ValueError as error:
            raise ValueError(*error.args, at) from None
    if missing := [each for each in key.columns if not each.endswith("?") and each not in table]:
        raise ValueError(f"{key.name} lacks {missing[0]!r}", fix, at)
    return table


def _chosen(key: Key, column: str, value: str) -> str:
    """Returns a value that is one of the choices, if there are any. Raises ValueError(message, fix)."""
    choices = key.choices.get(column, (value,))
    if value not in choices:
        message = f"{key.name}{'.' * bool(column)}{column} = {value!r} is none of {', '.join(choices)}"
        raise ValueError(message, f"write one of {', '.join(choices)}")
    return value


def _size(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmg]i?b|)", text.strip().lower())
    if not found:
        message = f"{text!r} is not a size"
        raise ValueError(message, "write it like 500kB or 10MB")
    return float(found[1]) * _SIZES[found[2]]


def nearest(name: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "docs/configuration.md lists the keys"
