"""Failures, each with its own code and exit status.

A failure is raised where the fault is known and printed at one door (`kit.cli.door`); what a
check finds is not a failure but a value (`kit.records.finding`).
"""

from __future__ import annotations

from typing import Any, ClassVar


class KitError(Exception):
    """A command cannot do what it was asked; `hint` says what to do next.

    `code` is the stable JSON name of the fault, `exit_code` the process status (docs/exit-codes.md),
    `details` goes into the JSON error as further keys.
    """

    code: str = "error"
    exit_code: ClassVar[int] = 3
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "",
        retryable: bool | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.code
        self.retryable = self.retryable if retryable is None else retryable
        self.details = details


class UsageError(KitError):
    """The words of the command are off."""

    code = "usage"
    exit_code = 2


class NotFound(KitError):
    """What was named does not exist."""

    code = "not_found"
    exit_code = 4


class InvalidInput(KitError):
    """A value or a file is not what it must be."""

    code = "invalid"
    exit_code = 5


class NotWritten(KitError):
    """The disk is full, or may not be written to."""

    code = "not_written"
    exit_code = 5


class Taken(KitError):
    """Someone else holds it, or it changed under you."""

    code = "taken"
    exit_code = 6
    retryable = True


class Blocked(KitError):
    """A gate, a guard, a policy or a dependency says no."""

    code = "blocked"
    exit_code = 7


class RemoteFailed(KitError):
    """The remote cannot be reached, or refuses."""

    code = "remote"
    exit_code = 8
    retryable = True


class TimedOut(KitError):
    """What was waited for did not happen in time."""

    code = "timeout"
    exit_code = 9
    retryable = True


class Unknown(KitError):
    """It was sent, and the answer could not be read; running it again is safe."""

    code = "unknown"
    exit_code = 10
    retryable = True
