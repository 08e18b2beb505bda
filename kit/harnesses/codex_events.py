"""What happened in a rollout of Codex: one stream, though most of it is written twice.

The items of the model's conversation are the stream. What the program notes beside them (`event_msg`) counts only where
it says something that no item does: a text that stands in no item, the exit status of a call, a turn taken back.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from kit.harnesses import codex_notes, touched
from kit.harnesses.event import ASSISTANT, CALL, COMPACTION, RESULT, SUBAGENT, THINKING, USAGE, USER, Event
from kit.harnesses.record import NOT_JSON, arguments, first, items, load, mapping, other, stamp, text, whole, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d{1,9})\s*$", re.MULTILINE)
_HEAD = 600
_MODELS = (ASSISTANT, THINKING, CALL, USAGE)
_FAILED = ("failed to parse function arguments", "unsupported call", "exec_command failed", "execution error",
           "apply_patch verification failed")  # fmt: skip
_CONTEXT = ("<environment_context>", "<user_instructions>", "# AGENTS.md instructions", "<permissions instructions>",
            "<collaboration_mode>", "<skills_instructions>", "<apps_instructions>", "<INSTRUCTIONS>")  # fmt: skip


def events(records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    """Yields what happened, once all records are read: only then is it known what stands there twice."""
    found: list[Event] = []
    notes = codex_notes.Notes()
    for line, record in records:
        entry = load(record)
        if entry is None:
            found.append(other(line, NOT_JSON))
            continue
        for event in _read(notes, line, entry):
            if isinstance(event, int):
                _roll_back(found, event)
            else:
                found.append(event if event.model or event.kind not in _MODELS else event._replace(model=notes.model))
    yield from _joined(found, notes)


def _read(notes: codex_notes.Notes, line: int, entry: dict[str, Any]) -> Iterable[Event | int]:
    kind, payload = entry.get("type"), entry.get("payload")
    at = stamp(entry.get("timestamp") or entry.get("created_at"))
    if not isinstance(payload, dict):
        return () if _is_head(entry) else _item(line, at, entry)
    found: Iterable[Event | int] = ()
    if kind == "event_msg" or payload.get("type") == "token_count":
        found = notes.read(line, at, payload)
    elif kind == "response_item":
        found = _item(line, at or stamp(payload.get("timestamp")), payload)
    elif kind == "turn_context":
        notes.model = text(payload.get("model")) or notes.model
    elif kind == "compacted":
        found = (Event(COMPACTION, line, at, text=text(payload.get("message"))),)
    elif kind == "inter_agent_communication":
        said = words(payload.get("content")) or text(payload.get("message"))
        found = (Event(SUBAGENT, line, at, text=said, agent=first(payload, "author", "sender", "recipient")),)
    elif not isinstance(kind, str) or kind not in _PASSED:
        found = (other(line, kind, at),)
    return found


def _is_head(entry: dict[str, Any]) -> bool:
    """Whether a record without a payload is one of those that begin or only mark a rollout of the old kind."""
    return "record_type" in entry or ("type" not in entry and "role" not in entry and "id" in entry)


def _item(line: int, at: str, item: dict[str, Any]) -> Iterable[Event]:
    kind = item.get("type")
    reader = _ITEMS.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        return reader(Event(CALL, line, at, text(item.get("id"))), item)
    if kind is None and "role" in item:
        return _message(Event(USER, line, at, text(item.get("id"))), item)
    return (other(line, kind, at),)


def _message(plain: Event, item: dict[str, Any]) -> Iterable[Event]:
    role, content = item.get("role"), item.get("content", item.get("message"))
    said = words(content)
    if role == "assistant":
        return (plain._replace(kind=ASSISTANT, text=said, model=text(item.get("model"))),)
    if role in ("tool", "function"):
        return _output(plain, item)
    if role != "user":
        return () if role in ("developer", "system") else (other(plain.line, f"message/{text(role)}", plain.at),)
    parts = [words([each]) for each in content] if isinstance(content, list) else [said]
    own = "\n".join(each for each in parts if each and not each.lstrip().startswith(_CONTEXT))
    return (plain._replace(kind=USER, text=own),) if own else ()


def _reasoning(plain: Event, item: dict[str, Any]) -> Iterable[Event]:
    parts = [*items(item.get("summary")), *items(item.get("content"))]
    return [plain._replace(kind=THINKING, text=said) for each in parts if (said := words(each))]


def _call(plain: Event, item: dict[str, Any]) -> Iterable[Event]:
    given = arguments(item.get("arguments", item.get("input", item.get("action", ""))))
    tool = text(item.get("name")) or text(mapping(item.get("function")).get("name"))
    space = text(item.get("namespace"))
    tool = f"{space}.{tool}" if space else tool or text(item.get("type")).removesuffix("_call")
    return (plain._replace(tool=tool, call=text(item.get("call_id")), input=given, files=touched.files(given)),)


def _output(plain: Event, item: dict[str, Any]) -> Iterable[Event]:
    given = item.get("output", item.get("result", item.get("content")))
    status: int | None = None
    success: object = None
    if isinstance(given, str) and given[:1] == "{":
        legacy = load(given.encode("utf-8", "replace")) or {}
        if isinstance(legacy.get("output"), str):
            given, status = legacy["output"], whole(mapping(legacy.get("metadata")).get("exit_code"))
    if isinstance(given, dict):
        success, status = given.get("success"), whole(given.get("exitCode", given.get("exit_code")))
        streams = [text(given.get(each)) for each in ("stdout", "stderr")]
        given = words(given.get("content")) or words(given) or "\n".join(each for each in streams if each)
    said = words(given)
    if status is None and (left := _EXIT.search(said[:_HEAD].split("\nOutput:", 1)[0])):
        status = int(left[1])
    has_failed = bool(status) or success is False or said.startswith(_FAILED) or item.get("status") == "failed"
    return (plain._replace(kind=RESULT, text=said, tool=text(item.get("name")), call=text(item.get("call_id")),
                           exit_status=status, is_error=has_failed),)  # fmt: skip


def _between(plain: Event, item: dict[str, Any]) -> Iterable[Event]:
    return (plain._replace(kind=SUBAGENT, text=words(item.get("content")), agent=text(item.get("author"))),)


def _nothing(plain: Event, item: dict[str, Any]) -> Iterable[Event]:  # noqa: ARG001 - one of a table
    return ()


def _roll_back(found: list[Event], turns: int) -> None:
    """Marks what was taken back: so many turns, each of which begins with what the user says, once or noted again."""
    is_user = False
    for index in range(len(found) - 1, -1, -1):
        if not found[index].is_active:
            continue
        turns -= is_user and found[index].kind != USER
        if turns <= 0:
            break
        is_user = found[index].kind == USER
        found[index] = found[index]._replace(is_active=False)


def _joined(found: list[Event], notes: codex_notes.Notes) -> Iterator[Event]:
    """Leaves out the notes that an item says too, and gives results what only a note knows."""
    said = Counter((each.kind, each.text.strip()) for each in found if each.line not in notes.spare)
    calls = {(each.kind, each.call) for each in found if each.call and each.line not in notes.spare}
    tools = {each.call: each.tool for each in found if each.kind == CALL and each.call}
    is_compacted = any(each.kind == COMPACTION and each.line not in notes.spare for each in found)
    for each in found:
        if each.line in notes.spare:
            key = (each.kind, each.text.strip())
            if each.kind in (CALL, RESULT):
                if (each.kind, each.call) in calls:
                    continue
            elif each.kind == COMPACTION and is_compacted:
                continue
            elif said[key] > 0:
                said[key] -= 1
                continue
        whole = notes.completed(each) if each.kind == RESULT and each.line not in notes.spare else each
        yield whole if whole.kind != RESULT or whole.tool else whole._replace(tool=tools.get(whole.call, ""))


_PASSED = frozenset((
    "session_meta", "world_state", "token_usage_record", "inter_agent_communication_metadata", "security_risk_score",
    "retained_context", "realtime_item",
))  # fmt: skip
_CALLS = (
    "function_call", "custom_tool_call", "local_shell_call", "web_search_call", "tool_search_call", "tool_call",
    "image_generation_call",
)  # fmt: skip
_OUTPUTS = (
    "function_call_output", "custom_tool_call_output", "local_shell_call_output", "tool_search_output", "tool_result",
    "function_result",
)  # fmt: skip
_ITEMS: dict[str, Callable[[Event, dict[str, Any]], Iterable[Event]]] = {
    "message": _message,
    "reasoning": _reasoning,
    **dict.fromkeys(_CALLS, _call),
    **dict.fromkeys(_OUTPUTS, _output),
    "agent_message": _between,
    **dict.fromkeys(("ghost_snapshot", "compaction", "context_compaction", "compaction_trigger"), _nothing),
}
