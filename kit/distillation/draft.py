"""A candidate before it is a file: its sentences, each with its evidence, and where it holds."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.distillation.claim import Claim
    from kit.distillation.scope import Scope

#: Of these words at most; the schema of a block says the same (`x-kit-words`), and a test holds them together.
LIMITS = {"Situation": 40, "Mechanism": 40, "Dead ends": 20, "Unlock": 30, "Verification": 30}
MAX_DEAD_ENDS = 5


class Draft(NamedTuple):
    """One solved problem; `check` and `signature` are what makes it the same one again, `confidence` is 0 to 1.

    `line` is where the problem first showed, `weak` what a reviewer should know of how it was found.
    """

    title: str
    description: str
    situation: tuple[Claim, ...]
    mechanism: tuple[Claim, ...]
    dead_ends: tuple[Claim, ...]
    unlock: tuple[Claim, ...]
    verification: tuple[Claim, ...]
    scope: Scope
    check: str
    signature: str
    confidence: float
    line: int
    weak: tuple[str, ...] = ()


class Refused(NamedTuple):
    """What was not distilled: the reason (`kit.distillation.reason`), what it was about, and its line (0 for all)."""

    reason: str
    what: str
    line: int


class Distilled(NamedTuple):
    """What a session gave; `cut` are sentences that did not fit into the limits and were left out whole."""

    drafts: tuple[Draft, ...]
    refused: tuple[Refused, ...]
    cut: tuple[str, ...]


def fingerprint(draft: Draft) -> str:
    """Returns `sha256:<hex>` of what makes a problem the same one: where it holds, the check, and what that said.

    How it is told, in which session and with which paths or numbers does not change it.
    """
    scope = draft.scope
    invariants = {
        "type": "block",
        "languages": _set(scope.languages),
        "frameworks": _set(scope.frameworks[:1]),
        "errors": _set(scope.errors),
        "check": draft.check.lower(),
        "signature": draft.signature,
    }
    text = json.dumps(invariants, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _set(values: Sequence[str]) -> list[str]:
    return sorted({value.lower() for value in values})
