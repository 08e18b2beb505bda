"""Who holds a claim: an instance of an agent, never a name alone."""

from __future__ import annotations

from typing import NamedTuple

from kit.store.author import Author


class Holder(NamedTuple):
    """An agent and the one place where it acts."""

    agent: str
    instance: str

    def author(self, now: float) -> Author:
        """Returns the author of this holder's commits at `now` (seconds since the epoch)."""
        return Author(self.agent, self.instance, now)

    def fields(self) -> dict[str, str]:
        """Returns the two fields every record of the live plane carries."""
        return {"agent": self.agent, "instance": self.instance}
