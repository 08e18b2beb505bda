"""The text of a pull request: whatever a record says, nothing in it acts on a forge."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from kit.records import record
from kit.review import body
from kit.review.gate import Fault, Near, Outcome, of_check
from kit.review.gates import GATES
from tests.review.play import CANDIDATE

HOSTILE = (
    "cc @org/everyone, fixes #12, closes GH-7 and org/repo#3",
    "````\n</details>\n# A heading\n@ana\n````",
    "```\nfixes https://github.com/o/r/issues/1\n```",
    "/close\n/merge\n!4",
    "[link](javascript:alert(1)) <img src=x onerror=1> <!-- x -->",
    "a\u202eb\x1b[31m",
    "~~~\n|x|y|\n",
)


def said(text: str) -> str:
    subject = record.parse("blocks/a.md", CANDIDATE.encode()).with_fields(
        {"title": text, "sources": [{"resource": text, "excerpt": text}, {"resource": f"kit:sessions/x/{text}#L1-L2"}]}
    )
    subject = subject.with_body(subject.body + text + "\n")
    gate = of_check("links", GATES["links"])
    return body.body(
        subject, [Outcome(gate, "warn", (Fault(text, text),))], [Near("blocks/b.md", text, 0.6, "60% of its words")],
        reason=text,
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_mentions_closes_commands_or_breaks_out(text: str) -> None:
    made = said(text)
    assert not re.search(r"@(?=\w)|#(?=\d)|GH-(?=\d)|(?<!https)://(?=\S)|^/\w", made, re.MULTILINE)
    assert "github.com/o" not in made.replace("https:// github.com/o", "")
    assert "\x1b" not in made
    assert "\u202e" not in made
    headings = [token for token in MarkdownIt().parse(made) if token.type == "heading_open"]
    html = [token for token in MarkdownIt().parse(made) if token.type.startswith("html")]
    assert [each.tag for each in headings] == ["h2"] * 6
    assert html == []


def test_it_says_what_was_redacted_what_is_near_and_how_to_look_at_the_source() -> None:
    subject = record.parse("blocks/a.md", CANDIDATE.replace("Set the", "Use [REDACTED:github-token]. Set the").encode())
    subject = subject.with_fields({"sources": [{"resource": "kit:sessions/codex/0a0314fb#L120-L188", "excerpt": "so"}]})
    made = body.body(subject, [], [])
    assert "1 github-token" in made
    assert "kit session show codex/0a0314fb" in made
    assert "lines 120 to 188" in made
    assert len(body.body(subject.with_body("x " * 90_000), [], [])) <= body.MOST + 1
