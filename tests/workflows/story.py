"""A day of three agents, made up: what a replay is tried on, and what the picture in docs/replay.md shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.coordination.log import Event as Told
from kit.harnesses.event import ASSISTANT, CALL, RESULT, USER, Event
from kit.records import times
from kit.workflows.replay import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

START = times.seconds("2026-11-20T09:00:00Z")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><b>bold</b> {{data}} \u202egnp.exe \x1b[31m"


def told(minute: float, agent: str, event: str, subject: str, **notes: str) -> Told:
    shown = {name.replace("_", "-"): value for name, value in notes.items()}
    return Told(START + 60 * minute, agent, f"{agent}-1", event, subject, shown, "0" * 40)


def stamp(minute: float) -> str:
    return times.stamp(START + 60 * minute)


class Writer:
    """Writes the events of a session one after the other."""

    def __init__(self, cwd: str = "/work/shop") -> None:
        self.cwd, self.line, self.found = cwd, 0, list[Event]()

    def ask(self, minute: float, text: str) -> Writer:
        return self._add(Event(USER, self._next(), stamp(minute), text=text))

    def say(self, minute: float, text: str) -> Writer:
        return self._add(Event(ASSISTANT, self._next(), stamp(minute), text=text))

    def edit(self, minute: float, path: str, text: str = "x = 1\n", *, failed: bool = False) -> Writer:
        call = f"c{self.line}"
        given = {"file_path": f"{self.cwd}/{path}", "new_string": text}
        self._add(Event(CALL, self._next(), stamp(minute), tool="Edit", call=call, input=given,
                        files=(f"{self.cwd}/{path}",)))  # fmt: skip
        return self._add(Event(RESULT, self._next(), stamp(minute), call=call, is_error=failed, text="edited"))

    def shell(self, minute: float, command: str, status: int = 0, text: str = "") -> Writer:
        call = f"c{self.line}"
        self._add(Event(CALL, self._next(), stamp(minute), tool="Bash", call=call, input={"command": command}))
        return self._add(Event(RESULT, self._next(), stamp(minute + 0.3), call=call, exit_status=status, text=text))

    def _next(self) -> int:
        self.line += 1
        return self.line

    def _add(self, event: Event) -> Writer:
        self.found.append(event)
        return self


def day() -> list[Told]:
    return [
        told(0, "ana", "add", "add checkout: Take payments", Task="checkout"),
        told(1, "ana", "claim", "claim checkout: card payments first", Task="checkout", Epoch="1"),
        told(2, "ben", "claim", "claim search", Task="search", Epoch="1"),
        told(4, "cy", "claim", "claim docs", Task="docs", Epoch="1"),
        told(16, "ben", "send", "send to ana", To="ana", Task="checkout", Message="0193-1"),
        told(17.5, "ana", "send", "send to ben", To="ben", Task="checkout", Message="0193-2"),
        told(31, "ben", "complete", "complete search (done)", Task="search", State="done"),
        told(33, "ben", "set", "set build.target", Key="build.target"),
        told(47, "ben", "takeover", "take checkout over from ana: ana is silent", Task="checkout", From="ana/ana-1",
             Reason="ana is silent", Epoch="2"),
        told(52, "cy", "artifact", "put coverage.html", Artifact="coverage.html", Task="docs"),
        told(55, "cy", "complete", "complete docs (done)", Task="docs", State="done"),
        told(58, "ben", "send", "send to @all", To="@all"),
        told(240, "ana", "claim", "claim refunds", Task="refunds", Epoch="1"),
        told(262, "ben", "complete", "complete checkout (done)", Task="checkout", State="done"),
        told(271, "ana", "complete", "complete refunds (done)", Task="refunds", State="done"),
    ]  # fmt: skip


def sessions() -> list[Session]:
    ana = Writer().ask(1.5, "Card payments: charge through the gateway, and write the order only when it said yes")
    ana.shell(2, "pytest -q tests/test_order.py", 1, "2 failed").edit(5, "shop/order.py", "def charge(order):\n")
    ana.edit(7, "shop/gateway.py").shell(9, "pytest -q tests/test_order.py", 1, "1 failed").edit(10, "shop/order.py")
    ana.shell(12, "pytest -q").say(13, "Orders are charged once, and the tests pass.")
    ana.ask(14, "Now retries: a charge that timed out must not be made twice").edit(18, "shop/gateway.py")
    ana.edit(20.5, "shop/pricing.py", "RATE = 0.2\n", failed=True).edit(21, "shop/pricing.py", "RATE = 0.2\n")
    ana.shell(24, "pytest -q tests/test_retry.py", 1, "1 failed").say(26, "The gateway needs an idempotency key.")
    ana.ask(241, "Refunds: the same way back").edit(246, "shop/refund.py").shell(252, "pytest -q")
    ana.edit(258, "shop/order.py").shell(264, "pytest -q").say(268, "Refunds work, and are tested.")
    ben = Writer("/home/ben/shop").ask(2.5, "Search by price: from and to").edit(8, "shop/search.py")
    ben.shell(11, "pytest -q tests/test_search.py").edit(15, "shop/index.py").say(16, "Search knows prices.")
    ben.ask(19, "Prices with tax, please").edit(22, "shop/pricing.py", "RATE = 0.19\n").edit(25, "shop/search.py")
    ben.shell(27, "pytest -q", 1, "3 failed").edit(28, "shop/pricing.py", "RATE = 0.19\n").shell(30, "pytest -q")
    ben.say(30.5, "Prices are shown with tax.")
    ben.ask(48, "Take checkout over: ana has been silent for twenty minutes").edit(50, "shop/gateway.py")
    ben.shell(53, "pytest -q tests/test_retry.py").say(57, "Retries carry an idempotency key now.")
    ben.ask(243, "Finish checkout").edit(250, "shop/gateway.py").edit(255, "shop/order.py").shell(259, "pytest -q")
    ben.say(261, "Done: checkout charges once, whatever times out.")
    cy = Writer("/srv/shop").ask(5, "Write the page about payments").edit(12, "docs/payments.md")
    cy.edit(23, "docs/index.md").shell(35, "mkdocs build", 1, "broken link").edit(38, "docs/payments.md")
    cy.shell(44, "mkdocs build").say(50, "The page is there, and every link in it resolves.")
    return [
        Session("claude-code/0a0314fb", "ana", ana.found, ana.cwd),
        Session("codex/0193b5c1", "ben", ben.found, ben.cwd),
        Session("gemini/7c21", "cy", cy.found, cy.cwd),
    ]


def hostile() -> Iterator[Session]:
    made = Writer().ask(3, HOSTILE).edit(4, HOSTILE, HOSTILE).shell(5, HOSTILE, 1, HOSTILE).say(6, HOSTILE)
    yield Session(f"codex/{HOSTILE}", HOSTILE, made.found, made.cwd)
