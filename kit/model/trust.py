"""Whether a person lets kit.toml name what is run or asked: a digest of it stands in their own git config, or not.

A cloned repository must not run a program of its choice, nor send anything to an address of its choice.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from kit.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Protocol

    class Setting(Protocol):
        """A line of git's configuration, and whether it is the person's own or the machine's."""

        @property
        def name(self) -> str: ...
        @property
        def value(self) -> str: ...
        @property
        def is_trusted(self) -> bool: ...


def digest(parts: Iterable[object]) -> str:
    """Returns the digest by which a person trusts something: change a word of it, and it is another."""
    return "sha256:" + hashlib.sha256(json.dumps([*parts], ensure_ascii=False).encode()).hexdigest()


def trusted(settings: Iterable[Setting], name: str) -> set[str]:
    """Returns the digests below a name in what the person or the machine has configured, not the repository."""
    return {each.value for each in settings if each.is_trusted and each.name == name.lower()}


def refusal(digest: str, trusted: Collection[str], *, name: str, does: str, code: str) -> Blocked | None:
    """Returns why something may not be done, with the command by which a person trusts it; None when it may."""
    if digest in trusted:
        return None
    return Blocked(
        f"kit.toml would {does}, and nothing of yours says that it may",
        hint=f"if you trust it: git config --global --add {name} {digest}",
        code=code,
        digest=digest,
    )
