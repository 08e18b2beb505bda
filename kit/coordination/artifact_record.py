"""The record of an artifact, what it may be called and hold, and the view of one that anything may have written."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import Blocked, InvalidInput
from kit.records import ids, strict_json, times
from kit.safety import paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.safety.redactor import Redactor

SHARED = "shared"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA = re.compile(r"[0-9a-f]{64}")
_LAST = 2**53
_SHOWN = 5


class Artifact(NamedTuple):
    """One version of an artifact; `at` is in seconds since the epoch by its author's clock, `size` in bytes."""

    name: str
    scope: str
    sha256: str
    size: int
    holder: Holder
    at: float
    version: int

    def record(self) -> dict[str, object]:
        """Returns the record as it is written (schemas/artifact.schema.json)."""
        return {
            "type": "artifact",
            "name": self.name,
            **({"task": self.scope} if self.scope != SHARED else {}),
            "sha256": self.sha256,
            "size": self.size,
            **self.holder.fields(),
            "at": times.stamp(self.at),
            "version": self.version,
        }


def ref_of(task: str) -> str:
    """Returns the ref of a task's artifacts, or of the shared ones. Raises InvalidInput for what is no task's id."""
    if task == SHARED:
        raise InvalidInput(f"{SHARED!r} stands for what belongs to no task", hint="leave --task out", code="invalid_id")
    return f"artifacts/{ids.check(task, what='task') if task else SHARED}"


def record_path(ref: str, name: str) -> str:
    return f"{ref}/{name}.json"


def file_path(ref: str, name: str) -> str:
    return f"{ref}/files/{name}"


def is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not paths.why_unsafe(name)


def check_name(name: str) -> None:
    """Raises InvalidInput for what no artifact can be called, proposing what is near."""
    if is_name(name):
        return
    near = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:100]
    raise InvalidInput(
        f"{name[:100]!r} is no artifact's name: a-z, A-Z, 0-9, '.', '_' and '-', 100 at most, a letter or digit first",
        hint=f"--name {near}" if is_name(near) else "give one with --name",
        code="invalid_name",
    )


def without_secrets(data: bytes, redactor: Redactor, *, redact: bool) -> tuple[bytes, Mapping[str, int]]:
    """Returns the bytes without secrets and how many there were. Raises Blocked when there are any that must stay."""
    text, encoding = _text_of(data)
    found = redactor.find(text)
    if not found:
        return data, {}
    if redact and encoding:
        return redactor.text(text).encode(encoding), redactor.counts
    places = [{"kind": each.kind, "line": text.count("\n", 0, each.start) + 1} for each in found]
    named = ", ".join(f"{each['kind']} in line {each['line']}" for each in places[:_SHOWN])
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    raise Blocked(
        f"it holds what looks like a secret: {named}{more}",
        hint="take it out, or --redact puts it without" if encoding else "it is not text: take it out yourself",
        code="secret",
        secrets=places,
    )


def _text_of(data: bytes) -> tuple[str, str]:
    """Returns the text to look for secrets in, and its encoding; "" for what is no text, read byte by byte."""
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8",):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding), encoding
    return data.decode("latin-1"), ""


def parse(ref: str, name: str, data: bytes) -> Artifact:
    """Returns the version in a record. Raises InvalidInput when it is not what it must be."""
    record: Any = strict_json.load(data)
    if not isinstance(record, dict) or record.get("type") != "artifact" or record.get("name") != name:
        raise _broken(record_path(ref, name))
    sha, agent, instance = texts = [record.get(field, "") for field in ("sha256", "agent", "instance")]
    size, version = numbers = [record.get(field, -1) for field in ("size", "version")]
    is_sound = (
        is_name(name)
        and all(isinstance(each, str) for each in texts)
        and _SHA.fullmatch(sha)
        and not (ids.problem(agent) or ids.problem(instance))
        and all(isinstance(each, int) and not isinstance(each, bool) and 0 <= each < _LAST for each in numbers)
    )
    if not is_sound:
        raise _broken(record_path(ref, name))
    at = times.seconds(record.get("at", ""))
    return Artifact(name, ref.removeprefix("artifacts/"), sha, size, Holder(agent, instance), at, version)


def _broken(path: str) -> InvalidInput:
    return InvalidInput(
        f"the live record {path} is broken", hint="kit artifact put writes a new version", code="broken_record"
    )
