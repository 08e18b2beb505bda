"""Who commits to the live plane."""

from __future__ import annotations

from typing import NamedTuple


class Author(NamedTuple):
    """Who a commit is by and when it was made, in seconds since the epoch."""

    name: str
    instance: str
    when: float
