"""Times in records are UTC, ISO 8601 with a `Z`; in the code they are seconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime

from kit.errors import InvalidInput


def stamp(seconds: float) -> str:
    """Returns e.g. `2026-11-20T10:00:00.123Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def seconds(text: str) -> float:
    """Returns the seconds since the epoch of a time with a zone. Raises InvalidInput for anything else."""
    try:
        read = datetime.fromisoformat(text)
        # The first and the last day have zones in which they are in no year that can be written again.
        moment = read.astimezone(UTC) if read.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        moment = None
    if moment is None:
        raise InvalidInput(f"{text!r} is not a time with a zone", hint="write it like 2026-11-20T10:00:00Z")
    return moment.timestamp()


def ago(then: float, now: float) -> str:
    """Returns how long ago, or in how long, as a person says it: `3 min ago`, `in 2 h`."""
    distance = abs(now - then)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if distance >= size:
            amount = f"{distance / size:.0f} {unit}"
            break
    else:
        amount = f"{distance:.0f} s"
    return f"in {amount}" if then > now else f"{amount} ago"
