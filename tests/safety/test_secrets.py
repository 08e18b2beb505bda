"""Every rule finds its example and leaves its near miss; redacting is stable and linear."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.safety.rules import SHORTEST, compiled, names, rules
from kit.safety.secrets import Secret, find, redact
from tests.safety.samples import DATA, filled, run, token

TOKENS = [(rule, prefix) for rule in DATA["tokens"] for prefix in rule["prefix"]]
SHAPES = DATA["shapes"]

SURROUNDINGS = [
    "{}",
    "the key {}.",
    "export X={}\n",
    '{{"a": "{}"}}',
    r"line\n{}\nline",
    "\x1b[32m{}\x1b[0m",
    "\x1b[1;33m{}",
    "(see {})",
    "`{}`",
    "https://host/path?x={}&y=1",
    "a%3D{}%26",
]


def kinds(text: str) -> list[str]:
    return [secret.kind for secret in find(text)]


@pytest.mark.parametrize(("rule", "prefix"), TOKENS, ids=[prefix for _, prefix in TOKENS])
def test_a_token_is_found_whole_wherever_it_stands_and_not_when_too_short(rule: dict[str, Any], prefix: str) -> None:
    secret = token(rule, prefix)
    for surrounding in SURROUNDINGS:
        text = surrounding.format(secret)
        start = text.index(secret)
        assert find(text) == [Secret(rule["kind"], start, start + len(secret))], surrounding
    assert find(f"x {token(rule, prefix, longer=-1)} y") == []


@pytest.mark.parametrize(("rule", "prefix"), TOKENS, ids=[prefix for _, prefix in TOKENS])
def test_a_token_filled_with_x_or_glued_to_a_word_is_none(rule: dict[str, Any], prefix: str) -> None:
    assert find(f"x {prefix}{'x' * rule['length'][0]} y") == []
    assert rule["kind"] not in kinds(f"x word{token(rule, prefix)} y")


@pytest.mark.parametrize("rule", SHAPES, ids=[f"{rule['kind']}-{at}" for at, rule in enumerate(SHAPES)])
def test_a_shape_finds_its_example_and_nothing_in_what_only_resembles_it(rule: dict[str, Any]) -> None:
    assert kinds(f"x {filled(rule['example'])}\ny") == [rule["kind"]]
    assert rule["not"]
    for text in rule["not"]:
        assert find(f"x {filled(text)}\ny") == [], text


def test_the_rule_file_gives_at_least_150_kinds_of_tokens_each_with_its_source() -> None:
    assert len({one["kind"] for one in DATA["tokens"]}) >= 150
    assert len({rule.kind for rule in rules()} | {name.kind for name in names()}) >= 200
    for rule in DATA["tokens"] + SHAPES:
        assert rule["source"] in DATA["sources"] or rule["source"].startswith("https://"), rule["kind"]


def test_every_rule_compiles_and_its_kind_can_stand_in_a_marker() -> None:
    for rule in rules():
        assert compiled(rule)
        assert find(f"[REDACTED:{rule.kind}]") == []
    for one in DATA["tokens"]:
        assert min(map(len, one["prefix"])) + one["length"][0] >= SHORTEST, one["kind"]


LINES = [run("base64plain", 64, seed=line) for line in range(5)]
PEM = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *LINES, "xyz8Q==", "-----END RSA PRIVATE KEY-----", ""])


@pytest.mark.parametrize(
    "text",
    [
        PEM,
        PEM.replace("\n", "\r\n"),
        PEM.replace("\n", " "),
        PEM[:300],
        PEM[100:],
        json.dumps({"key": PEM}),
        json.dumps({"body": json.dumps({"key": PEM})}),
        json.dumps(PEM[100:]),
        "".join(f"    {line}\n" for line in PEM.splitlines()),
        "".join(f"{at:6}\t{line}\n" for at, line in enumerate(PEM.splitlines(), 1)),
        "".join(f"{at:6}→{line}\n" for at, line in enumerate(PEM.splitlines(), 1)),
        "".join(f"+{line}\n" for line in PEM.splitlines()),
        "".join(f"-{line}\n" for line in PEM.splitlines()),
        "".join(f"> {line}\n" for line in PEM.splitlines()),
        "".join(f'  "{line}\\n" +\n' for line in PEM.splitlines()),
        PEM.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1),
        PEM.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    ],
    ids=[
        *("plain", "crlf", "one line", "head", "tail", "json", "json in json", "tail in json"),
        *(
            "indented",
            "tabbed numbers",
            "arrow numbers",
            "added",
            "removed",
            "quoted",
            "code",
            "encrypted",
            "pgp",
        ),
    ],
)
def test_a_private_key_goes_whole_however_it_is_written_and_wherever_it_is_cut(text: str) -> None:
    clean, counts = redact(f"words before it\n{text}\nwords after it")
    assert counts == {"private-key": 1}
    assert not [line for line in LINES if line[20:40] in clean]
    assert clean.startswith("words before it\n")
    assert clean.endswith("\nwords after it")


def test_redacting_puts_typed_markers_and_counts_them_by_kind() -> None:
    first, second = (token(DATA["tokens"][2], "ghp_"), run("hex", 40, seed="x"))
    text = f"a {first} b {first} c\nAPI_TOKEN={second}\n"
    marker = "[REDACTED:github-personal-token]"
    counts = {"github-personal-token": 2, "token": 1}
    assert redact(text) == (f"a {marker} b {marker} c\nAPI_TOKEN=[REDACTED:token]\n", counts)


def test_overlapping_rules_give_one_secret_that_covers_both() -> None:
    inner = token(DATA["tokens"][2], "ghp_")
    text = f'password="{inner}!Qz9"'
    assert [text[secret.start : secret.end] for secret in find(text)] == [f"{inner}!Qz9"]


@pytest.mark.parametrize("around", ["{}", 'password="{}"', "token={}x7Kq92LmZp", "Cookie: a={}; b=Zx81kQp02LmN4r"])
def test_a_marker_is_never_redacted_again(around: str) -> None:
    marker = "[REDACTED:github-personal-token]"
    assert redact(around.format(marker))[0].count(marker) == 1


PIECES = st.sampled_from(
    [
        *(token(rule, prefix) for rule, prefix in TOKENS[::7]),
        *(filled(rule["example"]) for rule in SHAPES),
        *("password", "token", "api_key", "secret", "Bearer ", "://", "=", ": ", '"', "\\", "\\n", "\n", " "),
        *(
            "@",
            ":",
            ",",
            "&",
            ";",
            "--",
            "[REDACTED:jwt]",
            "[REDACTED:",
            "]",
            "hunter2-9",
            "Zq81kXp02L",
            "İ",
            "\0",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=400)
@given(TEXTS)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    clean, counts = redact(text)
    assert redact(clean) == (clean, {})
    marker = re.compile(r"\[REDACTED:[a-z0-9-]{1,40}\]")
    assert len(marker.findall(clean)) == len(marker.findall(text)) + sum(counts.values())


@settings(max_examples=400)
@given(TEXTS | st.text())
def test_secrets_come_in_order_apart_and_within_the_text(text: str) -> None:
    spans = [(secret.start, secret.end) for secret in find(text)]
    places = [place for span in spans for place in span]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in spans)


def test_a_long_chain_of_secrets_without_a_gap_goes_in_a_few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[str] = []
    monkeypatch.setattr("kit.safety.secrets.find", lambda text, **rest: passes.append(text) or find(text, **rest))
    link = f"key-{run('hex', 32, seed=1)}SK{run('hex', 32, seed=2)}"
    assert redact(link * 200)[1] == {"mailgun-key": 200, "twilio-key": 200}
    assert len(passes) <= 3
