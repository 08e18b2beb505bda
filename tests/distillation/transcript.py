"""Writes a session as a harness would, from a story: who said what, what was run, what came back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CWD = "/home/maria/work/shop"


class User(NamedTuple):
    text: str


class Says(NamedTuple):
    text: str


class Runs(NamedTuple):
    command: str
    output: str
    status: int = 0


class Edits(NamedTuple):
    path: str
    old: str
    new: str


class Writes(NamedTuple):
    path: str
    text: str


class Reads(NamedTuple):
    path: str
    text: str


Story = "Sequence[User | Says | Runs | Edits | Writes | Reads]"


def claude(story: Sequence[NamedTuple]) -> list[bytes]:
    """Returns the records that Claude Code would write."""
    return [json.dumps(each, ensure_ascii=False).encode("utf-8", "surrogatepass") for each in _claude(story)]


def codex(story: Sequence[NamedTuple]) -> list[bytes]:
    """Returns the records that Codex would write."""
    return [json.dumps(each, ensure_ascii=False).encode("utf-8", "surrogatepass") for each in _codex(story)]


def _claude(story: Sequence[NamedTuple]) -> Iterator[dict[str, object]]:
    parent = None
    for number, (is_user, content, result) in enumerate(_messages(story)):
        here = f"00000000-0000-4000-8000-{number:012d}"
        message: dict[str, object] = {"role": "user" if is_user else "assistant", "content": content}
        if not is_user:
            message |= {"id": f"msg_{number}", "model": "a-model", "type": "message", "usage": {"output_tokens": 9}}
        yield {
            "parentUuid": parent, "isSidechain": False, "userType": "external", "cwd": CWD, "sessionId": "s",
            "version": "2.0.1", "type": "user" if is_user else "assistant", "message": message, "uuid": here,
            "timestamp": f"2026-11-20T10:{number // 60:02d}:{number % 60:02d}.000Z",
            **({"toolUseResult": result} if result else {}),
        }  # fmt: skip
        parent = here


def _messages(story: Sequence[NamedTuple]) -> Iterator[tuple[bool, object, object]]:
    for number, each in enumerate(story):
        call = f"toolu_{number:04d}"
        if isinstance(each, User):
            yield True, each.text, None
        elif isinstance(each, Says):
            yield False, [{"type": "text", "text": each.text}], None
        else:
            tool, given, said, failed = _called(each)
            yield False, [{"type": "tool_use", "id": call, "name": tool, "input": given}], None
            result: dict[str, object] = {"type": "tool_result", "tool_use_id": call, "content": said}
            yield True, [{**result, **({"is_error": True} if failed else {})}], "x"


def _called(each: NamedTuple) -> tuple[str, dict[str, object], str, bool]:
    if isinstance(each, Runs):
        said = f"Exit code {each.status}\n{each.output}" if each.status else each.output
        return "Bash", {"command": each.command, "description": "Run it"}, said, bool(each.status)
    if isinstance(each, Edits):
        given = {"file_path": f"{CWD}/{each.path}", "old_string": each.old, "new_string": each.new}
        return "Edit", given, f"The file {CWD}/{each.path} has been updated.", False
    if isinstance(each, Writes):
        return "Write", {"file_path": f"{CWD}/{each.path}", "content": each.text}, "File created successfully", False
    assert isinstance(each, Reads)
    return "Read", {"file_path": f"{CWD}/{each.path}"}, each.text, False


def _codex(story: Sequence[NamedTuple]) -> Iterator[dict[str, object]]:
    at = iter(f"2026-11-20T10:{second // 60:02d}:{second % 60:02d}.000Z" for second in range(3000))
    meta = {"id": "0199aaaa-0000-7000-8000-000000000001", "timestamp": "2026-11-20T10:00:00Z", "cwd": CWD,
            "originator": "codex_cli_rs", "cli_version": "0.58.0", "source": "cli"}  # fmt: skip
    yield {"timestamp": next(at), "type": "session_meta", "payload": meta}
    for number, each in enumerate(story):
        call = f"call_{number:04d}"
        if isinstance(each, User | Says):
            role, kind = ("user", "input_text") if isinstance(each, User) else ("assistant", "output_text")
            item: dict[str, object] = {"type": "message", "role": role, "content": [{"type": kind, "text": each.text}]}
            yield {"timestamp": next(at), "type": "response_item", "payload": item}
            continue
        if isinstance(each, Runs):
            words, said, status = each.command, each.output, each.status
        elif isinstance(each, Reads):
            words, said, status = f"cat {each.path}", each.text, 0
        else:
            words, said, status = _patch(each), "Success. Updated the following files:\nM " + str(each[0]), 0
        given = json.dumps({"command": ["bash", "-lc", words], "workdir": CWD})
        item = {"type": "function_call", "name": "shell", "arguments": given, "call_id": call}
        yield {"timestamp": next(at), "type": "response_item", "payload": item}
        told = json.dumps({"output": said, "metadata": {"exit_code": status, "duration_seconds": 0.4}})
        item = {"type": "function_call_output", "call_id": call, "output": told}
        yield {"timestamp": next(at), "type": "response_item", "payload": item}


def _patch(each: NamedTuple) -> str:
    if isinstance(each, Writes):
        body = "\n".join("+" + line for line in each.text.split("\n"))
        change = f"*** Add File: {each.path}\n{body}"
    else:
        assert isinstance(each, Edits)
        lines = ["-" + line for line in each.old.split("\n")] + ["+" + line for line in each.new.split("\n")]
        change = f"*** Update File: {each.path}\n@@\n" + "\n".join(lines)
    return f"apply_patch <<'PATCH'\n*** Begin Patch\n{change}\n*** End Patch\nPATCH"
