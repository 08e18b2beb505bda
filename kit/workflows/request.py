"""Opens the pull request of a proposal, or brings it up to date, with the forge's own program where there is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import RemoteFailed
from kit.store import forge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.forge import Forge
    from kit.store.repository import Repository
    from kit.workflows.promote import Promoted


class Requested(NamedTuple):
    """A pull request, and whether it was made now."""

    url: str
    is_new: bool


def open_or_update(repository: Repository, done: Promoted, *, environment: Mapping[str, str]) -> Requested | None:
    """Returns the pull request of a branch that is pushed; None where no program of a forge is there.

    The title says no word of the record. Raises RemoteFailed or TimedOut when the program fails.
    """
    found = forge.find(repository.top, environment, repository.remote_url)
    if found is None:
        return None
    return _with_gh(found, done) if found.name == "gh" else _with_glab(found, done)


def _with_gh(gh: Forge, done: Promoted) -> Requested:
    code, out = gh.run("pr", "view", done.branch, "--json", "url,state", codes=(0, 1))
    known = _object(out) if code == 0 else {}
    if known.get("state") == "OPEN":
        url = str(known.get("url", ""))
        gh.run("pr", "edit", done.branch, "--body-file", "-", stdin=done.body)
        return Requested(url, is_new=False)
    words = ("--base", done.base, "--head", done.branch, "--title", f"Promote {done.id}", "--body-file", "-")
    _, out = gh.run("pr", "create", *words, stdin=done.body)
    return Requested(_last(out), is_new=True)


def _with_glab(glab: Forge, done: Promoted) -> Requested:
    code, out = glab.run("mr", "view", done.branch, "--output", "json", codes=(0, 1))
    known = _object(out) if code == 0 else {}
    if known.get("state") == "opened":
        glab.run("mr", "update", done.branch, "--description", done.body)
        return Requested(str(known.get("web_url", "")), is_new=False)
    words = ("--source-branch", done.branch, "--target-branch", done.base, "--title", f"Promote {done.id}", "--yes")
    _, out = glab.run("mr", "create", *words, "--description", done.body)
    return Requested(_last(out), is_new=True)


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        raise RemoteFailed("the forge's program did not answer in JSON", hint="is it up to date?") from None
    return found if isinstance(found, dict) else {}


def _last(text: str) -> str:
    return next((word for word in reversed(text.split()) if word.startswith("https://")), "")
