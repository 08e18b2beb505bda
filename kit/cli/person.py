"""Who acts in a review: the person that git knows here, or the agent that kit knows."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import click

from kit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.cli.edge import Edge
    from kit.review.branch import Base
    from kit.review.people import People
    from kit.store.author import Author
    from kit.workflows.gates import Ran

#: The option that asks a model.
ENGINE = click.option(
    "--engine", type=click.Choice(("command", "openai")), default=None,
    help="Ask the model of kit.toml about gates that a person would read.",
)  # fmt: skip


def author(edge: Edge) -> Author:
    """Returns who commits: an agent under its name, a person with git's name and address."""
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


def named(edge: Edge, name: str) -> str:
    """Returns a candidate's id as it is, and a file as it was typed (from --repo's folder) as a whole path."""
    return str(edge.folder.resolve() / name) if name.endswith(".md") else name


def judge(edge: Edge, engine: str) -> Callable[[Ran], Ran]:
    """Returns what asks the model that kit.toml names, if one is asked for, about the gates that are left open."""
    if not engine:
        return lambda ran: ran
    from kit import model
    from kit.model import trust
    from kit.workflows import judging

    repository = edge.repository
    trusted = trust.trusted(repository.git.settings, model.TRUST)
    asked = model.model(repository.config, engine, environment=edge.environment, folder=repository.top, trusted=trusted)
    return lambda ran: judging.judged(ran, asked, nonce=edge.nonce())


def people(edge: Edge) -> tuple[Base, People]:
    """Returns the reviewed branch, and who reviews as it names them."""
    from kit import config
    from kit.review import branch
    from kit.review import people as room

    base = branch.base(edge.repository)
    return base, room.at(edge.repository.git, base.oid, posixpath.join(edge.repository.home, config.FILE))
