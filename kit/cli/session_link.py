"""`kit session link`: name the session that a commit or a pull request came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import SESSIONS
from kit.cli.edge import command as kit_command
from kit.errors import KitError, UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge

#: Names the session where no harness does, as `<harness>/<session>`.
VARIABLE = "KIT_SESSION"


@kit_command("link")
@click.option("--commit", "revision", default="", metavar="REV", help="Link this commit; without any option HEAD.")
@click.option("--pr", "number", type=click.IntRange(1), metavar="N", help="Link this pull request, by gh.")
@click.option("--session", default="", metavar="H/ID", help="The session; else the one this shell belongs to.")
@click.option("--install", is_flag=True, help="Write the git hook that links every commit from now on.")
@click.option("--uninstall", is_flag=True, help="Take that hook away.")
@click.option("--print-hook", is_flag=True, help="Print the hook.")
@click.option("--hook", type=click.Path(path_type=Path), hidden=True, help="What the hook calls: a message's file.")
def link_command(
    edge: Edge, *, revision: str, number: int | None, session: str, install: bool, uninstall: bool, print_hook: bool,
    hook: Path | None,
) -> None:  # fmt: skip
    r"""Name the session that a commit or a pull request came from.

    The commit gets the trailer `Kit-Session: <harness>/<session>`. HEAD is written anew where nothing else has it: no
    other branch, no remote's branch, no tag, no signature. Any other commit keeps its id, and a note in refs/notes/kit
    names the session. The session is the one this shell belongs to: what the harness says, else KIT_SESSION.

    \b
    Examples:
      kit session link --install
      kit session link
      kit session link --commit HEAD~2 --session codex/0193b5c1
      kit session link --pr 12
    """
    given = [name for name, is_given in (("--commit", revision), ("--pr", number), ("--install", install),
             ("--uninstall", uninstall), ("--print-hook", print_hook), ("--hook", hook)) if is_given]  # fmt: skip
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} do not go together", hint="run one after the other")
    if hook:
        _in_message(edge, hook, session)
    elif install or uninstall or print_hook:
        _hook(edge, install=install, uninstall=uninstall)
    elif number:
        _pull_request(edge, number, _session(edge, session))
    else:
        _commit(edge, revision or "HEAD", _session(edge, session))


def _session(edge: Edge, given: str) -> str:
    """Returns the session to name. Raises UsageError when nothing tells it."""
    from kit.store import trailers

    told = [f"{name}/{edge.environment[of]}" for name, of in SESSIONS.items() if edge.environment.get(of)]
    known = given or (told or [edge.environment.get(VARIABLE, "")])[0]
    if not known:
        raise UsageError(
            "nothing says which session this is", hint=f"give --session HARNESS/ID, or set {VARIABLE}",
            code="no_session",
        )  # fmt: skip
    return trailers.name_of(known)


def _in_message(edge: Edge, file: Path, given: str) -> None:
    """Does the hook's work; a commit must not fail because of it, so that what is wrong is only said."""
    from kit.workflows import link

    try:
        link.in_message(edge.repository, file, _session(edge, given))
    except (KitError, OSError) as error:
        edge.talk(f"kit: this commit is not linked to a session: {output.clean(error)}")


def _hook(edge: Edge, *, install: bool, uninstall: bool) -> None:
    from kit.workflows import hook

    variables = (*SESSIONS.values(), VARIABLE)
    if uninstall:
        gone = hook.uninstall(edge.repository)
        edge.print({"removed": str(gone) if gone else None}, f"removed {output.clean(gone)}" if gone else "")
        if not gone:
            edge.talk("there was no hook of kit's")
    elif install:
        done = hook.install(edge.repository, variables)
        word = {"": "wrote", "there": "is there:", "older": "wrote anew"}[done.was]
        edge.print(
            {"file": str(done.file), "was": done.was, "in_work_tree": done.is_in_work_tree},
            f"{word} {output.clean(done.file)}",
        )
        if done.is_in_work_tree:
            edge.talk("it stands in the work tree (core.hooksPath): commit it, or have git ignore it")
    else:
        edge.print({"hook": hook.text(variables)}, hook.text(variables).removesuffix("\n"))


def _pull_request(edge: Edge, number: int, session: str) -> None:
    from kit.workflows import link

    is_new = link.pull_request(edge.repository, number, session)
    edge.print(
        {"session": session, "pr": number, "how": "description" if is_new else "already"},
        f"#{number} {'names' if is_new else 'named already'} {session}",
    )


def _commit(edge: Edge, revision: str, session: str) -> None:
    from kit.store import trailers
    from kit.workflows import link

    done = link.commit(edge.repository, revision, session)
    words = {
        "trailer": f"{done.was[:12]} is {done.commit[:12]} now and names {session}",
        "note": f"a note on {done.commit[:12]} names {session}",
        "already": f"{done.commit[:12]} named {session} already",
    }
    edge.print(done.record(), words[done.how])
    if done.how == "note":
        edge.talk(f"the commit keeps its id: {output.clean(done.why)}")
        edge.talk(f"notes stay here until you send them: git push origin {trailers.NOTES}")
