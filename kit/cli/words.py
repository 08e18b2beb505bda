"""What the words of a command line may be: durations, times and ids."""

from __future__ import annotations

from typing import Any

import click

from kit import config


class Duration(click.ParamType[float]):
    """`90s`, `30m`, `2h`, `1h30m`, or seconds; the value is a number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return config.duration(str(value))
        except ValueError as error:
            return self.fail(": ".join(map(str, error.args)), param, ctx)
