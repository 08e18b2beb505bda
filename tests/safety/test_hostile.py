"""Texts made to keep each rule busy: a megabyte of any of them is searched in about a second.

Times are of the processor, so that a busy machine fails nothing.
"""

from __future__ import annotations

import time

import pytest

from kit import config
from kit.safety.redact import redactor
from kit.safety.rules import names
from kit.safety.secrets import find
from tests.safety.samples import DATA, filled, run, token

SIZE = 1_000_000
TOKENS = [(prefix, token(rule, prefix)) for rule in DATA["tokens"] for prefix in rule["prefix"]]
NAME_ENDS = ("", "=", "=a", '="', "='", '=\\"', ": ", " = a0", "_key", "=a.b", "=a,", "&", "=aA0", '="aA0 ')
SHAPE_ENDS = ("", "a" * 300, "=", ":a", "A" * 20 + "\n", "A: b\n", " a")

# Each unit is repeated for its share of the text.
HOSTILE = {
    **{
        f"tokens {at}": [unit for prefix, whole in TOKENS[at : at + 12] for unit in (prefix, f"{whole[:-1]}!", whole)]
        for at in range(0, len(TOKENS), 12)
    },
    **{
        f"{rule['kind']} {at}": [
            *(rule["keywords"][0] + end for end in SHAPE_ENDS),
            *(filled(rule["example"])[:-cut] for cut in (1, 9)),
        ]
        for at, rule in enumerate(DATA["shapes"])
    },
    **{
        f"name {name.keyword} {at}": [
            f"{before}{name.keyword}{end}"
            for before in ("", *name.after[:1])
            for end in (*NAME_ENDS, "=" + "aA0." * 400)
        ]
        for at, name in enumerate(names())
        if not name.by_word or at % 25 == 0  # the vendors are all alike
    },
    "gaps": ["-----BEGIN PRIVATE KEY-----" + " " * SIZE],
    "headers": ["-----BEGIN PRIVATE KEY-----" + "A: b\n" * (SIZE // 5)],
    "slashes": ['password="' + "\\" * SIZE],
    "markers": ["[REDACTED:"],
    "one word": [run("alnum", 1000, seed=1)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_makes_a_search_take_more_than_linear_time(name: str) -> None:
    timed(name, 1000)  # compiles the rules
    taken = timed(name, SIZE)
    # Ten times the text takes ten times as long; a hundred times would be the square.
    assert taken < 1.0 or min(taken, timed(name, SIZE)) < 30 * max(timed(name, SIZE // 10) for _ in range(3))


def timed(name: str, size: int) -> float:
    units = HOSTILE[name]
    share = size // len(units)
    text = "\n".join((unit * (share // len(unit) + 1))[:share] for unit in units)
    begin = time.process_time()
    find(text)
    return time.process_time() - begin


RECORDS = {
    "names": lambda size: b'{"a":[' + b'"password",' * (size // 11) + b"1]}",
    "pairs": lambda size: b"[" + b'{"name":"token","value":"x"},' * (size // 29) + b"1]",
    "nested": lambda size: b'{"a":' * (size // 12) + b"1" + b"}" * (size // 12),
    "escapes": lambda size: b'{"a":"' + b"\\u0041\\ud83d\\ude00" * (size // 18) + b' password=hunter2-9x"}',
    "quotes": lambda size: b'{"a":"' + b'\\"' * (size // 2) + b'"}',
    "homes": lambda size: b'{"a":"' + b"/home/a:/Users/b " * (size // 17) + b'"}',
    "secrets": lambda size: b'{"a":"' + b" ".join(b"token=aB3%08dxY" % at for at in range(size // 18)) + b'"}',
    "torn": lambda size: b'{"a":"' + b"\\\\\\" * (size // 3),
}


@pytest.mark.parametrize("name", RECORDS)
def test_no_record_takes_more_than_linear_time(name: str) -> None:
    def timed(size: int) -> float:
        data, one = RECORDS[name](size), redactor(config.defaults(), home="/home/ana")
        begin = time.process_time()
        one.record(data)
        return time.process_time() - begin

    timed(1000)
    taken = timed(SIZE // 4)
    assert taken < 1.0 or min(taken, timed(SIZE // 4)) < 30 * max(timed(SIZE // 40) for _ in range(3))
