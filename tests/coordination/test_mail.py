"""Mail reaches every instance of a name, is acknowledged once, and nothing on the way loses any of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from kit.coordination import journal, mail, message
from kit.coordination.holder import Holder
from kit.errors import InvalidInput, NotFound
from kit.records import record_type
from tests.burst import burst
from tests.git import git
from tests.plant import plant
from tests.remotes import Faults
from tests.team import MINUTE, NOW, Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kit.coordination.mail import Sent
    from tests.remotes import PathRemote, Remote

SECRET = "ghp_" + "a1B2c3D4e5" * 4
DAY = 24 * 60 * MINUTE


class Team:
    """Ana and ben in clones of their own, and a second instance of ben."""

    def __init__(self, folders: list[Path]) -> None:
        self.ana = Agent(folders[0], "ana", "one")
        self.ben = Agent(folders[1], "ben", "two")
        self.ben_too = Agent(folders[0], "ben", "three")


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> Team:
    return Team(clones(2))


_counter = iter(range(10**6))


def send(agent: Agent, to: str, text: str, **how: Any) -> Sent:
    return mail.send(agent.store, to, text, me=agent.me, now=agent.now, random=f"{next(_counter):08x}", **how)


def inbox(agent: Agent, **how: bool) -> list[message.Message]:
    agent.store.fetch(mail.REFS)
    return mail.inbox(agent.store, me=agent.me, **how).messages


def acknowledge(agent: Agent, messages: Iterable[message.Message]) -> None:
    mail.acknowledge(agent.store, messages, me=agent.me, now=agent.now)
    assert journal.send(agent.store, me=agent.me, now=agent.now) is None


def texts(messages: Iterable[message.Message]) -> list[str]:
    return [each.text for each in messages]


def record(sender: str, text: str = "hi", **changes: Any) -> bytes:
    """Returns a message from `sender` to ben as anything but kit may have written it."""
    made = {"type": "message", "id": "0193b5c1a2f0-5f1d9c2e", "from": sender, "instance": "one", "to": "ben",
            "at": "2026-11-20T10:00:00Z", "text": text}  # fmt: skip
    return json.dumps(made | changes).encode()


def place(sender: str, name: str = "0193b5c1a2f0-5f1d9c2e") -> str:
    return f"agents/{sender}/one/outbox/{name}.json"


def test_a_message_is_read_by_whoever_it_is_addressed_to(team: Team) -> None:
    sent = send(team.ana, "ben", "parser is ready", task="parser")
    assert sent.waits is None
    (found,) = inbox(team.ben)
    assert found == sent.message
    assert (found.sender, found.to, found.task, found.at) == (team.ana.me, "ben", "parser", NOW)
    assert inbox(Agent(team.ben.folder, "cleo", "four")) == []


def test_mail_to_all_reaches_everyone_but_the_very_instance_that_sent_it(team: Team) -> None:
    send(team.ben, "@all", "main is broken")
    assert texts(inbox(team.ana)) == texts(inbox(team.ben_too)) == ["main is broken"]
    assert inbox(team.ben) == []


def test_what_one_instance_has_acknowledged_is_read_for_the_whole_name(team: Team) -> None:
    send(team.ana, "ben", "one")
    send(team.ana, "@all", "two")
    acknowledge(team.ben, inbox(team.ben))
    assert inbox(team.ben_too) == []
    assert [each.is_acknowledged for each in inbox(team.ben_too, is_all=True)] == [True, True]
    assert texts(inbox(Agent(team.ben.folder, "cleo", "four"))) == ["two"]


def test_what_was_not_acknowledged_is_delivered_again(team: Team) -> None:
    send(team.ana, "ben", "one")
    first = inbox(team.ben)
    send(team.ana.later(1), "ben", "two")
    assert texts(inbox(team.ben)) == ["one", "two"]
    acknowledge(team.ben, first)
    assert texts(inbox(team.ben)) == ["two"]


def test_acknowledging_twice_writes_nothing_new(team: Team) -> None:
    send(team.ana, "ben", "one")
    acknowledge(team.ben, inbox(team.ben))
    before = team.ben.store.own_tip("agents/ben/two")
    acknowledge(team.ben, inbox(team.ben, is_all=True))
    assert team.ben.store.own_tip("agents/ben/two") == before


@pytest.mark.parametrize("wrong", [-5 * MINUTE, 5 * MINUTE, -DAY, DAY])
def test_a_wrong_clock_of_the_sender_changes_the_order_and_never_the_delivery(team: Team, wrong: float) -> None:
    send(team.ben_too, "ben", "right")
    acknowledge(team.ben, inbox(team.ben))
    send(team.ana.later(wrong), "ben", "wrong clock")
    send(team.ben_too, "ben", "right again")
    expected = ["wrong clock", "right again"]
    assert texts(inbox(team.ben)) == (expected if wrong < 0 else expected[::-1])


def test_the_time_in_the_record_orders_and_then_the_id(team: Team, remote: PathRemote) -> None:
    names = {"0193b5c1a2f0-00000001": "11", "0193b5c1a2f0-00000002": "10", "0193b5c1a2f0-00000003": "10"}
    plant(remote.path, "agents/eve/one", {
        place("eve", name): record("eve", name[-1], id=name, at=f"2026-11-20T{hour}:00:00Z")
        for name, hour in names.items()
    })  # fmt: skip
    assert texts(inbox(team.ben)) == ["2", "3", "1"]


def test_what_a_twin_in_another_clone_has_sent_and_read_counts_at_once(team: Team) -> None:
    ana_too = Agent(team.ben.folder, "ana", "one")
    send(team.ana, "ben", "first")
    send(ana_too.later(1), "ben", "from the twin")
    send(team.ben_too, "ana", "for either")
    acknowledge(ana_too, inbox(ana_too))
    assert texts(inbox(team.ben_too)) == ["first", "from the twin"]
    assert inbox(team.ana) == []


def test_an_answer_names_the_message_it_answers(team: Team) -> None:
    asked = send(team.ana, "ben", "ready?").message
    send(team.ben, "ana", "yes", reply_to=asked.id)
    assert [each.reply_to for each in inbox(team.ana)] == [asked.id]


def test_an_answer_to_no_message_is_refused_and_nothing_is_sent(team: Team) -> None:
    with pytest.raises(NotFound, match="0193b5c1a2f0-00000000"):
        send(team.ana, "ben", "yes", reply_to="0193b5c1a2f0-00000000")
    with pytest.raises(InvalidInput, match="not the id"):
        send(team.ana, "ben", "yes", reply_to="../../etc")
    assert inbox(team.ben) == []


@pytest.mark.parametrize("to", ["@ALL", "@all ", "@ben", "Ben", "", "../ben", "-x", "ben\n"])
def test_only_a_name_or_exactly_at_all_is_a_recipient(team: Team, to: str) -> None:
    with pytest.raises(InvalidInput):
        send(team.ana, to, "hi")


def test_whether_anyone_of_the_name_was_seen_is_known(team: Team) -> None:
    assert not send(team.ana, "ben", "early").is_known
    send(team.ben, "@all", "here")
    assert send(team.ana, "ben", "known by a look at the remote").is_known
    assert not send(team.ana, "ana", "to myself").is_known
    assert send(team.ana, "@all", "hi").is_known


def test_a_text_of_the_greatest_length_arrives_whole_and_a_longer_one_is_refused(team: Team) -> None:
    longest = "é" * (message.MAX_TEXT - 1) + "\n"
    send(team.ana, "ben", longest)
    assert texts(inbox(team.ben)) == [longest]
    for text in ("x" * (message.MAX_TEXT + 1), "", " \n"):
        with pytest.raises(InvalidInput):
            send(team.ana, "ben", text)
    with pytest.raises(InvalidInput, match="not Unicode"):
        send(team.ana, "ben", "a\udc80")


def test_a_secret_is_taken_out_before_anything_is_written(team: Team, remote: PathRemote) -> None:
    sent = send(team.ana, "ben", f"use {SECRET} for it")
    assert dict(sent.redacted) == {"github-personal-token": 1}
    (found,) = inbox(team.ben)
    assert found.text == "use [REDACTED:github-personal-token] for it"
    everything = git(remote.path, "log", "--all", "-p", "--format=%B")
    assert SECRET not in everything
    assert "[REDACTED:" in everything


def test_mail_waits_while_the_remote_is_away_and_leaves_with_the_next(team: Team, remote: PathRemote) -> None:
    send(team.ana, "ben", "before")
    inbox(team.ben)
    remote.stop()
    sent = send(team.ana.later(1), "ben", "meanwhile")
    assert sent.waits is not None
    assert texts(mail.inbox(team.ben_too.store, me=team.ben_too.me).messages) == ["before", "meanwhile"]
    acknowledged = mail.inbox(team.ben.store, me=team.ben.me).messages
    mail.acknowledge(team.ben.store, acknowledged, me=team.ben.me, now=NOW)
    assert journal.send(team.ben.store, me=team.ben.me, now=NOW) is not None
    remote.start()
    assert journal.send(team.ana.store, me=team.ana.me, now=NOW) is None
    assert texts(inbox(team.ben)) == ["meanwhile"]


def test_every_remote_delivers(clones: Callable[..., list[Path]], any_remote: Remote) -> None:
    team = Team(clones(2, of=any_remote.url))
    asked = send(team.ana, "ben", "ready?").message
    acknowledge(team.ben, inbox(team.ben))
    send(team.ben, "ana", "yes", reply_to=asked.id)
    assert texts(inbox(team.ana)) == ["yes"]
    assert inbox(team.ben_too) == []


def test_a_message_whose_answer_was_lost_is_delivered_once(
    clones: Callable[..., list[Path]], any_remote: Remote
) -> None:
    team = Team(clones(2, of=any_remote.url))
    any_remote.inject(Faults(drop_replies=0.5, seed=3))
    for number in range(6):
        send(team.ana.later(number), "ben", str(number))
    any_remote.inject(Faults())
    assert journal.send(team.ana.store, me=team.ana.me, now=NOW) is None
    assert texts(inbox(team.ben)) == ["0", "1", "2", "3", "4", "5"]


def test_without_a_remote_the_repository_itself_delivers(repo: Path) -> None:
    ana, ben = Agent(repo, "ana", "one"), Agent(repo, "ben", "two")
    assert send(ana, "ben", "hi").waits is None
    assert texts(inbox(ben)) == ["hi"]
    acknowledge(ben, inbox(ben))
    assert inbox(ben) == []


@pytest.mark.race
def test_a_burst_of_thirty_two_senders_with_wrong_clocks_loses_nothing(clones: Callable[..., list[Path]]) -> None:
    folders = clones(4)
    burst("send", folders, processes=32, each=4)
    found = texts(inbox(Agent(folders[0], "ben", "two")))
    assert sorted(found) == sorted(f"{number}.{count}" for number in range(32) for count in range(4))


@pytest.mark.race
def test_processes_of_one_instance_that_write_at_once_lose_nothing(clones: Callable[..., list[Path]]) -> None:
    folders = clones(2)
    burst("send_as_one", folders[:1], processes=8, each=4)
    found = texts(inbox(Agent(folders[1], "ben", "two")))
    assert sorted(found) == sorted(f"{number}.{count}" for number in range(8) for count in range(4))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
        b" " * (2 << 20),
        record("eve", to=["ben"]),
        record("eve", text=None),
        record("eve", text="x" * (message.MAX_TEXT + 1)),
        record("eve", text=""),
        record("eve", at="yesterday"),
        record("eve", at="0001-01-01T00:00:00+14:00"),
        record("eve", id="0193b5c1a2f0-00000000"),
        record("ana"),
        record("eve", instance="two"),
        record("eve", task="../x"),
        record("eve", reply_to="x"),
        record("eve", text="\ud800"),
    ],
)
def test_one_broken_record_is_named_and_hides_no_other(team: Team, remote: PathRemote, data: bytes) -> None:
    good = "0193b5c1a2f1-00000001"
    plant(remote.path, "agents/eve/one", {place("eve"): data, place("eve", good): record("eve", "good", id=good)})
    send(team.ana, "ben", "hi")
    team.ben.store.fetch(mail.REFS)
    found = mail.inbox(team.ben.store, me=team.ben.me)
    assert texts(found.messages) == ["good", "hi"]
    assert found.broken == [place("eve")]


def test_records_in_places_that_are_none_are_named_and_left_alone(team: Team, remote: PathRemote) -> None:
    plant(remote.path, "agents/eve/one", {
        "agents/eve/one/outbox/..": record("eve"),
        "agents/eve/one/outbox/deep/0193b5c1a2f0-5f1d9c2e.json": record("eve"),
        "agents/ana/one/outbox/0193b5c1a2f0-5f1d9c2e.json": record("ana"),
    })  # fmt: skip
    plant(remote.path, "agents/EVE/one/more", {place("eve"): record("eve")})
    git(remote.path, "update-ref", "refs/kit/agents/blob/one", git(remote.path, "hash-object", "-w", "HEAD"))
    send(team.ana, "ben", "hi")
    team.ben.store.fetch(mail.REFS)
    found = mail.inbox(team.ben.store, me=team.ben.me)
    assert texts(found.messages) == ["hi"]
    assert found.broken == [
        "agents/EVE/one/more",
        "agents/blob/one",
        "agents/eve/one/outbox/..",
        "agents/eve/one/outbox/deep/0193b5c1a2f0-5f1d9c2e.json",
    ]


def test_a_message_matches_its_schema() -> None:
    made = message.Message("0193b5c1a2f0-5f1d9c2e", Holder("ana", "one"), "ben", NOW, "hi", "parser",
                           "0193b5c1a2f0-00000000")  # fmt: skip
    declared = record_type.shipped()["message"]
    Draft202012Validator(declared.schema).validate({"meta": made.record()})
    assert set(made.record()) == set(declared.fields)
    assert message.parse(made.sender, made.id, json.dumps(made.record()).encode()) == made


def test_an_acknowledgement_matches_its_schema(team: Team, remote: PathRemote) -> None:
    sent = send(team.ana, "ben", "hi").message
    acknowledge(team.ben, inbox(team.ben))
    path = f"agents/ben/two/acknowledged/{sent.id}.json"
    written = json.loads(git(remote.path, "show", f"refs/kit/agents/ben/two:{path}"))
    declared = record_type.shipped()["acknowledgement"]
    Draft202012Validator(declared.schema).validate({"meta": written})
    assert set(written) == set(declared.fields)
