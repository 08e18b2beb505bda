"""Who decides about a step: what is typed is done, what nobody typed is proposed unless the project says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kit import config
from kit.context import autonomy, operation
from kit.context.autonomy import LEVELS
from kit.context.step import Step
from kit.errors import Blocked, InvalidInput
from tests.context import steps
from tests.context.people import writer
from tests.context.steps import WHY, configured, fold, message, talk, waiting
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.context.people import Writer


def never(given: Any) -> Any:
    raise AssertionError(given)


def test_what_somebody_typed_is_done_at_once_whatever_kit_toml_says(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    configured(repo, '[context]\nautonomy = "manual"\n')
    done = steps.take(writer(repo), fold(ids))
    assert (done.state, done.level) == ("done", "manual")
    assert message(ana)["Autonomy"] == "manual"
    assert "in short" in ana.texts()


def test_what_somebody_typed_is_proposed_when_they_say_so(ana: Writer) -> None:
    outcome = steps.take(ana, fold(talk(ana)), "collaborative")
    assert outcome.state == "proposed"
    assert "in short" not in ana.texts()


def test_what_nobody_typed_is_proposed_unless_told(ana: Writer) -> None:
    ids = talk(ana)
    outcome = steps.take(ana, fold(ids, why=WHY))
    assert (outcome.state, outcome.level) == ("proposed", "collaborative")
    (found,) = waiting(ana)
    assert (found.id, found.why, found.agent) == (outcome.proposal, WHY, "ana")
    assert found.tokens["after"] > 0


def test_what_is_autonomous_is_done_and_says_so(ana: Writer) -> None:
    ids = talk(ana)
    assert steps.take(ana, fold(ids, why="policy trim", is_policy=True), "autonomous").state == "proposed"
    assert steps.take(ana, fold(ids, why=WHY), "autonomous").state == "done"
    assert message(ana) | {"Autonomy": "autonomous", "Why": WHY, "Operation": "compress"} == message(ana)


def test_a_manual_step_is_refused_with_the_command_and_no_model_is_asked(ana: Writer) -> None:
    ids = talk(ana)
    before = ana.state().commit
    wanted = Step("t", "compress", {"first": ids[0], "last": ids[1]}, why=WHY, make=never)
    outcome = steps.take(ana, wanted, "manual")
    assert outcome.state == "refused"
    with pytest.raises(Blocked, match="left to people") as refused:
        outcome.checked()
    assert f"kit context compress {ids[0]}..{ids[1]} --content FILE" in refused.value.hint
    assert ana.state().commit == before


@pytest.mark.parametrize("own", LEVELS)
@pytest.mark.parametrize("given", ["", *LEVELS])
@pytest.mark.parametrize("is_policy", [False, True])
def test_a_call_may_be_stricter_and_a_policy_never_laxer(own: str, given: str, *, is_policy: bool) -> None:
    settings = config.parse(f'[context]\nautonomy = "{own}"\n'.encode())
    found = autonomy.level(settings, "compress", given=given, is_policy=is_policy)
    if is_policy:
        assert LEVELS.index(found) == min(LEVELS.index(own), LEVELS.index(given or own))
    else:
        assert found == (given or own)


def test_each_operation_has_a_level_of_its_own_and_of_two_the_stricter_holds() -> None:
    tables = "".join(
        f'[[context.operations]]\nname = "{name}"\nautonomy = "{level}"\n'
        for name, level in (("compress", "autonomous"), ("merge", "autonomous"), ("merge", "manual"))
    )
    settings = config.parse(tables.encode())
    assert [autonomy.of(settings, name) for name in ("compress", "merge", "pin")] == [
        "autonomous", "manual", "collaborative",
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "told"), [
    ('[context]\nautonomy = "loose"\n', 2, "'loose' is none of manual"),
    ('\n[[context.operations]]\nname = "reset"\nautonomy = "manual"\n', 2, "'reset' is none of compress"),
    ('[[context.operations]]\nname = "merge"\nautonomy = "manual"\n[[context.operations]]\nname = "pin"\n'
     'autonomy = "often"\n', 4, "'often' is none of"),
    ('[[context.intercept]]\noperation = "pin"\nwhen = "later"\nrun = "x"\n', 1, "'later' is none of before"),
])  # fmt: skip
def test_an_unknown_operation_or_level_is_an_error_with_its_line(repo: Path, text: str, line: int, told: str) -> None:
    configured(repo, text)
    with pytest.raises(InvalidInput, match=f"kit.toml:{line}: .*{told}"):
        config.parse(text.encode())
    found = kit(repo, "validate", "--json")
    assert found.code == 1
    assert [(each["path"], each["line"]) for each in found.json["findings"]] == [("kit.toml", line)]


def test_the_table_and_kit_toml_name_the_same_operations() -> None:
    assert set(operation.OPERATIONS) <= set(config.OPERATIONS)
    assert list(operation.OPERATIONS) == [each for each in config.OPERATIONS if each in operation.OPERATIONS]


def model(repo: Path, answer: str) -> None:
    """Has kit.toml name a model that answers so, and counts how often it is asked."""
    from kit import model as models
    from kit.model import trust

    script = repo.parent / "model.sh"
    script.write_text(f"#!/bin/sh\ncat > /dev/null\necho asked >> {repo.parent}/asked\necho '{answer}'\n")
    script.chmod(0o755)
    configured(repo, f'[model]\ncommand = ["{script}"]\n')
    git(repo, "config", "--global", "--add", models.TRUST, trust.digest(["command", (str(script),)]))


def test_the_verbs_propose_do_and_refuse(ana: Writer, repo: Path) -> None:
    talk(ana)
    model(repo, "in short")
    words = ["context", "compress", "--engine", "command", "--window", "1", "--on", "t", "--json"]
    proposed = kit(repo, *words).json
    assert proposed["state"] == "proposed"
    again = kit(repo, *words).json
    assert (again["proposal"], again["known"]) == (proposed["proposal"], True)
    assert (repo.parent / "asked").read_text() == "asked\n"
    refused = kit(repo, *words, "--autonomy", "manual")
    assert (refused.code, refused.error["code"]) == (7, "manual")
    done = kit(repo, *words, "--autonomy", "autonomous").json
    assert done["state"] == "done"
    assert message(ana) | {"Autonomy": "autonomous", "Why": "engine command/model.sh"} == message(ana)
    log = kit(repo, "context", "log", "--on", "t")
    assert "(autonomous, engine command/model.sh)" in log.out
    assert kit(repo, *words[:-1], "--propose", "--autonomy", "manual").code == 2


def test_a_merge_that_a_rule_would_settle_is_proposed_and_one_without_conflicts_is_done(
    ana: Writer, repo: Path
) -> None:
    ids = talk(ana)
    for name in ("side", "plain"):
        assert kit(repo, "context", "branch", name, "t:HEAD").code == 0
    ana.add("only there", on="plain")
    ana.edit(ids[1], "mine")
    ana.edit(ids[1], "theirs", on="side")
    assert kit(repo, "context", "merge", "plain", "--strategy", "auto", "--on", "t", "--json").json["state"] == "done"
    proposed = kit(repo, "context", "merge", "side", "--strategy", "auto", "--on", "t", "--json").json
    assert (proposed["state"], proposed["why"]) == ("proposed", "strategy auto")
    assert "mine" in ana.texts()
    assert kit(repo, "context", "accept", proposed["proposal"], "--on", "t").code == 0
    assert "theirs" in ana.texts()


def test_each_verb_can_propose(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    kit(repo, "context", "switch", "t")
    kit(repo, "context", "spawn", "child", "--purpose", "look")
    (repo / "text.md").write_text("it is so")
    ana.add("more", on="child")
    for words in (["branch", "made"], ["collapse", "child", "--content", "text.md"], ["merge", "child"],
                  ["annotate", ids[0], "--priority", "pinned"], ["compress", "--content", "text.md"]):  # fmt: skip
        assert kit(repo, "context", *words, "--propose", "--json").json["state"] == "proposed", words
    status = kit(repo, "context", "status", "--json").json
    assert status["proposals"] == 5
    assert "5 open proposals: kit context proposals" in kit(repo, "context", "status").out


def test_a_pin_with_other_notes_is_one_commit_and_cannot_be_proposed(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    words = ["context", "annotate", ids[0], "--priority", "pinned", "--tag", "key", "--on", "t"]
    before = ana.state().commit
    assert kit(repo, *words, "--propose").code == 5
    assert ana.state().commit == before
    assert kit(repo, *words).code == 0
    found = ana.state().find(ids[0])
    assert (found.priority, found.tags) == ("pinned", ("key",))
    assert ana.store.objects.commit(ana.state().commit).parents == (before,)
    assert kit(repo, "context", "annotate", ids[0], "--tag", "x", "--propose", "--on", "t").code == 2


def test_a_level_that_is_none_is_refused_and_taken_for_no_other(ana: Writer) -> None:
    ids = talk(ana)
    for why in ("", WHY):
        with pytest.raises(InvalidInput, match="no level 'Manual'"):
            steps.take(ana, fold(ids, why=why), "Manual")


@pytest.mark.parametrize("arguments", [{}, {"first": 5}, {"first": "x", "last": "y", "text": "z"}])
def test_arguments_that_lack_something_are_refused(ana: Writer, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="the arguments"):
        steps.take(ana, Step("t", "compress", arguments))
    with pytest.raises(InvalidInput, match="no operation"):
        steps.take(ana, Step("t", "reset", arguments))


def test_what_was_redacted_is_said(ana: Writer, repo: Path) -> None:
    talk(ana)
    (repo / "text.md").write_text("use " + "ghp_" + "a1B2" * 9)
    done = kit(repo, "context", "compress", "--content", "text.md", "--on", "t", "--propose")
    assert "redacted: " in done.err


def test_what_is_left_to_people_says_a_command_that_does_it(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    kit(repo, "context", "spawn", "child", "--purpose", "look", "--on", "t")
    ana.add("found", on="child")
    (repo / "FILE").write_text("in short")
    theirs, here = (ana.state(name).commit for name in ("child", "t"))
    given: dict[str, dict[str, Any]] = {
        "pin": {"entries": ids[:1]},
        "branch": {"name": "made", "at": here},
        "collapse": {"child": "child", "text": "x"},
        "compress": {"first": ids[1], "last": ids[2], "text": "x"},
        "merge": {"source": "child", "theirs": theirs},
    }
    assert set(given) <= set(operation.OPERATIONS)
    for name, arguments in given.items():
        refused = steps.take(ana, Step("t", name, arguments, why="policy x"), "manual").refusal
        assert refused
        words = refused.hint.partition(", or")[0].removeprefix("kit ").split()
        assert kit(repo, *words).code == 0, words
