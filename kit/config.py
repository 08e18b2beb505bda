"""`kit.toml`: every key it may hold is declared here once, with its type, default and meaning.

docs/configuration.md is made from this table and tested against it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "kit.toml"
FORMAT = 1
MAX_BYTES = 1 << 18
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


class Key(NamedTuple):
    """One key: its dotted name, kind (integer, text, slug, folder, duration, size), default and meaning."""

    name: str
    kind: str
    default: int | float | str
    meaning: str


KEYS = (
    Key("format", "integer", FORMAT, "The format of this repository; a newer one than kit knows is refused."),
    Key("root", "folder", "", "The folder of the repository that holds the knowledge; empty means its top."),
    Key("agent", "slug", "", "The agent's name where neither --agent nor KIT_AGENT gives one."),
    Key("live.remote", "slug", "origin", "The remote that decides who holds what; where there is none of this name,"
        " the repository itself decides."),
    Key("live.prefix", "ref", "refs/kit", "Where live state stands on the remote; `refs/heads/kit` for hosts that"
        " refuse other refs."),
    Key("live.timeout", "duration", 30.0, "How long one exchange with the remote may take."),
    Key("review.branch", "ref", "", "The branch whose records are recalled; empty means the remote's default branch."),
    Key("claims.ttl", "duration", 1800.0, "How long a claim lasts unless it is renewed."),
    Key("claims.max_ttl", "duration", 86400.0, "The longest --ttl a claim may ask for."),
    Key("claims.skew", "duration", 120.0, "How far clocks may differ: an expired claim is taken only after this long."),
    Key("artifacts.max_size", "size", 10_000_000, "The largest artifact, in bytes."),
    Key("recall.budget", "integer", 2000, "How many tokens an answer of kit recall may have."),
    Key("gc.finished", "integer", 200, "How many finished tasks may stand before kit sync folds them away."),
    Key("gc.keep", "duration", 7 * 86400.0, "How long read mail and silent agents are kept before they are folded."),
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The settings of one repository; read them by their dotted names."""

    values: dict[str, int | float | str]

    def text(self, name: str) -> str:
        return str(self.values[name])

    def number(self, name: str) -> float:
        return float(self.values[name])


class Problem(NamedTuple):
    """What is wrong with a line of kit.toml."""

    line: int
    message: str
    fix: str


def defaults() -> Config:
    """Returns the settings of a repository without `kit.toml`."""
    return Config({key.name: key.default for key in KEYS})


def parse(data: bytes) -> Config:
    """Returns the settings in `data`. Raises InvalidInput for the first of its problems."""
    config, problems = read(data)
    if problems:
        first = problems[0]
        raise InvalidInput(
            f"{FILE}:{first.line}: {first.message}", hint=first.fix, code="invalid_config", line=first.line
        )
    return config


def read(data: bytes) -> tuple[Config, list[Problem]]:
    """Returns the settings in `data` (defaults where a line is wrong) and all that is wrong with it."""
    import tomllib

    if len(data) > MAX_BYTES:
        return defaults(), [Problem(1, f"has more than {MAX_BYTES} bytes", "make it shorter")]
    try:
        text = data.decode("utf-8")
        tables = _flattened(tomllib.loads(text))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return defaults(), [Problem(line, "is not UTF-8", "save the file as UTF-8")]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        return defaults(), [Problem(int(found[1]) if found else 1, str(error), "write valid TOML")]
    known = {key.name: key for key in KEYS}
    values = defaults().values
    problems: list[Problem] = []
    for name, value in tables:
        key = known.get(name)
        try:
            if key is None:
                raise ValueError(f"unknown key {name!r}", _nearest(name, list(known)))
            values[name] = _checked(key, value)
        except ValueError as error:
            message, fix = error.args
            problems.append(Problem(_line(text, name), message, fix))
    newer = [problem for problem in problems if problem.message.startswith("format = ")]  # explains all the others
    return Config(values), newer or sorted(problems)


