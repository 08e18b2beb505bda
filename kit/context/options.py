"""How a context is compiled: all that the result depends on beside the commit."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from kit import __version__
from kit.errors import InvalidInput

STRATEGIES = ("full", "messages", "adaptive", "window")
FORMATS = ("text", "json", "openai", "anthropic")
#: Raised whenever the same entries and options give other bytes, or another account: old caches are not read then.
GENERATION = 1


class Options(NamedTuple):
    """`budget` is in tokens, 0 for none; `k` counts entries (adaptive) or turns (window); `counter` names who counts.

    `order` names entries: they take, in that order, the places that they have by time; the others stay.
    """

    format: str = "text"
    strategy: str = "full"
    budget: int = 0
    k: int = 5
    order: tuple[str, ...] = ()
    reasoning: bool = False
    counter: str = "estimate"

    def record(self) -> dict[str, Any]:
        """Returns the options as records have them: all of them, so that a later default changes nothing."""
        return {**self._asdict(), "order": list(self.order)}

    def key(self, commit: str, folder: str) -> str:
        """Returns the name of what these options make of a commit's folder with this version of kit."""
        named = json.dumps([commit, folder, self.record(), __version__, GENERATION], sort_keys=True)
        return hashlib.sha256(named.encode()).hexdigest()


def parse(value: Any) -> Options:
    """Returns the options of a record. Raises InvalidInput when they are none."""
    kinds: dict[str, type] = {"format": str, "strategy": str, "budget": int, "k": int, "order": list,
                              "reasoning": bool, "counter": str}  # fmt: skip
    is_whole = isinstance(value, dict) and value.keys() == kinds.keys()
    if not is_whole or not all(type(value[name]) is kind for name, kind in kinds.items()):
        raise InvalidInput("the options of the compilation are not whole", hint="it was not written by kit")
    options = Options(**{**value, "order": tuple(map(str, value["order"]))})
    if options.format not in FORMATS or options.strategy not in STRATEGIES or options.budget < 0 or options.k < 1:
        raise InvalidInput("the options of the compilation cannot be", hint="it was not written by kit")
    return options
