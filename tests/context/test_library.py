"""`from kit import context`: a thread in a program's own loop."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kit import context
from kit.errors import InvalidInput, NotFound, Taken
from kit.store import cat_file
from tests.git import git
from tests.kit import kit


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


def test_adding_again_and_again_asks_git_for_nothing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    answer = cat_file.CatFile._answer

    def counted(self: cat_file.CatFile, oid: bytes, limit: int) -> cat_file.Found | None:
        asked.append(oid)
        return answer(self, oid, limit)

    monkeypatch.setattr(cat_file.CatFile, "_answer", counted)
    with context.open(repo, "t", agent="ana") as thread:
        thread.add("user", "first")
        assert asked  # what is counted is how it reads
        thread.add("user", "second")
        asked.clear()
        for number in range(40):  # more than a row holds
            thread.add("user", f"word {number}")
        assert asked == []


class Client:
    """Any client of a model, as the pages use one."""

    model = "some-model-1"

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def chat(self, messages: Any) -> str:
        self.asked.append(messages)
        return f"answer {len(self.asked)}"

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        return "It is found."


def page(name: str) -> str:
    """Returns the one program of a page of the documentation."""
    text = (Path(__file__).parents[2] / "docs" / name).read_text()
    (found,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return str(found)


def test_the_loop_of_the_page_runs_as_it_is_written(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repo)
    client, questions = Client(), iter(["one?", "two?", ""])
    exec(page("context.md"), {"client": client, "input": lambda _: next(questions)})  # noqa: S102 - our own page
    assert capsys.readouterr().out == "answer 1\nanswer 2\n"
    assert [each["content"] for each in client.asked[1]] == ["Be brief.", "one?", "answer 1", "two?"]


def test_so_do_the_programs_of_the_pages_about_children_and_steps(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    with context.open(repo, "parser", agent="ana", task="parser") as thread:
        thread.add("user", "why?", tags=["decision"])
        thread.handoff("Nearly done.")
    client = Client()
    exec(page("context-children.md"), {"client": client})  # noqa: S102 - our own page
    with context.open(repo, "parser", agent="ana") as thread:
        assert [each.text for each in thread.entries if "collapse" in each.tags] == ["It is found."]
        assert thread.start.said.summary == "Found in line 12."
    exec(page("context-steps.md"), {})  # noqa: S102 - our own page
    with context.open(repo, "parser", agent="ana") as thread:
        assert thread.entries[0].priority == "pinned"
