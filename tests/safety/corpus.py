"""A corpus of made-up secrets and of what only looks like one, drawn anew from formats at every run.

The formats are facts about vendors and programs, not the rules' patterns: the score on it is to mean something. The
seed is fixed, so that a score can be had again.
"""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
_HEX = "0123456789abcdef"
_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "digit": string.digits,
    "hex": _HEX,
    "url": string.ascii_letters + string.digits + "_-",
    "base64url": string.ascii_letters + string.digits,
    "base64plain": string.ascii_letters + string.digits + "+/",
    "base32": string.ascii_uppercase + "234567",
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_WORDS = re.findall(
    "[a-z]+",
    "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid"
    " acoustic acquire across action actor actress actual adapt",
)
_NAMES = ["ana", "build", "parser", "river", "cache", "north", "orders", "queue", "report", "violet", "worker"]
_SLOT = re.compile(r"\{(\w+)(?::(\d+))?\}")


class Positive(NamedTuple):
    """A text with one secret: which kind it is of, how it is written, the text and the secret in it."""

    kind: str
    context: str
    text: str
    secret: str


class Negative(NamedTuple):
    """A text in which nothing is to be redacted."""

    kind: str
    text: str


class Draw:
    """Draws runs of characters; the seed decides."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(repr(seed))

    def run(self, alphabet: str, length: int) -> str:
        letters = _ALPHABETS[alphabet]
        while True:
            drawn = "".join(self.random.choices(letters, k=length))
            # A generator's 16 characters and more have a digit and a letter where the alphabet has.
            plain = alphabet in ("letters", "digit") or length < 8
            if plain or (re.search("[0-9]", drawn) and re.search("[A-Za-z]", drawn) and drawn[-1].isalnum()):
                return drawn

    def password(self, *, is_plain: bool) -> str:
        if is_plain:
            word = self.random.choice(["hunter", "Winter", "tiger", "correct", "Zebra", "monkey"])
            return f"{word}{self.run('alnum', 5)}{self.random.randint(10, 99)}"
        ends = self.run("alnum", 4), self.run("alnum", 4)
        return f"{ends[0]}{self.random.choice('!#$%^*')}{ends[1]}{self.random.choice('!?*+=~')}9"

    def fill(self, template: str) -> str:
        return _SLOT.sub(self._slot, template)

    def _slot(self, slot: re.Match[str]) -> str:
        match slot[1]:
            case "uuid":
                return "-".join(self.run("hex", length) for length in (8, 4, 4, 4, 12))
            case "pass" | "word":
                return self.password(is_plain=slot[1] == "word")
            case "words":
                return " ".join(self.random.choices(_WORDS, k=int(slot[2])))
            case name if name in _ALPHABETS and slot[2]:
                return self.run(name, int(slot[2]))
            case _:
                return slot[0]


# NAME, name and camel stand for the variable, VALUE for the secret.
CONTEXTS = {
    "env": "NAME=VALUE",
    "export": 'export NAME="VALUE"',
    "json": '{"id": 7, "name": "VALUE", "is_live": true}',
    "camel": '{"camel":"VALUE"}',
    "yaml": "settings:\n  name: VALUE\n  region: north",
    "toml": 'name = "VALUE"',
    "code": "const camel = 'VALUE';",
    "python": "client = Client(name='VALUE')",
    "environ": 'os.environ["NAME"] = "VALUE"',
    "flag": "tool login --dashed VALUE --quiet",
    "flag=": "tool --dashed=VALUE run",
    "docker": "docker run --rm -e NAME=VALUE image:1.2",
    "prose": "The worded is VALUE and it is in use.",
    "parens": "(see NAME=VALUE)",
    "ansi": "\x1b[32mNAME\x1b[0m=\x1b[33mVALUE\x1b[0m",
    "escaped": '{"body": "{\\"name\\": \\"VALUE\\"}"}',
    "diff": "+NAME=VALUE",
    "dict": "{'name': 'VALUE', 'x': 1}",
}
BARE = {
    "line": "VALUE",
    "sentence": "I have put VALUE there, see below.",
    "log": "2026-11-20 10:00:01 INFO sent VALUE to worker-3",
    "query": "GET https://api.internal/v1/x?q=VALUE&page=2",
    "bearer": "Authorization: Bearer VALUE",
    "quoted": 'run("VALUE")',
    "table": "| old | VALUE | 2026 |",
}


def positives(*, each: int = 7) -> Iterator[Positive]:
    """Yields the secrets of formats.txt in `each` contexts, and those of structures.txt twice."""
    for line in _lines("formats.txt"):
        kind, template, name = line.split(" | ")
        draw = Draw(kind)
        is_known_by_itself = len(_SLOT.sub("", template)) >= 3
        contexts = [*CONTEXTS.items(), *(BARE.items() if is_known_by_itself else ())]
        for context, text in draw.random.sample(contexts, k=each):
            secret = draw.fill(template)
            if context == "query" and not re.fullmatch(r"[\w.-]+", secret):
                continue
            yield Positive(kind, context, _written(text, name, secret), secret)
    for number, line in enumerate(_lines("structures.txt")):
        kind, template = line.split(" | ", 1)
        template = _unescaped(template)
        for turn in range(2):
            before, secret, after = re.split("[«»]", Draw((number, turn)).fill(template))
            yield Positive(f"{kind}-{number}", kind, before + secret + after, secret)


def _written(text: str, name: str, secret: str) -> str:
    low = name.lower()
    parts = low.split("_")
    words = {
        "NAME": name,
        "name": low,
        "camel": parts[0] + "".join(part.title() for part in parts[1:]),
        "dashed": low.replace("_", "-"),
        "worded": low.replace("_", " "),
        "VALUE": secret,
    }
    return re.sub("NAME|name|camel|dashed|worded|VALUE", lambda word: words[word[0]], text)


def _lines(file: str) -> list[str]:
    lines = (HERE / file).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def negatives(*, each: int = 40) -> Iterator[Negative]:
    """Yields about `each` texts of every kind in which nothing is to be redacted."""
    templates: dict[str, list[str]] = {}
    for line in _lines("negatives.txt"):
        kind, text = line.split(" | ", 1)
        templates.setdefault(kind, []).append(_unescaped(text))
    for kind, texts in templates.items():
        draw = Draw(kind)
        for turn in range(max(each, len(texts))):
            around = draw.random.choice(["{} {{}}", "x = {{}}", "- {{}} ok", "{{}}\nend"]).format(
                draw.random.choice(_NAMES)
            )
            around = around if turn // len(texts) % 2 else "{}"
            yield Negative(kind, around.replace("{}", draw.fill(texts[turn % len(texts)])))
    for text in _lines("innocent.txt"):
        yield Negative("innocent", text)


def _unescaped(text: str) -> str:
    return text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\e", "\x1b").replace("\0", "\\")


def in_record(text: str, *, depth: int = 0) -> str:
    """Returns a text as a tool's result in one line of a transcript, within `depth` more levels of JSON."""
    for _ in range(depth):
        text = json.dumps({"ok": True, "stdout": text})
    content = [{"type": "tool_result", "tool_use_id": "toolu_01A09q90qw90lq917835lq9", "content": text}]
    return json.dumps(
        {"type": "user", "n": 1.50, "message": {"role": "user", "content": content}}, ensure_ascii=len(text) % 2 == 0
    )


def of_record(line: str, *, depth: int = 0) -> str:
    """Returns the text in a record of `in_record`."""
    text: str = json.loads(line)["message"]["content"][0]["content"]
    for _ in range(depth):
        text = json.loads(text)["stdout"]
    return text
