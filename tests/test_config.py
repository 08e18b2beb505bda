from __future__ import annotations

import pytest

from kit import config
from kit.config import Problem

PEOPLE = '[[review.people]]\nid = "ana"\nemail = "ana@example.org"\n\n[[review.people]]\nid = "ben"\n'


def test_lists_switches_and_tables_are_read() -> None:
    text = PEOPLE + 'email = "ben@example.org"\n[sessions]\npush = true\n[model]\ncommand = ["llm", "-m", "x"]\n'
    found = config.parse(text.encode())
    assert found.is_on("sessions.push")
    assert found.texts("model.command") == ("llm", "-m", "x")
    assert [each["id"] for each in found.tables("review.people")] == ["ana", "ben"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[sessions]\npush = "yes"\n', 2, "sessions.push = 'yes' is neither true nor false"),
        ("[model]\ncommand = [1]\n", 2, "model.command = [1] is not a list of texts"),
        (PEOPLE, 5, "review.people lacks 'email'"),
        (PEOPLE + 'mail = "b"\n', 5, "unknown key 'review.people.mail'"),
        ('[review]\npeople = "ana"\n', 2, "review.people is not a list of tables"),
        ("format = true\n", 1, "format = True is not a whole number above 0"),
        ('[live]\nremote = "../x"\n', 2, "live.remote = '../x' is not a slug"),
        ('[claims]\nttl = "soon"\n', 2, "'soon' is not a duration"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(text: str, line: int, message: str) -> None:
    _, problems = config.read(text.encode())
    assert [each[:2] for each in problems] == [Problem(line, message, "")[:2]]
    assert problems[0].fix
