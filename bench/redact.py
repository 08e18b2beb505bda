"""Measures redaction: how fast a log of JSON Lines goes through, beside eight plain patterns, and what is found."""

from __future__ import annotations

import json
import random
import re
import string
import time
from typing import TYPE_CHECKING, Any

from bench.process import figure
from kit import config
from kit.safety.redact import redactor
from tests.safety import score

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 20_000_000  # bytes
BATCH = 100  # records that are redacted at once
# What a simple redactor does: the patterns one would write down first, on the bytes.
PEER = [
    rb"AKIA[0-9A-Z]{16}",
    rb"ASIA[0-9A-Z]{16}",
    rb"sk-ant-[A-Za-z0-9_-]{20,}",
    rb"sk-[A-Za-z0-9_-]{20,}",
    rb"hf_[A-Za-z0-9]{20,}",
    rb"gh[pousr]_[A-Za-z0-9]{20,}",
    rb"xox[abeprs]-[A-Za-z0-9-]{10,}",
    rb"(?i)bearer\s+[A-Za-z0-9._~+/=-]{20,}",
]
_WORDS = re.findall(
    "[a-z]+",
    "the parser reads a line and returns nothing when token or value is missing so this test failed in module queue we"
    " should look at path commit branch merge session agent block file import return def class self none true key",
)


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns speed in MB/s and the score on the corpus, each as a figure that is met when it is above the bar."""
    records = log(SIZE // 100 if smoke else SIZE)
    size = sum(map(len, records))
    one = redactor(config.defaults(), home="/home/ana")
    patterns = [re.compile(each) for each in PEER]
    floor = _speed(size, lambda: [_peer(patterns, each) for each in records])
    many = _speed(size, lambda: [one.records(records[at : at + BATCH]) for at in range(0, len(records), BATCH)])
    found = score.score()
    return [
        _figure("redact a log, many records at once", many, bar=10, floor=floor, unit="MB/s"),
        _figure("redaction: recall", found.recall, bar=0.97),
        _figure("redaction: strict recall", found.strict, bar=0.95),
        figure("redaction: over-redaction", found.over, bar=0.01, unit=""),
    ]


def log(size: int) -> list[bytes]:
    """Returns a transcript of about so many bytes: files that were read, prose, lists of commits, JSON in JSON."""
    draw = random.Random(1)
    made: list[bytes] = []
    count = 0
    while count < size:
        content = [{"type": "tool_result", "tool_use_id": f"toolu_01{_run(draw, 22)}", "content": _text(draw)}]
        record = {
            "parentUuid": _uuid(draw),
            "cwd": "/work/project",
            "sessionId": _uuid(draw),
            "version": "2.1.0",
            "type": "user",
            "message": {"role": "user", "content": content},
            "uuid": _uuid(draw),
            "usage": {"input_tokens": draw.randint(1, 9999), "output_tokens": 7},
        }
        made.append(json.dumps(record).encode())
        count += len(made[-1])
    return made


def _text(draw: random.Random) -> str:
    match draw.randrange(8):
        case 0 | 1 | 2 | 3:
            text = "\n".join(f"{at:6}\t{_prose(draw, draw.randint(2, 12))}" for at in range(draw.randint(5, 120)))
        case 4 | 5:
            text = _prose(draw, draw.randint(10, 300))
        case 6:
            text = "\n".join(f"{_run(draw, 40, string.hexdigits[:16])} {_prose(draw, 6)}" for _ in range(30))
        case _:
            text = json.dumps({"stdout": _prose(draw, 80), "exit": 0, "id": _run(draw, 24)})
    return text if draw.random() > 0.01 else f"{text}\nexport API_TOKEN={_run(draw, 32)}\n"


def _prose(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(_WORDS, k=count))


def _run(draw: random.Random, length: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(draw.choices(letters, k=length))


def _uuid(draw: random.Random) -> str:
    return "-".join(_run(draw, length, string.hexdigits[:16]) for length in (8, 4, 4, 4, 12))


def _peer(patterns: list[re.Pattern[bytes]], data: bytes) -> bytes:
    for pattern in patterns:
        data = pattern.sub(b"[REDACTED]", data)
    return data


def _speed(size: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return size / (time.perf_counter() - begun) / 1e6


def _figure(name: str, value: float, *, bar: float, floor: float | None = None, unit: str = "") -> dict[str, Any]:
    """Returns a row like `figure`, for a value that must not be below its bar."""
    row = figure(name, value, bar=None, floor=floor, floor_name="eight patterns", unit=unit)
    return row | {"bar": f">= {bar:g} {unit}".strip(), "ok": value >= bar}
