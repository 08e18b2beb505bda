"""What the words of a command line may be: durations, times and ids."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

import click

from kit import setting
from kit.errors import InvalidInput
from kit.records import times


class Duration(click.ParamType[float]):
    """`90s`, `30m`, `2h`, `1h30m`, or seconds; the value is a number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return setting.duration(str(value))
        except ValueError as error:
            return self.fail(": ".join(map(str, error.args)), param, ctx)


class Moment(click.ParamType[float]):
    """How long ago (`2h`), or a time (`2026-11-20T10:00Z`, UTC unless it has a zone); the value is in seconds."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        with contextlib.suppress(ValueError):
            return time.time() - setting.duration(str(value))
        for text in (str(value), f"{value}Z", f"{value}T00:00Z"):
            with contextlib.suppress(InvalidInput):
                return times.seconds(text)
        return self.fail(f"{value!r} is neither like 2h nor like 2026-11-20T10:00Z", param, ctx)


def text_or_stdin(word: str, *, limit: int) -> str:
    """Returns `word`, or for `-` what stands on standard input, without the newline that ends it.

    No more than `limit` bytes of it are read. Raises InvalidInput beyond the limit, and for bytes that are not UTF-8.
    """
    if word != "-":
        return word
    data = sys.stdin.buffer.read(limit + 2)
    if len(data) > limit + 1:
        raise InvalidInput(
            f"standard input has more than {limit} bytes", hint="shorten it, or: kit artifact put FILE",
            code="too_large",
        )  # fmt: skip
    try:
        return data.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"byte {error.start} of standard input is not UTF-8", hint="write it in UTF-8", code="encoding"
        ) from None