def written(key: Key, value: float | str) -> str:
    """Returns a value as kit.toml has it: `"30m"`, `"10MB"`, `"origin"`, 2000."""
    if key.kind == "duration":
        size, unit = next((size, unit) for unit, size in reversed(_UNITS.items()) if float(value) % size == 0)
        return f'"{float(value) / size:.0f}{unit}"'
    if key.kind == "size":
        size, unit = next(
            (size, unit) for size, unit in ((10**9, "GB"), (10**6, "MB"), (1, "")) if float(value) >= size
        )
        return f'"{float(value) / size:g}{unit}"'
    return str(value) if key.kind == "integer" else json.dumps(value, ensure_ascii=False)


def file(values: Mapping[str, int | float | str]) -> str:
    """Returns a new kit.toml: every key with its meaning, and active only where `values` gives another value."""
    lines = ["# The settings of kit for this repository. A key that is commented out shows its default.", ""]
    table = ""
    for key in KEYS:
        *above, name = key.name.split(".")
        if above and above[0] != table:
            table = above[0]
            lines += [f"[{table}]", ""]
        value = values.get(key.name, key.default)
        is_default = value == key.default and key.name != "format"
        lines += [f"# {key.meaning}", f"{'# ' * is_default}{name} = {written(key, value)}", ""]
    return "\n".join(lines[:-1]) + "\n"


def duration(text: str) -> float:
    """Returns the seconds in `text`: `90`, `90s`, `30m`, `2h`, `1d`, `1h30m`. Raises ValueError."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", text.strip().lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip().lower():
        message = f"{text!r} is not a duration"
        raise ValueError(message, "write it like 90s, 30m, 2h or 1h30m")
    return sum(float(number) * _UNITS[unit or "s"] for number, unit in parts)


def _flattened(table: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in table.items():
        found += _flattened(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return found


def _checked(key: Key, value: object) -> int | float | str:
    """Returns `value` as the key's kind wants it. Raises ValueError(message, fix)."""
    wrong = f"{key.name} = {value!r} "
    if key.kind == "integer":
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(wrong + "is not a whole number above 0", f"write {key.name} = {key.default}")
        if key.name == "format" and value > FORMAT:
            raise ValueError(wrong + f"is newer than this kit knows ({FORMAT})", "install a newer kit")
        return value
    if key.kind in ("duration", "size") and isinstance(value, int | float) and not isinstance(value, bool):
        amount = float(value)
    elif not isinstance(value, str):
        raise ValueError(wrong + "is not text", f'write {key.name} = "{key.default}"')
    elif key.kind == "duration":
        amount = duration(value)
    elif key.kind == "size":
        amount = _size(value)
    else:
        pattern = {
            "slug": r"[A-Za-z0-9][A-Za-z0-9._-]*|",
            "ref": r"[A-Za-z0-9][A-Za-z0-9._/-]*|",
            "folder": r"[^/\\].*|",
        }
        if not re.fullmatch(pattern[key.kind], value) or ".." in value or "\0" in value:
            raise ValueError(wrong + f"is not a {key.kind}", f'write {key.name} = "{key.default}"')
        return value.strip("/")
    if not 0 < amount < 10**12:
        raise ValueError(wrong + "is out of range", f"write something above 0, for example {key.default:g}")
    return amount


def _size(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmg]i?b|)", text.strip().lower())
    if not found:
        message = f"{text!r} is not a size"
        raise ValueError(message, "write it like 500kB or 10MB")
    return float(found[1]) * _SIZES[found[2]]


def _nearest(name: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "docs/configuration.md lists the keys"


def _line(text: str, name: str) -> int:
    """Returns the line on which a dotted key stands (tomllib keeps no positions)."""
    *table, key = name.split(".")
    here: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            here = [part.strip().strip("\"'") for part in header[1].split(".")]
        elif assigned := re.match(r"\s*([^=#]+?)\s*=", line):
            full = [*here, *(part.strip().strip("\"'") for part in assigned[1].split("."))]
            if full in ([*table, key], table):
                return number
    return 1
