"""What commands print: data on stdout, talk on stderr, nothing that could steer a terminal."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "cyan": 36, "bold": 1, "dim": 2}


def is_person() -> bool:
    """Whether a person looks: stdout is a terminal."""
    return sys.stdout.isatty()


def paint(text: str, colour: str) -> str:
    """Returns `text` in a colour where a person looks and NO_COLOR is not set."""
    if not is_person() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def write(text: str) -> None:
    """Prints text for people; what came from records has passed `clean`."""
    click.echo(text, color=True)


def write_raw(text: str) -> None:
    """Prints a text as it is, with nothing before or after; where a person looks, what could steer it is escaped."""
    sys.stdout.write(lines(text) + "\n" if is_person() else text)
    sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Prints UTF-8 byte for byte, whatever the locale; where a person looks, what could steer it is escaped."""
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if is_person() or stream is None:
        write_raw(data.decode("utf-8", "backslashreplace"))
    else:
        stream.write(data)
        stream.flush()


def write_json(value: object) -> None:
    """Prints one JSON object on one line; invisible characters stand as JSON escapes."""
    from kit.safety.text import hidden

    text = json.dumps(value, ensure_ascii=False)
    for character in {text[at] for at, _ in hidden(text)}:
        text = text.replace(character, json.dumps(character)[1:-1])
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def talk(text: str) -> None:
    """Prints a word to the person beside the data."""
    click.echo(text, err=True, color=True)


def clean(text: object) -> str:
    """Returns text from a record as one safe line: control, bidi and invisible characters stand as escapes."""
    from kit.safety.text import printable

    return printable(str(text), keep_newlines=False)


def lines(text: str, *, indent: str = "") -> str:
    """Returns text from a record with its lines; indented, none of them can pass for one of kit's own."""
    from kit.safety.text import printable

    return "\n".join(indent + line.rstrip("\r") for line in printable(text.removesuffix("\n")).split("\n"))


def head(text: object, *, length: int = 60) -> str:
    """Returns the beginning of a text as one safe line; `...` says that there is more."""
    line = clean(" ".join(str(text)[: length * 4].split()))
    return line if len(line) <= length and len(str(text)) <= length * 4 else line[:length] + "..."


def counted(counts: Mapping[str, int]) -> str:
    """Returns `2 github-token, 1 password`."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def unread(paths: Sequence[str]) -> str:
    """Returns the word about records that could not be read and were left out."""
    named = ", ".join(map(clean, paths[:3])) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return f"{paint('left out:', 'yellow')} {len(paths)} broken record{'s' if len(paths) > 1 else ''}: {named}"


def diff(path: str, before: bytes, after: bytes, *, around: int = 3) -> str:
    """Returns how a file changes, with so many unchanged lines around; cleaned, "" when it does not."""
    import difflib

    from kit.safety.text import printable

    old, new = (data.decode("utf-8", "backslashreplace").split("\n") for data in (before, after))
    found = difflib.unified_diff(old, new, path, path, lineterm="", n=around)
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(paint(line, colours[line[0]]) if line[0] in colours else line for line in map(printable, found))


def count(number: int, what: str, many: str = "") -> str:
    """Returns `1 task`, `2 tasks`; `many` is the plural where it is no s."""
    return f"{number} {what}" if number == 1 else f"{number} {many or what + 's'}"


def some(names: Sequence[object], most: int) -> str:
    """Returns at most so many of the names in one line, and how many it left out."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(clean(each) for each in names[:most]) + more


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Returns rows as an aligned table; the cells are cleaned."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if is_person():
        return _rich_table(headers, cells)
    widths = [max(len(row[at]) for row in [list(headers), *cells]) for at in range(len(headers))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [[name.upper() for name in headers], *cells]
    ]
    return "\n".join(lines)


def _rich_table(headers: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    shown = Table(*headers, box=None, pad_edge=False, header_style="bold")
    for row in cells:
        shown.add_row(*(Text(cell) for cell in row))
    with console.capture() as captured:
        console.print(shown)
    return captured.get().rstrip("\n")
