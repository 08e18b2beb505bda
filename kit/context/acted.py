"""What came of a policy for a thread; told, too, where nothing that takes steps is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.context.due import Verdict
    from kit.errors import KitError

NOT_DUE, NOTHING, DUE, REJECTED, FAILED = "not due", "nothing to do", "due", "rejected", "failed"
PROPOSED = "proposed"  # as kit.context.carry has it
#: What is nothing that anyone has to be told of after entries were added.
QUIET = (NOT_DUE, NOTHING, REJECTED)


class Acted(NamedTuple):
    """What came of a policy for a thread.

    `state` is not due, nothing to do, due (somebody has to), done, proposed, rejected (somebody has, when it was
    proposed), refused or failed; `said` is what the step does, `next` the command that goes on, `begun` the thread that
    was, `error` why it failed or was refused. A thread that cannot be read has no `policy`.
    """

    thread: str
    policy: str
    state: str
    verdict: Verdict
    said: str = ""
    next: str = ""
    commit: str = ""
    begun: str = ""
    proposal: str = ""
    is_known: bool = False
    error: KitError | None = None

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {
            "thread": self.thread, "policy": self.policy, "state": self.state, "why": list(self.verdict.why),
            "would" if self.state in (DUE, REJECTED, PROPOSED) else "did": self.said, "next": self.next or None,
            "commit": self.commit or None, "begun": self.begun or None, "proposal": self.proposal or None,
            "known": self.is_known,
            "error": {"code": self.error.code, "message": self.error.message} if self.error else None,
        }  # fmt: skip


def loud(found: Iterable[Acted]) -> list[Acted]:
    """Returns what somebody is to know after entries were added, in the order of the policies."""
    return sorted((each for each in found if each.state not in QUIET), key=lambda each: each.policy)
