"""Builds made-up secrets from the facts in the rule file, so that none stands in the repository."""

from __future__ import annotations

import json
import random
import re
from itertools import count
from typing import Any

from kit import resources

DATA: dict[str, Any] = json.loads(resources.inside("safety/secrets.json"))
_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "0": "[0-9]"}


def run(alphabet: str, length: int, *, seed: object) -> str:
    """Draws a run that has upper case, lower case and a digit as far as the alphabet does."""
    source = random.Random(repr((alphabet, length, seed)))
    letters = [one for one in map(chr, range(0x21, 0x7F)) if re.match(DATA["alphabets"][alphabet], one)]
    wanted = [one for one in _CLASSES.values() if length > 5 and re.search(one, "".join(letters))]
    ends = [one for one in letters if one.isalnum()]
    while True:
        inner = "".join(source.choices(letters, k=length - 2))
        drawn = (source.choice(ends) + inner + source.choice(ends))[:length]
        if all(re.search(one, drawn) for one in wanted):
            return drawn


def token(rule: dict[str, Any], prefix: str, *, longer: int = 0) -> str:
    """Builds the shortest token of a rule, or one some characters longer or shorter."""
    return prefix + run(rule["alphabet"], rule["length"][0] + longer, seed=prefix)


def filled(template: str) -> str:
    """Fills the slots `{alphabet:length}` of an example."""
    seeds = count()
    return re.sub(r"\{(\w+):(\d+)\}", lambda slot: run(slot[1], int(slot[2]), seed=next(seeds)), template)
