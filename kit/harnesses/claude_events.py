"""What happened in a transcript of Claude Code, record by record.

Records that only serve the program's own display (progress, snapshots, titles, hooks that went well, context that it
added by itself) yield nothing; docs/harnesses.md lists them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.harnesses import touched
from kit.harnesses.event import ASSISTANT, CALL, COMPACTION, ERROR, RESULT, SUBAGENT, THINKING, USAGE, USER, Event
from kit.harnesses.record import NOT_JSON, arguments, counts, load, mapping, other, stamp, text, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_EXIT = re.compile(r"(?:Error: )?(?:<tool_use_error>)?Exit code (\d{1,9})\b")
_FAULT = "<tool_use_error>"
_INTERRUPTED = "[Request interrupted by user"
_OUTPUT = ("<local-command-stdout>", "<local-command-stderr>", "<local-command-caveat>")
_MAX_NAMES = 100_000


class _State:
    """What must be known of the records before: the tools by call, and the usage of the message that is not over."""

    def __init__(self) -> None:
        self.tools: dict[str, str] = {}
        self.agents: dict[str, str] = {}
        self.open: dict[str, Event] = {}
        self.counted: set[str] = set()

    def agent(self, entry: dict[str, Any]) -> str:
        """Returns whose record it is: the id it names; in old files the id of the first record of the side chain."""
        named = entry.get("agentId")
        if isinstance(named, str):
            return named
        if entry.get("isSidechain") is not True:
            return ""
        own, parent = text(entry.get("uuid")), text(entry.get("parentUuid"))
        agent = self.agents.get(parent) or own
        if own and len(self.agents) < _MAX_NAMES:
            self.agents[own] = agent
        return agent

    def use(self, message: str, event: Event) -> Iterator[Event]:
        """Keeps the usage of a message until another begins: the last of its lines has the whole of it."""
        before = self.open.get(event.agent)
        if before is not None and before.id != message:
            self.counted.add(before.id)
            yield before
        if message in self.counted:
            self.open.pop(event.agent, None)
        else:
            self.open[event.agent] = event


def events(records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    """Yields what happened; the usage of a message comes when the next begins, and names the message's last line."""
    state = _State()
    for line, record in records:
        entry = load(record)
        if entry is None:
            yield other(line, NOT_JSON)
            continue
        kind = entry.get("type")
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            yield other(line, kind, stamp(entry.get("timestamp")))
        elif reader is not _nothing:
            yield from reader(state, line, entry)
    yield from state.open.values()


