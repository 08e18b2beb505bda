"""`from kit import context`: a thread in a program's own loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit import context
from kit.errors import InvalidInput, NotFound, Taken
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path


def test_a_loop_around_a_model_keeps_what_was_said(repo: Path) -> None:
    def model(messages: list[dict[str, str]]) -> str:
        return f"answer {len(messages)}"

    with context.open(repo, "talk", agent="ana") as thread:
        thread.add("system", "Be brief.")
        for question in ("one?", "two?"):
            thread.add("user", question)
            answer = model([{"role": each.role, "content": each.text} for each in thread.entries])
            thread.add("assistant", answer, model="some-model-1", usage={"output_tokens": 3})
    shown = kit(repo, "context", "show", "--on", "talk", "--json").json["entries"]
    assert [each["text"] for each in shown] == ["Be brief.", "one?", "answer 2", "two?", "answer 4"]
    assert git(repo, "rev-list", "--count", "refs/kit/context/talk") == "6"
    assert git(repo, "fsck", "--strict") == ""


def test_all_that_can_be_done_with_a_thread(repo: Path) -> None:
    with context.open(repo, "t", agent="ana", is_new=True) as thread:
        first = thread.add("user", "one", tags=["a"])
        thread.tag("begun")
        thread.edit(first.id, "uno", kind="output")
        (noted,) = thread.annotate(first.id, priority="pinned")
        assert (noted.priority, thread.entries[0].text, thread.entries[0].tags) == ("pinned", "uno", ("a",))
        with thread.branch("b", purpose="try") as other:
            other.add("user", "two")
            assert [each.text for each in other.entries] == ["uno", "two"]
        thread.revert("HEAD")
        assert thread.entries[0].priority == "normal"
        assert [each.text for each in thread.at("begun").entries] == ["one"]
        thread.reset("begun")
        assert [each.text for each in thread.entries] == ["one"]
        assert thread.commit == thread.state.commit
    with pytest.raises(Taken):
        context.open(repo, "t", agent="ana", is_new=True)
    with pytest.raises(NotFound):
        context.open(repo, "nowhere", agent="ana", is_new=False)
    with pytest.raises(InvalidInput):
        context.open(repo, "No Thread", agent="ana")
    with pytest.raises(AttributeError):
        context.nothing  # noqa: B018 - that it is not there is what is shown
