"""The session of the tour: what an agent's harness would have written, in the form of Claude Code.

The secrets in it are put together when it is written, so that no file of kit holds one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "5e551011-0000-4000-8000-000000000001"
TOKEN = "ghp_" + "Zt7Kq2mV9sLp4RtYw8Xb" + "N3cHd6JfG1uEaQo5"
PASSWORD = "corr3ct" + "-h0rse-battery"
SECRETS = (TOKEN, PASSWORD)

_FAILED = """F
tests/test_import.py:14: in test_two_workers
E       sqlite3.OperationalError: database is locked
=========================== short test summary info ============================
FAILED tests/test_import.py::test_two_workers - sqlite3.OperationalError: database is locked
1 failed, 3 passed in 0.61s
"""
_SAID: tuple[tuple[Any, ...], ...] = (
    ("user", f"The import fails as soon as two workers run it. If you need the registry, its token is {TOKEN}."),
    ("run", "pytest -q tests/test_import.py", _FAILED, 1),
    ("say", "Maybe the second worker gives up too early. Let me give it more time."),
    ("edit", "store.py", "sqlite3.connect(path)", "sqlite3.connect(path, timeout=60)"),
    ("run", "pytest -q tests/test_import.py", _FAILED, 1),
    ("say", "That is not it. For the second writer the database is locked at once, whatever its timeout, because both"
            " read first in one transaction and waiting would be a deadlock. I'll take the write lock at BEGIN."),
    ("edit", "store.py", 'connection.execute("BEGIN")', 'connection.execute("BEGIN IMMEDIATE")'),
    ("run", "DATABASE_URL=postgres://shop:" + PASSWORD + "@db/shop pytest -q tests/test_import.py",
     "4 passed in 0.74s\n", 0),
    ("say", "Fixed: both workers wait for each other now."),
)  # fmt: skip


def records(folder: str) -> bytes:
    """Returns the transcript of a session that worked in `folder`, one record a line."""
    lines = []
    for number, (message, result) in enumerate(_messages(folder)):
        record = {
            "type": message["role"], "uuid": f"00000000-0000-4000-8000-{number:012d}", "sessionId": ID, "cwd": folder,
            "version": "2.1.0", "isSidechain": False, "timestamp": f"2026-11-20T09:{number:02d}:00.000Z",
            "message": message, **({"toolUseResult": result} if result else {}),
        }  # fmt: skip
        lines.append(json.dumps(record) + "\n")
    return "".join(lines).encode()


def _messages(folder: str) -> Iterator[tuple[dict[str, Any], object]]:
    for number, (kind, *words) in enumerate(_SAID):
        call = f"toolu_{number:024d}"
        if kind == "user":
            yield {"role": "user", "content": words[0]}, None
        elif kind == "say":
            yield _assistant({"type": "text", "text": words[0]}), None
        elif kind == "run":
            command, printed, status = words
            yield _assistant({"type": "tool_use", "id": call, "name": "Bash", "input": {"command": command}}), None
            told = f"Exit code {status}\n{printed}" if status else printed
            yield _result(call, told, is_error=bool(status)), None
        else:
            path, old, new = words
            edit = {"file_path": f"{folder}/{path}", "old_string": old, "new_string": new}
            yield _assistant({"type": "tool_use", "id": call, "name": "Edit", "input": edit}), None
            yield _result(call, f"The file {folder}/{path} has been updated.", is_error=False), {"filePath": path}


def _assistant(block: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "type": "message", "model": "a-model", "content": [block]}


def _result(call: str, text: str, *, is_error: bool) -> dict[str, Any]:
    content = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": is_error}
    return {"role": "user", "content": [content]}
