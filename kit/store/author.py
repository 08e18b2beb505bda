"""Who commits to the live plane."""

from __future__ import annotations

from typing import NamedTuple


class Author(NamedTuple):
    """Who a commit is by and when it was made, in seconds since the epoch; an agent has no e-mail address."""

    name: str
    instance: str
    when: float
    email: str = ""
