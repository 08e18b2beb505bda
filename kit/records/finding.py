"""A finding: what is wrong at one place of one file, by which rule, and what to write instead.

A value that is returned, never raised; its order is the order in which findings are shown.
"""

from __future__ import annotations

from typing import NamedTuple

ERROR, WARNING = "error", "warning"


class Finding(NamedTuple):
    """`path` is relative to the repository's top, `line` and `column` count from 1, `rule` stands in docs/rules.md."""

    path: str
    line: int
    column: int
    rule: str
    severity: str
    message: str
    fix: str

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR

    def to_json(self) -> dict[str, object]:
        return self._asdict()
