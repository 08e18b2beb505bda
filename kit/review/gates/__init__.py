"""The shipped checks, in the order in which a table shows them; each is one file here and one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.review.gates import (
    duplicates,
    guard,
    links,
    paths,
    schema,
    scope,
    secrets,
    size,
    sources,
    verification,
)

if TYPE_CHECKING:
    from kit.review.gate import Check

GATES: dict[str, Check] = {
    "schema": schema.CHECK,
    "links": links.CHECK,
    "sources": sources.CHECK,
    "secrets": secrets.CHECK,
    "guard": guard.CHECK,
    "paths": paths.CHECK,
    "duplicates": duplicates.CHECK,
    "verification": verification.CHECK,
    "scope": scope.CHECK,
    "size": size.CHECK,
}
