"""A redactor of a project: JSON stays JSON to the byte, what is known is found everywhere, and all is counted."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import config
from kit.errors import InvalidInput
from kit.safety.redact import Redactor, redacted, redactor
from tests.safety.samples import run

TOKEN = "ghp_" + run("alnum", 36, seed=1)
PASSWORD = f"hunter2-{run('alnum', 4, seed=1)}"
RANDOM = run("alnum", 24, seed=2)
MARKER = re.compile(r"\[REDACTED:[a-z0-9-]+\]")


def made(text: str = "", **given: object) -> Redactor:
    return redactor(config.parse(text.encode()), **given)  # type: ignore[arg-type]


def test_only_the_value_changes_in_a_record_whatever_stands_around_it() -> None:
    line = f'{{ "n":1.50,"n" : 1e5,"a":"\\u00e9\\/ \\ud83d\\ude00 {TOKEN}\\n","k":[ "x" ], "é":"é","big":{"9" * 5000}}}'
    clean = made().record(line.encode()).decode()
    assert clean == line.replace(TOKEN, "[REDACTED:github-personal-token]")


def test_a_key_of_json_tells_that_its_value_is_a_secret_and_stays_itself() -> None:
    line = json.dumps({"password": PASSWORD, TOKEN: "x", "tokens": [RANDOM, "word"]})
    one = made()
    assert one.record(line.encode()).decode() == (
        f'{{"password": "[REDACTED:password]", "{TOKEN}": "x", "tokens": ["[REDACTED:token]", "word"]}}'
    )
    assert one.counts == {"password": 1, "token": 1}


def test_a_key_that_is_repeated_is_redacted_each_time() -> None:
    line = f'{{"password":"{PASSWORD}","password":"{PASSWORD}x","a":1}}'
    assert made().record(line.encode()).decode() == (
        '{"password":"[REDACTED:password]","password":"[REDACTED:password]","a":1}'
    )


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4])
def test_json_in_json_is_redacted_and_can_be_read_again(depth: int) -> None:
    inner: object = {"api_key": RANDOM, "n": 1}
    for _ in range(depth):
        inner = {"body": json.dumps(inner)}
    clean = json.loads(made().record(json.dumps(inner).encode()))
    for _ in range(depth):
        clean = json.loads(clean["body"])
    assert clean == {"api_key": "[REDACTED:key]", "n": 1}


def test_a_list_of_arguments_and_a_pair_of_name_and_value_tell_too() -> None:
    value = {"args": ["mysql", "--password", PASSWORD], "env": [{"name": "DB_PASSWORD", "value": f"{PASSWORD}y"}]}
    clean = made().record(json.dumps(value).encode()).decode()
    assert clean == (
        '{"args": ["mysql", "--password", "[REDACTED:password]"],'
        ' "env": [{"name": "DB_PASSWORD", "value": "[REDACTED:password]"}]}'
    )


def test_what_is_not_json_is_read_as_text() -> None:
    for line in (f'{{"password": "{PASSWORD}", "torn', f"password={PASSWORD}", "[" * 100_000 + TOKEN):
        clean = made().record(line.encode()).decode()
        assert PASSWORD not in clean
        assert TOKEN not in clean


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    line = b'{"a": "\xff\xfe", "b": "' + TOKEN.encode() + b'"} \x80'
    assert made().record(line) == line.replace(TOKEN.encode(), b"[REDACTED:github-personal-token]")


def test_what_was_found_once_is_found_wherever_it_stands_in_any_writing() -> None:
    odd = f'x9"/+{RANDOM}'
    one = made(environment={"SOME_TOKEN": odd, "PATH": "/usr/bin:/usr/local/bin2"})
    shifted = base64.b64encode(b"u:" + odd.encode() + b":z").decode()
    for written in (odd, json.dumps(odd), json.dumps(json.dumps(odd)), quote(odd, safe=""), shifted):
        clean = one.text(f"seen {written} here")
        assert "[REDACTED:" in clean
        assert RANDOM not in clean
        assert "/usr/bin" in one.text("/usr/bin:/usr/local/bin2")
    late = made()
    late.text(f"export API_TOKEN={RANDOM}")
    assert late.text(f"then {RANDOM} was used") == "then [REDACTED:token] was used"
    assert made().text(f"{RANDOM} first, then API_TOKEN={RANDOM}").count("[REDACTED:token]") == 2


@pytest.mark.parametrize(
    "value", ["test", "password", "changeme", "true", "12345678", "localhost", "production", "a b"]
)
def test_a_weak_value_is_not_sought_everywhere(value: str) -> None:
    one = made(environment={"DB_PASSWORD": value}, env_files=[f"API_TOKEN={value}".encode()])
    assert one.text(f"the {value} of it") == f"the {value} of it"


def test_the_values_of_an_env_file_are_known() -> None:
    file = f"# a file\nexport DB_PASSWORD='{PASSWORD}' \nURL=redis://:{RANDOM}@cache\nbroken\nNAME=ana\n".encode()
    one = made(env_files=[file])
    assert one.text(f"{PASSWORD} {RANDOM} ana") == "[REDACTED:password] [REDACTED:url-credentials] ana"


def test_home_folders_become_tildes_and_are_counted_apart() -> None:
    one = made(home="/srv/people/ana")
    text = (
        r"/home/ben/x /Users/eve C:\Users\bob\y /srv/people/ana/z -srv-people-ana-p file:///home/ben https://x/home/ben"
    )
    assert one.text(text) == r"~/x ~ ~\y ~/z ~-p file://~ https://x/home/ben"
    assert (one.counts, one.homes) == ({}, 6)
    assert one.text("/Users/Shared/x /home ~/x") == "/Users/Shared/x /home ~/x"
    assert made(is_personal=False).text("/home/ben/x") == "/home/ben/x"


RULES = '[redaction]\nallow = ["{}"]\n[[redaction.rules]]\nkind = "badge"\npattern = \'{}\'\n'


def test_a_project_adds_rules_and_allows_texts() -> None:
    one = made(RULES.format(TOKEN, "no (?P<secret>B-[0-9]{4})") + 'keyword = "no B"\n')
    assert one.text(f"no B-1234, B-1234x, {TOKEN}") == f"no [REDACTED:badge], B-1234x, {TOKEN}"
    assert one.counts == {"badge": 1}
    assert made(RULES.format(PASSWORD, "x")).record(f'{{"password":"{PASSWORD}"}}'.encode()).decode() == (
        f'{{"password":"{PASSWORD}"}}'
    )


@pytest.mark.parametrize("pattern", ["(a+)+$", "(", r"\d*\d*\d*x", "(a|a)*b", "a*[ab]*[bc]*d"])
def test_a_rule_that_cannot_be_used_is_refused_with_its_number(pattern: str) -> None:
    with pytest.raises(InvalidInput, match=r"rule 1 of redaction\.rules") as error:
        made(RULES.format("x", pattern))
    assert error.value.details == {"rule": 1}


def test_a_slow_rule_that_is_let_through_ends_soon() -> None:
    one = made(RULES.format("x", "a*c{0,15}[bc]d"))
    assert one.text("a" * 20_000) == "a" * 20_000


def test_a_fork_knows_the_same_and_counts_anew() -> None:
    one = made()
    one.text(f"API_TOKEN={RANDOM}")
    other = one.fork()
    assert other.text(f"see {RANDOM}") == "see [REDACTED:token]"
    assert (one.counts["token"], other.counts["token"]) == (1, 1)


def test_the_quick_function_is_for_texts() -> None:
    assert redacted(f"x {TOKEN}") == "x [REDACTED:github-personal-token]"
    assert redacted("") == ""


SECRETS = [TOKEN, f"password={PASSWORD}", f"token: {RANDOM}", "/home/ana/x", '{"secret":"' + RANDOM + '"}']
PIECES = st.sampled_from([*SECRETS, *'x"\\\n\0& ', "é", "\U0001f600", "\ud800", "[REDACTED:jwt]"])
TEXTS = st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(st.sampled_from(["password", "a", "token", "name", "value", "é"]) | TEXTS, below, max_size=4)
        | below.map(json.dumps)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans())
def test_a_record_stays_json_and_a_second_look_changes_nothing(value: object, is_ascii: bool) -> None:
    line = json.dumps({"v": value}, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    one = made()
    clean = one.record(line)
    json.loads(clean.decode("utf-8", "surrogatepass"))
    assert made().record(clean) == clean
    assert len(MARKER.findall(clean.decode("utf-8", "surrogatepass"))) >= sum(one.counts.values())


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans())
def test_nothing_outside_of_what_was_redacted_changes_by_a_byte(value: object, is_ascii: bool) -> None:
    line = json.dumps({"v": value, "n": 1.0}, ensure_ascii=is_ascii)
    clean = made(is_personal=False).record(line.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    kept = re.split(r"\[REDACTED:[a-z0-9-]+\]", clean)
    at = 0
    for piece in kept:
        at = line.index(piece, at) + len(piece)
    assert line.startswith(kept[0])
    assert line.endswith(kept[-1])


@settings(max_examples=100, deadline=None)
@given(st.lists(VALUES, max_size=6))
def test_many_records_at_once_come_out_as_one_by_one(values: list[object]) -> None:
    lines = [json.dumps({"v": value}).encode() for value in values]
    together, apart = made(), made()
    assert together.records(lines + lines) == [*together.records(lines), *together.records(lines)]
    for line, clean in zip(lines, together.records(lines), strict=True):
        assert MARKER.sub("", clean.decode()) == MARKER.sub("", together.record(line).decode())
        assert len(apart.record(line)) >= 2
