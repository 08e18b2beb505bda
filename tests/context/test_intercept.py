"""What has a say in a step: real programs and functions, before, during and after it; what answers wrong blocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kit import config, context
from kit.context import intercept, tip
from kit.context.step import Step
from tests.context import people, steps
from tests.context.steps import WHY, configured, fold, message, program, propose, table, take, take_up, talk, waiting
from tests.context.steps import trusted as trust
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.intercept import Interceptor
    from tests.context.people import Writer


def named(repo: Path, when: str, body: str, *, operation: str = "compress", name: str = "guard") -> str:
    """Has kit.toml name a program beside those it names already, and trusts it; returns its words."""
    run = program(repo.parent, name, body)
    known = (repo / "kit.toml").read_text() if (repo / "kit.toml").exists() else ""
    configured(repo, known + table(operation, when, run))
    trust(repo, operation, when, run)
    return run


def compress(repo: Path, *words: str, text: str = "in short") -> Any:
    (repo / "text.md").write_text(text)
    return kit(repo, "context", "compress", "--content", "text.md", "--window", "1", "--on", "t", "--json", *words)


def test_a_program_that_is_not_trusted_blocks_the_step_and_is_not_run(ana: Writer, repo: Path) -> None:
    talk(ana)
    for when in ("before", "during", "after"):
        run = program(repo.parent, "guard", f"open({str(repo.parent / 'ran')!r}, 'w')")
        configured(repo, table("compress", when, run))
        refused = compress(repo)
        assert (refused.code, refused.error["code"]) == (7, "untrusted_program")
        assert "git config --global --add kit.trustIntercept sha256:" in refused.error["hint"]
    assert not (repo.parent / "ran").exists()
    assert "in short" not in ana.texts()
    assert kit(repo, "context", "branch", "other", "t:HEAD").code == 0, "it has no say in other operations"


def test_one_that_is_not_trusted_refuses_the_step_also_where_a_policy_takes_it(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    configured(repo, table("compress", "before", "cat"))
    found = intercept.programs(config.parse((repo / "kit.toml").read_bytes()), environment={}, folder=repo, trusted=())
    outcome = take(ana, fold(ids, why="policy trim", is_policy=True), interceptors=found)
    assert (outcome.state, outcome.refusal.code if outcome.refusal else "") == ("refused", "untrusted_program")
    made = propose(ana, fold(ids))
    assert take_up(ana, made, interceptors=found).state == "refused"


def test_trust_is_in_the_words_the_operation_and_the_time(ana: Writer, repo: Path) -> None:
    talk(ana)
    run = named(repo, "before", "")
    assert compress(repo).code == 0
    for changed in (
        table("all", "before", run),
        table("compress", "during", run),
        table("compress", "before", run + " x"),
    ):
        configured(repo, changed)
        assert kit(repo, "context", "branch", "b", "t:HEAD", "--propose").code in (0, 7)
        assert kit(repo, "context", "compress", "--content", "text.md", "--on", "t").code == 7


def test_before_sees_the_arguments_and_may_change_or_refuse_them(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    seen = repo.parent / "seen"
    named(repo, "before", f"open({str(seen)!r}, 'w').write(json.dumps(event))\nsaid = event['arguments']\n"
          "answer = {'arguments': said | {'text': said['text'] + ', and more'}}")  # fmt: skip
    assert compress(repo).code == 0
    event = json.loads(seen.read_text())
    assert event["arguments"] == {"first": ids[0], "last": ids[1], "text": "in short"}
    assert (event["operation"], event["thread"], event["when"], event["agent"]) == ("compress", "t", "before", "ana")
    assert "in short, and more" in ana.texts()
    assert message(ana)["Intercepted"] == "before guard changed it"


def test_during_sees_the_result_and_may_change_it(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    named(repo, "during", "assert event['result']['folds'] == " + repr(ids[:2]) + "\n"
          "answer = {'result': {'text': event['result']['text'].upper()}}")  # fmt: skip
    assert compress(repo).code == 0
    assert "IN SHORT" in ana.texts()
    assert message(ana)["Intercepted"] == "during guard changed it"
    step = kit(repo, "context", "log", "--on", "t", "--json").json["events"][0]["step"]
    assert step["intercepted"] == "during guard changed it"


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_refusal_is_said_with_its_reason_and_nothing_is_committed(ana: Writer, repo: Path, when: str) -> None:
    talk(ana)
    named(repo, when, "answer = {'allow': False, 'reason': 'not on a\\x1b[31mFriday'}")
    before = ana.state().commit
    refused = compress(repo)
    assert (refused.code, refused.error["code"]) == (7, "refused")
    assert "guard refuses: not on a" in refused.error["message"]
    assert ana.state().commit == before
    assert "\x1b" not in kit(repo, "context", "compress", "--content", "text.md", "--on", "t").err


@pytest.mark.parametrize("when", ["before", "during"])
@pytest.mark.parametrize("body", [
    "sys.exit(3)", "print('what?'); answer = ''", "answer = []", "answer = {'allow': 'no'}", "answer = {'maybe': 1}",
    "answer = {'arguments': 5, 'result': 5}", "print('{', end=''); sys.exit(0)", "sys.exit(0)", "print('x' * 3000000)",
    "import time; time.sleep(60)",
    "answer = {'arguments': {}} if event['when'] == 'before' else {'result': {'folds': []}}",
    "answer = {'arguments': {**event['arguments'], 'run': 'x'}, 'result': {'text': ''}}",
])  # fmt: skip
def test_a_wrong_answer_blocks(ana: Writer, repo: Path, when: str, body: str) -> None:
    talk(ana)
    named(repo, when, body)
    configured(repo, (repo / "kit.toml").read_text() + '[context]\npatience = "1s"\n')
    before = ana.state().commit
    refused = compress(repo)
    assert (refused.code, refused.error["retryable"]) == (7, False)
    assert ana.state().commit == before


def test_after_is_told_the_commit_and_its_failure_is_said_and_undoes_nothing(ana: Writer, repo: Path) -> None:
    talk(ana)
    seen = repo.parent / "seen"
    named(repo, "after", f"open({str(seen)!r}, 'w').write(event['commit'])\nsys.exit('no room')")
    done = compress(repo)
    assert done.code == 0
    assert seen.read_text() == ana.state().commit == done.json["commit"]
    assert "warning: after guard: " in done.err
    assert "no room" in done.err


def test_several_are_asked_in_their_order_and_each_sees_what_the_one_before_left(ana: Writer, repo: Path) -> None:
    talk(ana)
    body = "answer = {'arguments': event['arguments'] | {'text': event['arguments']['text'] + ' %s'}}"
    named(repo, "before", body % "one", name="one")
    named(repo, "before", body % "two", name="two", operation="all")
    named(repo, "before", body % "no", name="no", operation="merge")
    assert compress(repo).code == 0
    assert "in short one two" in ana.texts()
    assert message(ana)["Intercepted"] == "before one changed it, before two changed it"


def test_a_secret_that_a_program_puts_in_is_taken_out(ana: Writer, repo: Path) -> None:
    talk(ana)
    named(repo, "during", "answer = {'result': {'text': 'ghp_' + 'a1B2' * 9}}")
    assert compress(repo).code == 0
    assert not any("a1B2" in each for each in ana.texts())


def test_a_text_that_a_program_leaves_is_held_against_the_patterns_too(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    ana.annotate(ids[0], priority="important", retain=({"match": "substring", "pattern": "RFC 8259"},))
    named(repo, "during", "answer = {'result': {'text': 'nothing of it'}}")
    assert compress(repo, text="RFC 8259").error["code"] == "retain"


def test_a_program_can_choose_otherwise_in_a_merge_and_only_between_the_sides(ana: Writer) -> None:
    ids = talk(ana)
    people.new.branch(ana.store, "side", "t", author=ana.author, redactor=ana.redactor)
    ana.edit(ids[1], "mine")
    ana.edit(ids[1], "theirs", on="side")
    wanted = Step("t", "merge", {"source": "side", "theirs": tip.of(ana.store, "side").oid, "strategy": "theirs"})

    def choosing(choice: str) -> tuple[Interceptor, ...]:
        def choose(event: dict[str, Any]) -> Any:
            return {"result": {"choices": dict.fromkeys(event["result"]["choices"], choice)}}

        return intercept.functions({"during": choose})

    assert take(ana, wanted, interceptors=choosing("../../x")).state == "refused"
    assert take(ana, wanted, interceptors=choosing("ours")).state == "done"
    assert ana.texts()[1] == "mine"


def test_a_merge_that_is_continued_is_asked_about_too(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    people.new.branch(ana.store, "side", "t", author=ana.author, redactor=ana.redactor)
    ana.edit(ids[1], "mine")
    ana.edit(ids[1], "theirs", on="side")
    named(repo, "during", "answer = {'allow': False, 'reason': 'no'}", operation="merge")
    assert kit(repo, "context", "merge", "side", "--on", "t").code == 1
    assert kit(repo, "context", "resolve", ids[1], "theirs", "--on", "t").code == 0
    assert kit(repo, "context", "merge", "--continue", "--on", "t").code == 7


@pytest.mark.parametrize(("operation", "arguments"), [
    ("branch", {"name": "made"}), ("pin", {}), ("collapse", {"child": "side", "text": "so"}),
])  # fmt: skip
def test_every_operation_can_be_refused_while_it_is_done(ana: Writer, operation: str, arguments: Any) -> None:
    ids = talk(ana)
    people.new.branch(ana.store, "side", "t", author=ana.author, redactor=ana.redactor)
    more = {"branch": {"at": ana.state().commit}, "pin": {"entries": ids[:1]}}.get(operation, {})
    before = ana.state().commit
    no = intercept.functions({"during": lambda _: {"allow": False, "reason": "no"}})
    assert take(ana, Step("t", operation, arguments | more), interceptors=no).state == "refused"
    assert ana.state().commit == before
    assert not tip.tip(ana.store, "made").oid


def test_a_proposal_is_asked_about_when_it_is_made_and_when_it_is_accepted(ana: Writer) -> None:
    ids = talk(ana)
    heard: list[str] = []

    def hear(event: dict[str, Any]) -> None:
        heard.append(f"{event['when']} {bool(event['proposal'])}")

    every = intercept.functions({"before": hear, "during": hear, "after": hear})
    outcome = take(ana, fold(ids, why=WHY), interceptors=every)
    assert heard == ["before False"]
    take_up(ana, outcome.proposal, interceptors=every)
    assert heard == ["before False", "before True", "during True", "after True"]


def test_a_refused_acceptance_leaves_the_proposal_open(ana: Writer) -> None:
    made = propose(ana, fold(talk(ana)))
    no = intercept.functions({"during": lambda _: {"allow": False}})
    assert take_up(ana, made, interceptors=no).state == "refused"
    assert [each.id for each in waiting(ana)] == [made]


def test_a_model_is_not_asked_for_what_is_refused_before(ana: Writer) -> None:
    ids = talk(ana)

    def never(given: Any) -> Any:
        raise AssertionError(given)

    no = intercept.functions({"before": lambda _: {"allow": False}})
    wanted = Step("t", "compress", {"first": ids[0], "last": ids[1]}, why=WHY, make=never)
    assert take(ana, wanted, "autonomous", interceptors=no).state == "refused"


def test_a_function_that_raises_blocks_and_one_that_is_told_does_not(ana: Writer) -> None:
    ids = talk(ana)

    def fail(event: dict[str, Any]) -> None:
        raise RuntimeError(event["operation"])

    refused = take(ana, fold(ids), interceptors=intercept.functions({"during": fail}))
    assert "RuntimeError: compress" in str(refused.refusal)
    done = take(ana, fold(ids), interceptors=intercept.functions({"after": fail}))
    assert (done.state, done.failed) == ("done", ("after fail: RuntimeError('compress')",))


def test_the_library_takes_functions_and_steps(repo: Path) -> None:
    heard: list[str] = []
    with context.open(
        repo, "t", agent="ana", intercept={"after": lambda event: heard.append(event["commit"])}
    ) as thread:
        ids = [thread.add("user", "one").id, thread.add("assistant", "two").id]
        proposed = thread.step("compress", first=ids[0], last=ids[1], text="in short", autonomy="collaborative")
        assert [each.id for each in thread.proposals] == [proposed.proposal]
        assert thread.accept(proposed.proposal).commit == heard[0]
        again = thread.step("pin", entries=[ids[0]], autonomy="collaborative")
        thread.reject(again.proposal, "no")
        assert thread.proposals == []
        assert steps.Step("t", "pin", {}) != again
