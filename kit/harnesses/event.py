"""What happened in a session, in one small vocabulary whatever the harness calls it.

An event is read from one record of a transcript (one line), and says which: the raw record stays the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

USER, ASSISTANT, THINKING, CALL, RESULT = "user", "assistant", "thinking", "tool-call", "tool-result"
ERROR, COMPACTION, SUBAGENT, USAGE, OTHER = "error", "compaction", "sub-agent", "usage", "other"
KINDS = (USER, ASSISTANT, THINKING, CALL, RESULT, ERROR, COMPACTION, SUBAGENT, USAGE, OTHER)


class Event(NamedTuple):
    """One thing that happened.

    `line` is the number of its record in the session, from 1; one record can hold several events. `at` is ISO 8601
    in UTC as `2026-11-20T10:00:00Z`, "" where the harness tells no time. `call` ties a tool's call to its result.
    `exit_status` is None where nothing tells one; `is_error` says whether the tool or the model failed, by whatever
    sign the harness gives. `files` are the paths a call names. `is_active` is false for what was rewound, or stands
    on a branch that was left. `agent` names the sub-agent that it happened in, "" for the session's own agent.
    """

    kind: str
    line: int
    at: str = ""
    id: str = ""
    parent: str = ""
    text: str = ""
    tool: str = ""
    call: str = ""
    input: Mapping[str, object] | str = ""
    exit_status: int | None = None
    is_error: bool = False
    files: tuple[str, ...] = ()
    usage: Mapping[str, int] | None = None
    model: str = ""
    agent: str = ""
    is_active: bool = True
