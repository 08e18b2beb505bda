"""What can go wrong with a remote, as a value, and the switch that puts it in force.

The order of drops is fixed by the seed for pushes that come one after another, not for simultaneous ones.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

FOREVER_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What a remote does wrong from now on; by default nothing."""

    delay: float = 0.0
    """Seconds added to each round trip."""

    drop_replies: float = 0.0
    """Probability (0 to 1) that a push is carried out and its answer then lost."""

    seed: int = 0
    """Makes the sequence of lost answers repeatable."""

    torn: bool = False
    """The lost answer is cut in the middle, not before its first byte.

    HTTP only. curl itself sends a request again on a new connection if a reused one was closed before
    the first byte of the answer, so the two cuts reach a client of git as different failures.
    """

    hang_after: int | None = None
    """So many more requests (git://: connections) are served; later ones are accepted, never answered."""

    refuse_with: int | None = None
    """HTTP only: this status is the answer to everything."""

    cut_upload: int | None = None
    """Through the proxy only: a connection is cut after so many bytes from the client."""

    cut_download: int | None = None
    """Through the proxy only: a connection is cut after so many bytes from the server."""


class Switch:
    """Holds the faults in force in a server, and what chance and count have brought under them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self.set(Faults())

    def set(self, faults: Faults) -> None:
        """Puts the faults in force and lets go of what hangs."""
        with self._lock:
            self._changed.set()
            self._changed = threading.Event()
            self.faults = faults
            self._served = 0
            self._chance = random.Random(faults.seed)

    def has_hung(self) -> bool:
        """Counts a request; if it is one to hang, returns True as soon as the faults change."""
        with self._lock:
            self._served += 1
            after, changed = self.faults.hang_after, self._changed
            if after is None or self._served <= after:
                return False
        changed.wait(FOREVER_SECONDS)
        return True

    def drops(self) -> bool:
        """Decides whether the answer to this push is lost."""
        with self._lock:
            return self._chance.random() < self.faults.drop_replies
