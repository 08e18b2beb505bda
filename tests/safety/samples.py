"""Builds texts with made-up secrets from the facts in the rule file; none stands in the repository."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from kit import resources

DATA: dict[str, Any] = json.loads(resources.inside("safety/secrets.json"))
_CLASSES = {"A": r"[A-Z]", "a": r"[a-z]", "0": r"[0-9]"}


def characters(alphabet: str) -> str:
    """Spells out an alphabet of the rule file."""
    return "".join(chr(code) for code in range(0x21, 0x7F) if re.match(DATA["alphabets"][alphabet], chr(code)))


def run(alphabet: str, length: int, *, seed: object, mix: str = "Aa0") -> str:
    """Draws a run with a character of every class of the mix that the alphabet has, word-like ends apart."""
    source = random.Random(repr((alphabet, length, seed)))
    letters = characters(alphabet)
    inner = [one for one in letters if one.isalnum()]
    while True:
        drawn = "".join(source.choice(inner if place in {0, length - 1} else letters) for place in range(length))
        if length < 6 or all(re.search(_CLASSES[one], drawn) for one in mix if re.search(_CLASSES[one], letters)):
            return drawn


def token(rule: dict[str, Any], prefix: str, *, longer: int = 0) -> str:
    """Builds a token of a rule: as short as it can be, or some characters longer or shorter."""
    return prefix + run(rule["alphabet"], rule["length"][0] + longer, seed=prefix)


def filled(template: str, *, seed: object = 0) -> str:
    """Fills the slots `{alphabet:length}` of an example."""
    slots = iter(range(len(template)))
    return re.sub(r"\{(\w+):(\d+)\}", lambda slot: run(slot[1], int(slot[2]), seed=(seed, next(slots))), template)
