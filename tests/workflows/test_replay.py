"""A replay shows who did what when, points at collisions, and says what it leaves out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from kit.harnesses.event import USER, Event
from kit.workflows import page, replay
from kit.workflows.replay import Session, Wanted
from tests.git import git
from tests.kit import kit
from tests.sessions.writer import Writer as Transcript
from tests.workflows import story
from tests.workflows.story import START, Writer, told

if TYPE_CHECKING:
    from pathlib import Path


def data(made: bytes) -> dict[str, Any]:
    """What a page holds."""
    found = re.search(rb'<script type="application/json" id="data">(.*?)</script>', made, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def whole(*sessions: Session, events: Any = (), **wanted: Any) -> dict[str, Any]:
    shown = replay.gather(events, sessions, Wanted(**wanted))
    return data(page.page(shown, title="shop", made="now")[0])


def test_every_agent_has_a_lane_and_everything_stands_in_order() -> None:
    shown = whole(*story.sessions(), events=story.day())
    assert [each["name"] for each in shown["lanes"]] == ["ana", "ben", "cy"]
    assert [each["note"] for each in shown["lanes"]] == ["claude-code", "codex", "gemini"]
    moments = [each["t"] for each in shown["items"]]
    assert moments == sorted(moments)
    assert len(moments) == 23
    assert shown["cut"] == []


def test_a_file_that_two_wrote_within_minutes_is_a_collision() -> None:
    shown = whole(*story.sessions(), events=story.day())
    assert [each["title"] for each in shown["clashes"]] == [
        "ana and ben both wrote shop/pricing.py",
        "ben took checkout over from ana",
        "ben and ana both wrote shop/order.py",
    ]
    assert shown["clashes"][0]["what"] == "ana at 09:21:00, ben at 09:22:00 UTC"


def test_what_failed_wrote_nothing_and_what_lies_far_apart_collides_with_nothing() -> None:
    ana, ben = Writer().ask(0, "a").edit(1, "x.py", failed=True), Writer().ask(0, "b").edit(2, "x.py")
    assert whole(Session("codex/a", "ana", ana.found), Session("codex/b", "ben", ben.found))["clashes"] == []
    ana, ben = Writer().ask(0, "a").edit(1, "x.py"), Writer().ask(0, "b").edit(17, "x.py")
    assert whole(Session("codex/a", "ana", ana.found), Session("codex/b", "ben", ben.found))["clashes"] == []


def test_the_same_path_in_two_work_trees_is_the_same_file() -> None:
    ana, ben = Writer("/a/shop").ask(0, "a").edit(1, "x.py"), Writer("C:\\shop").ask(0, "b").edit(2, "x.py")
    found = whole(Session("codex/a", "ana", ana.found, "/a/shop"), Session("codex/b", "ben", ben.found, "C:\\shop"))
    assert [each["path"] for each in found["clashes"]] == ["x.py"]


def test_sessions_of_one_agent_at_the_same_time_get_lanes_of_their_own() -> None:
    one, two = Writer().ask(0, "a").edit(1, "x.py").say(5, "."), Writer().ask(2, "b").edit(3, "x.py")
    three = Writer().ask(9, "c").say(10, ".")
    found = whole(Session("codex/a", "ana", one.found, "/work/shop", "i-1"),
                  Session("codex/b", "ana", two.found, "/work/shop", "i-2"),
                  Session("codex/c", "ben", three.found), events=[
                      told(1, "ana", "claim", "claim x", Task="x")._replace(instance="i-2"),
                      told(2, "ana", "claim", "claim y", Task="y")._replace(instance="i-9"),
                  ])  # fmt: skip
    assert [each["name"] for each in found["lanes"]] == ["ana", "ana a", "ana b", "ben"]
    assert [each["title"] for each in found["clashes"]] == ["ana a and ana b both wrote x.py"]
    lanes = [each["name"] for each in found["lanes"]]
    assert {each["task"]: lanes[each["l"]] for each in found["holds"]} == {"x": "ana b", "y": "ana"}


def test_lanes_of_sessions_have_short_names_unless_two_would_be_the_same() -> None:
    one, two, three = (Writer().ask(number, "a").say(5, ".") for number in range(3))
    long = "claude-code/0a0314fb-b206-450f-b895-cd5181a28ae5"
    names = (long, f"{long}.agent-1b2c3d4e5f60", "codex/0193b5c1-0000")
    found = whole(*(Session(name, "ana", each.found) for name, each in zip(names, (one, two, three), strict=True)))
    assert {each["name"] for each in found["lanes"]} == {"ana 0a0314fb", "ana 0a0314fb.1b2c3d4e", "ana 0193b5c1"}
    found = whole(*(Session(f"codex/0193b5c1-{number}", "ana", each.found) for number, each in enumerate((one, two))))
    assert [each["name"] for each in found["lanes"]] == ["ana codex/0193b5c1-0", "ana codex/0193b5c1-1"]


def test_a_task_is_held_until_it_is_given_back_taken_over_or_runs_out() -> None:
    events = [told(0, "ana", "claim", "claim x", Task="x"), told(5, "ben", "claim", "claim x", Task="x"),
              told(8, "cy", "takeover", "take x over", Task="x", From="ben/b"),
              told(9, "cy", "release", "release x", Task="x"), told(10, "ana", "claim", "claim y", Task="y"),
              told(20, "ben", "send", "send to ana", To="ana")]  # fmt: skip
    found = whole(events=events)
    assert [(each["how"], (each["e"] - each["t"]) / 60e3) for each in found["holds"]] == [
        ("ran out", 5), ("taken over", 3), ("released", 1), ("held on", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "count"),
    [({"agent": "cy"}, 4), ({"task": "search"}, 4), ({"since": START + 239 * 60}, 5), ({"until": START + 60}, 2),
     ({"limit": 3}, 3), ({"agent": "nobody"}, 0)],
)  # fmt: skip
def test_it_can_be_asked_for_a_part(wanted: dict[str, Any], count: int) -> None:
    assert len(whole(*story.sessions(), events=story.day(), **wanted)["items"]) == count


def test_what_is_left_out_is_said_and_counted() -> None:
    silent = Session("codex/a", "ana", [Event(USER, 1, text="no time")])
    found = whole(silent, *story.sessions(), events=story.day(), limit=20)
    assert found["cut"] == ["3 older events and turns are left out", "1 turns that tell no time are left out"]
    long = Session("codex/a", "ana", Writer().ask(0, "x" * 5000).found)
    assert "3500 more characters" in whole(long)["items"][0]["x"]


def test_texts_have_room_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_ALL", 2000)
    made = Writer()
    for number in range(20):
        made.ask(number, "word " * 200)
    _, cut = page.page(replay.gather([], [Session("codex/a", "ana", made.found)], Wanted()), title="x", made="now")
    assert cut == ("the texts of 18 events are shortened",)


def test_times_that_are_none_and_words_that_are_hostile_break_nothing() -> None:
    events = [Event(USER, 1, at="soon", text="a"), Event(USER, 2, at="2026-11-20T09:00:00Z", text=story.HOSTILE),
              Event(USER, 3, at="9999-99-99", text="\ud800")]  # fmt: skip
    made, _ = page.page(replay.gather([], [Session("codex/a", "ana", events)], Wanted()), title=story.HOSTILE, made="")
    assert made.count(b"</script>") == 2
    assert b"<img" not in made
    assert "\u202e".encode() not in made
    assert b"\x1b" not in made


def test_ten_thousand_are_shown_and_the_rest_is_said_to_be_there() -> None:
    many = [told(number / 60, f"a{number % 20}", "send", "send to b", To="b") for number in range(10_500)]
    found = whole(events=many)
    assert len(found["items"]) == 10_000
    assert found["cut"] == ["500 older events and turns are left out"]


def test_an_empty_project_makes_a_page_too(repo: Path) -> None:
    done = kit(repo, "replay", "--out", str(repo / "r.html"), "--json")
    assert done.json | {"bytes": 0, "file": ""} == {
        "file": "", "bytes": 0, "agents": 0, "turns": 0, "events": 0, "collisions": 0, "cut": [], "fetched": True,
        "broken": [],
    }  # fmt: skip
    assert data((repo / "r.html").read_bytes())["items"] == []


def test_the_command_writes_what_the_log_tells_and_replaces_nothing_unasked(repo: Path) -> None:
    kit(repo, "claim", "parser")
    kit(repo, "send", "ben", "hello", "--task", "parser")
    out = str(repo / "r.html")
    assert kit(repo, "replay", "--out", out, agent="").out == f"{out}: 1 agent, 0 turns, 2 events, 0 collisions\n"
    assert kit(repo, "replay", "--out", out, "--json").error["code"] == "exists"
    assert kit(repo, "replay", "--out", out, "--force", agent="ben").code == 0
    assert data((repo / "r.html").read_bytes())["items"] == []
    assert (
        kit(repo, "replay", "--out", out, "--force", "--session", "codex/none", "--json").error["code"] == "not_found"
    )
    assert kit(repo, "replay", "--out", out, "--since", "1h", "--until", "2h").code == 2


def test_sessions_that_are_mirrored_are_in_it_under_their_agent(repo: Path) -> None:
    kit(repo, "claim", "parser", agent="ana")
    writer = story_writer(repo)
    out = str(repo / "r.html")
    done = kit(repo, "replay", "--out", out, "--json", agent="")
    assert done.json | {"bytes": 0} == {
        "file": out, "bytes": 0, "agents": 1, "turns": 2, "events": 1, "collisions": 0, "cut": [], "fetched": True,
        "broken": [],
    }  # fmt: skip
    found = data((repo / "r.html").read_bytes())
    assert [(each["name"], each["note"]) for each in found["lanes"]] == [("ana", "claude-code")]
    turn = next(each for each in found["items"] if each["k"] == "turn")
    assert turn["s"] == "Write the parser"
    assert turn["where"] == f"kit:sessions/claude-code/{writer.session}#L1-L1"
    for words, turns in ((["--session", writer.session[:8]], 2), (["--until", "2026-11-20T09:00Z"], 0),
                         (["--since", "2026-11-20T10:30Z"], 1)):  # fmt: skip
        assert kit(repo, "replay", "--out", out, "--force", "--json", *words, agent="").json["turns"] == turns


def test_a_session_that_is_damaged_is_named_and_hides_no_other(repo: Path) -> None:
    writer = story_writer(repo)
    part = git(
        repo, "rev-parse", f"{writer.ref}:sessions/claude-code/{writer.session}/{writer.meta()['parts'][0]['name']}"
    )
    (repo / ".git" / "objects" / part[:2] / part[2:]).unlink()
    kit(repo, "send", "ben", "hello")
    done = kit(repo, "replay", "--out", str(repo / "r.html"), agent="")
    assert "0 turns, 1 event" in done.out
    assert writer.session in done.err


def story_writer(repo: Path) -> Transcript:
    writer = Transcript(repo)
    writer.say("Write the parser", timestamp="2026-11-20T10:00:00.000Z")
    writer.say("Now test it", timestamp="2026-11-20T11:00:00.000Z")
    assert kit(repo, "session", "mirror", "--session", writer.session).code == 0
    return writer
