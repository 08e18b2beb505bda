"""What a plain word of front matter is: a number, a boolean, null, or a text; and how a number is written."""

from __future__ import annotations

import re

MAX_DEPTH = 20
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e[-+][0-9]+)?")
_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}


def read(text: str) -> str | int | float | bool | None:
    """Returns the value of a word without quotes, where no reader of YAML 1.1 or 1.2 could disagree; else the text."""
    if text in _PLAIN:
        return _PLAIN[text]
    if text[0] not in "-0123456789":
        return text
    if INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and decimal(number := float(text)) == text:
        return number
    return text


def decimal(number: float) -> str:
    """Returns the one way a decimal is written that YAML 1.1 and 1.2 read alike: with a point and a signed exponent."""
    mantissa, sign, exponent = repr(number).partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}e{exponent}" if sign else mantissa
