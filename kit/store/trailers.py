"""The line of a commit's message that names the session it came from: `Kit-Session: <harness>/<session>`.

Read wherever it stands: git calls only the last paragraph trailers, but a squash puts the messages of many commits
into one, indented or not. Written by git itself, without any config: a `trailer.*.command` there would be run.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.records import ids
from kit.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = "Kit-Session"  # noqa: S105 - git's word for the name of a trailer
#: Where notes name the sessions of commits that must keep their id.
NOTES = "refs/notes/kit"
MAX_MESSAGE = 1 << 20
SECONDS = 5.0
_LINE = re.compile(rf"^[ \t]*(?:[*-][ \t]*)?{TOKEN}:[ \t]*([^\s]+)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_COMMENTS = "#;@!$%^&|:"  # what git picks from where core.commentChar is auto


def name_of(text: str) -> str:
    """Returns `<harness>/<session>` if that is what the text is. Raises InvalidInput."""
    harness, slash, session = text.partition("/")
    if not slash:
        raise InvalidInput(
            f"{text[:100]!r} names no session", hint="write it as <harness>/<session>", code="invalid_session"
        )
    return f"{ids.check(harness, what='harness')}/{ids.check(session, what='session')}"


def sessions(message: str) -> list[str]:
    """Returns the sessions that a message names, each once, in its order; what is no session's name is passed over."""
    found: dict[str, None] = {}
    for value in _LINE.findall(message[:MAX_MESSAGE]):
        harness, _, session = value.partition("/")
        if not ids.problem(harness) and not ids.problem(session):
            found[value] = None
    return list(found)


def with_session(message: bytes, session: str, *, environment: Mapping[str, str], comment: str = "#") -> bytes:
    """Returns a message that names the session; one that does so already comes back as it is.

    `comment` begins the lines that git will drop. Raises InvalidInput beyond MAX_MESSAGE bytes, KitError when git
    does not answer.
    """
    if len(message) > MAX_MESSAGE:
        raise InvalidInput(f"the message has more than {MAX_MESSAGE} bytes", hint="shorten it", code="too_large")
    if session in sessions(message.decode("utf-8", "replace")):
        return message
    alone = dict(environment) | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    nowhere = Git(Path(os.devnull, "none"), alone, is_bare=True)
    words = ("interpret-trailers", "--no-divider", "--if-exists=addIfDifferent", f"--trailer={TOKEN}: {session}")
    return nowhere.run("-c", f"core.commentChar={comment}", *words, stdin=message, seconds=SECONDS).out


def comment_of(settings: Mapping[str, str], message: bytes) -> str:
    """Returns the character that begins the comments of a message, by git's settings."""
    told = settings.get("core.commentstring") or settings.get("core.commentchar") or "#"
    if told != "auto":
        return told[:1]
    last = message.rstrip().rpartition(b"\n")[2][:1].decode("ascii", "replace")
    return last if last and last in _COMMENTS else "#"