def _assistant(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    message = mapping(entry.get("message"))
    plain = _plain(ASSISTANT, state, line, entry)._replace(model=text(message.get("model")))
    content = message.get("content")
    has_failed = entry.get("isApiErrorMessage") is True
    for given in content if isinstance(content, list) else (content,):
        block = {"type": "text", "text": given} if isinstance(given, str) else mapping(given)
        kind = block.get("type")
        if kind == "text":
            said = text(block.get("text"))
            yield plain._replace(kind=ERROR if has_failed else ASSISTANT, text=said, is_error=has_failed)
        elif kind in ("tool_use", "server_tool_use"):
            yield _called(state, block, plain)
        elif kind == "thinking":
            if thought := text(block.get("thinking")):
                yield plain._replace(kind=THINKING, text=thought)
        elif kind in ("web_search_tool_result", "tool_result"):
            yield _result(state, block, plain, None)
        elif block and kind not in ("redacted_thinking", "fallback"):
            yield other(line, kind, plain.at)._replace(id=plain.id, parent=plain.parent, agent=plain.agent)
    if usage := _usage(mapping(message.get("usage"))):
        named = text(message.get("id")) or plain.id
        yield from state.use(named, plain._replace(kind=USAGE, id=named, parent="", usage=usage))


def _plain(kind: str, state: _State, line: int, entry: dict[str, Any]) -> Event:
    parent = text(entry.get("parentUuid"))
    return Event(kind, line, stamp(entry.get("timestamp")), text(entry.get("uuid")), parent, agent=state.agent(entry))


def _called(state: _State, block: dict[str, Any], plain: Event) -> Event:
    tool, call, given = text(block.get("name")), text(block.get("id")), arguments(block.get("input"))
    if call and len(state.tools) < _MAX_NAMES:
        state.tools[call] = tool
    return plain._replace(kind=CALL, tool=tool, call=call, input=given, files=touched.files(given))


def _usage(given: dict[str, Any]) -> Mapping[str, int]:
    return counts(input=given.get("input_tokens"), output=given.get("output_tokens"),
                  cache_read=given.get("cache_read_input_tokens"),
                  cache_write=given.get("cache_creation_input_tokens"))  # fmt: skip


def _user(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    content = mapping(entry.get("message")).get("content")
    outcome = entry.get("toolUseResult")
    plain = _plain(USER, state, line, entry)
    said: list[str] = []
    for block in content if isinstance(content, list) else (content,):
        if isinstance(block, str):
            said.append(block)
        elif isinstance(block, dict):
            kind = block.get("type")
            if kind == "tool_result":
                yield _result(state, block, plain, outcome)
                if isinstance(outcome, dict) and text(outcome.get("agentId")):
                    call = text(block.get("tool_use_id"))
                    yield plain._replace(kind=SUBAGENT, call=call, agent=text(outcome.get("agentId")))
            elif kind == "text":
                said.append(text(block.get("text")))
            elif kind not in ("image", "document"):
                yield other(line, kind, plain.at)._replace(id=plain.id, parent=plain.parent, agent=plain.agent)
    for each in said:
        yield from _words(entry, each, plain)


def _words(entry: dict[str, Any], said: str, plain: Event) -> Iterator[Event]:
    if entry.get("isCompactSummary") is True:
        yield plain._replace(kind=COMPACTION, text=said)
    elif said.startswith(_INTERRUPTED):
        yield plain._replace(kind=ERROR, text=said, is_error=True)
    elif said and entry.get("isMeta") is not True and not said.startswith(_OUTPUT):
        yield plain._replace(text=said)


def _result(state: _State, block: dict[str, Any], plain: Event, outcome: object) -> Event:
    """A result failed when it says so, by `is_error` or in its text where that is not there; interrupted is failed."""
    given = words(block.get("content"))
    call, told = text(block.get("tool_use_id")), block.get("is_error")
    left = _EXIT.match(given) if told is not False else None
    status = int(left[1]) if left else None
    is_error = told is True or bool(status) or (told is not False and given.startswith(_FAULT))
    if isinstance(outcome, str):
        is_error = is_error or (told is not False and outcome.startswith("Error:"))
    elif isinstance(outcome, dict):
        is_error = is_error or outcome.get("interrupted") is True
    return plain._replace(
        kind=RESULT, text=given, tool=state.tools.get(call, ""), call=call, exit_status=status, is_error=is_error
    )


def _bare_call(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    """Reads a call that is a record of its own."""
    yield _called(state, entry, _plain(CALL, state, line, entry))


def _bare_result(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    block = {**entry, "content": entry.get("output", entry.get("content"))}
    found = _result(state, block, _plain(RESULT, state, line, entry), None)
    yield found if found.tool else found._replace(tool=text(entry.get("name")))


def _tool(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    """Reads a call and its result in one record, as some writers of this shape keep them."""
    message = mapping(entry.get("message"))
    plain = _plain(CALL, state, line, entry)
    block = {"name": message.get("tool_name"), "id": plain.id, "input": message.get("tool_input")}
    call = _called(state, block, plain)
    yield call
    has_failed = message.get("status") in ("error", "failed", "failure")
    said = words(message.get("tool_output"))
    yield plain._replace(kind=RESULT, text=said, tool=call.tool, call=call.call, is_error=has_failed)


def _system(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    kind = text(entry.get("subtype"))
    plain = _plain(ERROR, state, line, entry)
    if kind in ("compact_boundary", "microcompact_boundary"):
        parent = text(entry.get("logicalParentUuid")) or plain.parent
        yield plain._replace(kind=COMPACTION, parent=parent, text=text(entry.get("content")))
    elif kind in _FAILURES:
        error = entry.get("error")
        said = text(entry.get("content")) or (words(error) if isinstance(error, str) else _message(mapping(error)))
        yield plain._replace(text=said, tool=kind, is_error=True)
    elif kind not in _PASSED_SYSTEM:
        yield other(line, f"system/{kind}", plain.at)


def _message(error: dict[str, Any]) -> str:
    deeper = mapping(mapping(error.get("error")).get("error")) or mapping(error.get("error"))
    return text(error.get("message")) or text(deeper.get("message")) or text(error.get("formatted"))


def _attachment(state: _State, line: int, entry: dict[str, Any]) -> Iterator[Event]:
    attached = mapping(entry.get("attachment"))
    kind = attached.get("type")
    plain = _plain(USER, state, line, entry)
    if kind == "queued_command":
        if said := words(attached.get("prompt")):
            yield plain._replace(text=said)
    elif kind in ("hook_blocking_error", "hook_non_blocking_error", "hook_error_during_execution"):
        blocking = attached.get("blockingError")
        said = text(attached.get("stderr")) or words(blocking) or text(mapping(blocking).get("blockingError"))
        status = attached.get("exitCode")
        yield plain._replace(kind=ERROR, text=said, tool=text(attached.get("hookName")), is_error=True,
                             call=text(attached.get("toolUseID")),
                             exit_status=status if type(status) is int else None)  # fmt: skip


def _nothing(state: _State, line: int, entry: dict[str, Any]) -> Iterable[Event]:  # noqa: ARG001 - one of a table
    return ()


_FAILURES = frozenset(("api_error", "error", "api_refusal", "model_refusal_fallback"))
_PASSED_SYSTEM = frozenset((
    "stop_hook_summary", "turn_duration", "session_start", "local_command", "informational", "away_summary",
    "bridge_status", "scheduled_task_fire", "agents_killed", "memory_saved", "hook_progress", "init",
))  # fmt: skip
_PASSED = (
    "progress", "summary", "file-history-snapshot", "queue-operation", "permission-mode", "mode", "last-prompt",
    "ai-title", "custom-title", "agent-name", "pr-link", "frame-link", "worktree-state", "relocated", "bridge-session",
    "started", "result", "atis-latch",
)  # fmt: skip
_READERS: dict[str, Callable[[_State, int, dict[str, Any]], Iterable[Event]]] = {
    "assistant": _assistant,
    "user": _user,
    "system": _system,
    "attachment": _attachment,
    "tool_use": _bare_call,
    "tool_result": _bare_result,
    "tool": _tool,
    **dict.fromkeys(_PASSED, _nothing),
}
