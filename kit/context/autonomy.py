"""Who decides about a step of a thread that nobody typed: kit.toml says it for each operation, a call may say it too.

A call may be stricter than kit.toml. It may be laxer only where a person or an agent typed it: what a policy does is
never freer than the project has said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.config import LEVELS, OPERATIONS
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from kit.config import Config

MANUAL, COLLABORATIVE, AUTONOMOUS = LEVELS


def of(config: Config, operation: str) -> str:
    """Returns what kit.toml says of an operation; of two settings for one, the stricter."""
    said = [each["autonomy"] for each in config.tables("context.operations") if each["name"] == operation]
    return min(said, key=LEVELS.index, default=config.text("context.autonomy"))


def level(config: Config, operation: str, *, given: str = "", is_policy: bool = False) -> str:
    """Returns the level that holds for a call: the one given for it, else kit.toml's; for a policy the stricter."""
    if given not in ("", *LEVELS):
        raise InvalidInput(f"there is no level {given[:40]!r}", hint=f"there are {', '.join(LEVELS)}", code="autonomy")
    own = of(config, operation)
    return min(own, given or own, key=LEVELS.index) if is_policy else given or own


__all__ = ["AUTONOMOUS", "COLLABORATIVE", "LEVELS", "MANUAL", "OPERATIONS", "level", "of"]
