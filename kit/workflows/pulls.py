"""Pull requests as `gh` tells of them, where the person has it; what it prints is not trusted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kit.errors import NotFound, RemoteFailed
from kit.store import forge

if TYPE_CHECKING:
    from kit.store.forge import Forge
    from kit.store.repository import Repository


def gh(repository: Repository, *, hint: str) -> Forge:
    """Returns gh. Raises NotFound where there is none, with the hint what to do instead."""
    found = forge.find(repository.top, repository.environment, "")
    if found is None or found.name != "gh":
        raise NotFound("the program gh was not found", hint=hint, code="no_gh")
    return found


def view(repository: Repository, number: int, fields: str, *, hint: str) -> dict[str, Any]:
    """Returns these fields of a pull request. Raises NotFound without gh, RemoteFailed when it does not answer."""
    _, printed = gh(repository, hint=hint).run("pr", "view", str(number), "--json", fields)
    try:
        found = json.loads(printed)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RemoteFailed("gh pr view printed no JSON object", hint=hint)
    return found


def describe(repository: Repository, number: int, body: str, *, hint: str) -> None:
    """Replaces the description of a pull request. Raises as `view` does."""
    gh(repository, hint=hint).run("pr", "edit", str(number), "--body-file", "-", stdin=body)
