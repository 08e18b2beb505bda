"""A claim, which is a lease on a task: the view that is computed with, its record, and what makes it a broken one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination.holder import Holder
from kit.errors import InvalidInput
from kit.records import ids, times

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")


class Claim(NamedTuple):
    """A lease on a task; times are seconds since the epoch, `ttl` in seconds."""

    task: str
    holder: Holder
    epoch: int
    nonce: str
    since: float
    renewed: float
    expires: float
    ttl: float
    note: str = ""
    paths: tuple[str, ...] = ()
    base: str = ""
    is_released: bool = False
    taken_over: Mapping[str, Any] | None = None

    def is_live(self, now: float) -> bool:
        """Whether it is held and not expired by this clock."""
        return not self.is_released and now < self.expires

    def may_be_taken(self, now: float, skew: float) -> bool:
        """Whether anyone may claim the task: released, or expired longer ago than clocks may differ (`skew`, s)."""
        return self.is_released or now >= self.expires + skew

    def record(self) -> dict[str, object]:
        """Returns the record as it is written (schemas/claim.schema.json)."""
        optional = {"note": self.note, "paths": list(self.paths), "base": self.base, "taken_over": self.taken_over}
        return {
            "type": "claim",
            "task": self.task,
            "state": "released" if self.is_released else "held",
            **self.holder.fields(),
            "epoch": self.epoch,
            "nonce": self.nonce,
            "since": times.stamp(self.since),
            "renewed": times.stamp(self.renewed),
            "expires": times.stamp(self.expires),
            "ttl": self.ttl,
            **{name: value for name, value in optional.items() if value},
        }


def parse(record: Mapping[str, Any], path: str, *, task: str) -> Claim:
    """Returns the view of a task's claim. Raises InvalidInput naming the first field that is wrong."""
    epoch: Any = record.get("epoch")
    ttl: Any = record.get("ttl")
    paths, over = record.get("paths", []), record.get("taken_over")
    checks = {
        "task": record.get("task") == task,
        "state": record.get("state") in ("held", "released"),
        "agent": is_id(record.get("agent")),
        "instance": is_id(record.get("instance")),
        "epoch": type(epoch) is int and 0 < epoch < 10**9,
        "nonce": isinstance(record.get("nonce"), str),
        "ttl": type(ttl) in (int, float) and 0 < ttl < 10**9,
        "note": isinstance(record.get("note", ""), str),
        "paths": isinstance(paths, list) and all(isinstance(each, str) for each in paths),
        "base": bool(_COMMIT.fullmatch(str(record.get("base", "")))),
        "taken_over": over is None
        or (isinstance(over, dict) and all(isinstance(over.get(key), str) for key in ("agent", "instance", "reason"))),
    }
    if wrong := [name for name, is_right in checks.items() if not is_right]:
        raise broken(path, wrong[0])
    try:
        since, renewed, expires = (times.seconds(record.get(name, "")) for name in ("since", "renewed", "expires"))
    except InvalidInput:
        raise broken(path, "since, renewed or expires") from None
    return Claim(
        task,
        Holder(record["agent"], record["instance"]),
        record["epoch"],
        record["nonce"],
        since,
        renewed,
        expires,
        float(record["ttl"]),
        record.get("note", ""),
        tuple(paths),
        record.get("base", ""),
        record["state"] == "released",
        over,
    )


def is_id(value: object) -> bool:
    """Whether a value that was read is an id."""
    return isinstance(value, str) and not ids.problem(value)


def broken(path: str, what: str) -> InvalidInput:
    """Returns the error that a record of a task is not what it must be."""
    return InvalidInput(
        f"the live record {path} is broken: {what}",
        hint='kit log shows who wrote it; kit claim TASK --takeover --reason "it is broken" mends it',
        code="broken_record",
    )
