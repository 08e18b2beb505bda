"""Who acts in a review: the person that git knows here, or the agent that kit knows."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.review.branch import Base
    from kit.review.people import People
    from kit.store.author import Author


def author(edge: Edge) -> Author:
    """Returns who commits: an agent under its name, a person with git's name and address."""
    from kit.store.author import Author

    if edge.actor.startswith("process:"):
        return edge.me.author(edge.now())
    return person(edge)


def person(edge: Edge) -> Author:
    """Returns the person that git knows here. Raises UsageError when it knows none."""
    from kit.store.author import Author

    settings = edge.repository.git.config
    name, email = settings.get("user.name", ""), settings.get("user.email", "")
    if not name or not email:
        raise UsageError("git does not know who you are", hint="git config user.name and user.email", code="no_person")
    return Author(name, "", edge.now(), email)


def people(edge: Edge) -> tuple[Base, People]:
    """Returns the reviewed branch, and who reviews as it names them."""
    from kit import config
    from kit.review import branch
    from kit.review import people as room

    base = branch.base(edge.repository)
    return base, room.at(edge.repository.git, base.oid, posixpath.join(edge.repository.home, config.FILE))
