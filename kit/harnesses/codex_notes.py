"""What Codex notes beside the conversation (`event_msg`): usage, failures, and much that stands there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.harnesses import touched
from kit.harnesses.event import (
    ASSISTANT,
    CALL,
    COMPACTION,
    ERROR,
    RESULT,
    SUBAGENT,
    THINKING,
    USAGE,
    USER,
    Event,
)
from kit.harnesses.record import arguments, counts, first, mapping, other, text, whole, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MAX_TURNS = 10_000


class Notes:
    """Reads the notes of one rollout; `spare` are the lines of those that an item may say too."""

    def __init__(self) -> None:
        self.model = ""
        self.spare: set[int] = set()
        self._total: dict[str, Any] = {}
        self._ended: dict[str, Event] = {}

    def read(self, line: int, at: str, note: dict[str, Any]) -> Iterable[Event | int]:
        """Returns what a note says; a number means that so many turns before it were taken back."""
        kind = note.get("type")
        if kind == "token_count":
            return self._usage(line, at, note)
        if kind == "turn.completed":
            used = _usage(mapping(note.get("usage")))
            return (Event(USAGE, line, at, usage=used),) if used else ()
        if kind == "thread_rolled_back":
            return (min(whole(note.get("num_turns")) or 0, _MAX_TURNS),)
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            is_known = isinstance(kind, str) and kind in _PASSED
            return () if is_known else (other(line, f"event_msg/{text(kind)}", at),)
        found = reader(Event(USER, line, at), note)
        if found and found[0].kind not in (ERROR, SUBAGENT):
            self.spare.add(line)
        for each in found:
            if each.kind == RESULT and each.call:
                self._ended[each.call] = each
        return found

    def completed(self, result: Event) -> Event:
        """Returns a result with the exit status and the failure that a note tells of its call."""
        ended = self._ended.get(result.call)
        if ended is None:
            return result
        status = ended.exit_status if result.exit_status is None else result.exit_status
        return result._replace(exit_status=status, is_error=result.is_error or ended.is_error,
                               files=result.files or ended.files)  # fmt: skip

    def _usage(self, line: int, at: str, note: dict[str, Any]) -> Iterable[Event]:
        """A count is noted again whenever the limits change: only one with a new total counts."""
        info = mapping(note.get("info")) or note
        total, last = mapping(info.get("total_token_usage")), mapping(info.get("last_token_usage"))
        if total and total == self._total:
            return ()
        if total and not last:
            last = {key: value - (whole(self._total.get(key)) or 0) for key, value in total.items() if whole(value)}
        self._total = total
        used = _usage(last or info)
        return (Event(USAGE, line, at, usage=used, model=text(info.get("model"))),) if used else ()


def _usage(given: dict[str, Any]) -> dict[str, int]:
    """Codex counts what came from the cache within the input; here they stand apart."""
    cached = whole(given.get("cached_input_tokens")) or 0
    taken = whole(given.get("input_tokens", given.get("prompt"))) or 0
    return counts(
        input=taken - cached if 0 < cached <= taken else taken,
        cache_read=cached,
        cache_write=given.get("cache_write_input_tokens"),
        output=given.get("output_tokens", given.get("completion")),
        reasoning=given.get("reasoning_output_tokens"),
    )


def _said(kind: str, *names: str) -> Callable[[Event, dict[str, Any]], list[Event]]:
    def read(plain: Event, note: dict[str, Any]) -> list[Event]:
        said = first(note, *names)
        return [plain._replace(kind=kind, text=said)] if said else []

    return read


def _compacted(plain: Event, note: dict[str, Any]) -> list[Event]:  # noqa: ARG001 - one of a table
    return [plain._replace(kind=COMPACTION)]


def _error(plain: Event, note: dict[str, Any]) -> list[Event]:
    said = first(note, "message", "reason") or text(mapping(note.get("error")).get("message"))
    return [plain._replace(kind=ERROR, text=said, tool=text(note.get("type")), is_error=True)]


def _ran(plain: Event, note: dict[str, Any]) -> list[Event]:
    said = first(note, "aggregated_output", "formatted_output") or text(note.get("stdout")) + text(note.get("stderr"))
    status = whole(note.get("exit_code"))
    return [plain._replace(kind=RESULT, call=text(note.get("call_id")), text=said, exit_status=status,
                           is_error=bool(status) or note.get("status") == "failed")]  # fmt: skip


def _patched(plain: Event, note: dict[str, Any]) -> list[Event]:
    said = text(note.get("stdout")) + text(note.get("stderr"))
    changed = tuple(each for each in list(mapping(note.get("changes")))[:200] if each and "\n" not in each)
    return [plain._replace(kind=RESULT, call=text(note.get("call_id")), text=said, files=changed,
                           is_error=note.get("success") is False)]  # fmt: skip


def _served(plain: Event, note: dict[str, Any]) -> list[Event]:
    """Reads the end of a call to an MCP server, which holds the call too."""
    asked, result = mapping(note.get("invocation")), note.get("result")
    tool = ".".join(each for each in (text(asked.get("server")), text(asked.get("tool"))) if each)
    given, good = arguments(asked.get("arguments")), mapping(mapping(result).get("Ok"))
    call = plain._replace(kind=CALL, call=text(note.get("call_id")), tool=tool, input=given, files=touched.files(given))
    failure = mapping(result).get("Err")
    said = words(good.get("content")) if failure is None else words(failure)
    has_failed = failure is not None or good.get("isError") is True or good.get("is_error") is True
    return [call, call._replace(kind=RESULT, input="", files=(), text=said, is_error=has_failed)]


def _called(plain: Event, note: dict[str, Any]) -> list[Event]:
    given = arguments(note.get("arguments", note.get("input", "")))
    if not given and (path := first(note, "path")):
        given = {"path": path}
    tool = first(note, "tool", "name") or text(note.get("type")).removesuffix("_tool_call")
    return [plain._replace(kind=CALL, call=first(note, "call_id", "callId"), tool=tool, input=given,
                           files=touched.files(given))]  # fmt: skip


def _answered(plain: Event, note: dict[str, Any]) -> list[Event]:
    said = words(note.get("content_items")) or text(note.get("error"))
    return [plain._replace(kind=RESULT, call=first(note, "call_id", "callId"), tool=text(note.get("tool")), text=said,
                           is_error=note.get("success") is False or bool(note.get("error")))]  # fmt: skip


def _agent(plain: Event, note: dict[str, Any]) -> list[Event]:
    agent = first(note, "new_thread_id", "receiver_thread_id", "agent_thread_id")
    return [plain._replace(kind=SUBAGENT, call=text(note.get("call_id")), text=text(note.get("prompt")), agent=agent)]


_PASSED = frozenset((
    "task_started", "task_complete", "turn_started", "turn_complete", "entered_review_mode", "exited_review_mode",
    "thread_name_updated", "item_completed", "guardian_assessment", "thread_settings_applied", "thread_goal_updated",
    "undo_completed", "account/rateLimits/updated", "codex/event/raw_item", "web_search_end", "image_generation_end",
    "collab_waiting_end", "plan_update", "session_configured", "warning", "agent_reasoning_section_break",
))  # fmt: skip
_AGENTS = (
    "collab_agent_spawn_end", "collab_agent_interaction_end", "collab_close_end", "collab_resume_end",
    "sub_agent_activity",
)  # fmt: skip
_READERS: dict[str, Callable[[Event, dict[str, Any]], list[Event]]] = {
    "user_message": _said(USER, "message"),
    "agent_message": _said(ASSISTANT, "message"),
    "agent_reasoning": _said(THINKING, "text"),
    "agent_reasoning_raw_content": _said(THINKING, "text"),
    "context_compacted": _compacted,
    **dict.fromkeys(("error", "stream_error", "turn_aborted"), _error),
    "exec_command_end": _ran,
    "patch_apply_end": _patched,
    "mcp_tool_call_end": _served,
    **dict.fromkeys(("tool_call", "dynamic_tool_call_request", "view_image_tool_call"), _called),
    "dynamic_tool_call_response": _answered,
    **dict.fromkeys(_AGENTS, _agent),
}
