"""One message: what may be sent, and the view of a record that anything may have written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from kit.coordination.holder import Holder

ALL = "@all"
MAX_TEXT = 20_000
_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{8}")


class Message(NamedTuple):
    """One message; `at` is when it was sent by its sender's clock, in seconds since the epoch."""

    id: str
    sender: Holder
    to: str
    at: float
    text: str
    task: str = ""
    reply_to: str = ""
    is_acknowledged: bool = False

    def record(self) -> dict[str, object]:
        """Returns the record as it is written (schemas/message.schema.json)."""
        optional = {"task": self.task, "reply_to": self.reply_to}
        return {
            "type": "message",
            "id": self.id,
            "from": self.sender.agent,
            "instance": self.sender.instance,
            "to": self.to,
            "at": times.stamp(self.at),
            "text": self.text,
            **{name: value for name, value in optional.items() if value},
        }


def is_id(text: str) -> bool:
    """Says whether `text` is the id of a message: 12 hex digits of milliseconds, 8 random ones."""
    return bool(_ID.fullmatch(text))


def path_of(sender: Holder, name: str) -> str:
    """Returns where the message with the id `name` stands."""
    return f"agents/{sender.agent}/{sender.instance}/outbox/{name}.json"


def check_recipient(to: str) -> None:
    """Raises InvalidInput unless `to` is an agent's name or exactly @all."""
    if to == ALL:
        return
    if to.startswith("@"):
        raise InvalidInput(f"{to!r} is nobody's name", hint=f"{ALL} reaches everyone", code="invalid_id", value=to)
    ids.check(to, what="agent")


def check_text(text: str) -> str:
    """Returns a text that can be sent. Raises InvalidInput when it is empty or too long."""
    if not text.strip():
        raise InvalidInput("the message is empty", hint="give it as TEXT, or as - and on standard input")
    if len(text) > MAX_TEXT:
        raise InvalidInput(
            f"the message has {len(text)} characters, the limit is {MAX_TEXT}",
            hint="put the long part beside it: kit artifact put FILE",
            code="too_large",
        )
    return text


def parse(sender: Holder, name: str, data: bytes) -> Message:
    """Returns the message in the record with the id `name`. Raises InvalidInput when it is not what it must be."""
    record: Any = strict_json.load(data)
    if not isinstance(record, dict):
        raise InvalidInput("the record is not an object", code="broken_record")
    wanted = {"type": "message", "id": name, "from": sender.agent, "instance": sender.instance}
    to, text, task, reply_to = fields = [record.get(name, "") for name in ("to", "text", "task", "reply_to")]
    is_sound = (
        all(record.get(name) == value for name, value in wanted.items())
        and all(isinstance(each, str) for each in fields)
        and 0 < len(text) <= MAX_TEXT
        and not (task and ids.problem(task))
        and (not reply_to or is_id(reply_to))
    )
    if not is_sound:
        raise InvalidInput("a field of the record is wrong", code="broken_record")
    return Message(name, sender, to, times.seconds(record.get("at", "")), text, task, reply_to)
