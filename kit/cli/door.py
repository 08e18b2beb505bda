"""The one door: failures become a message, a JSON object and an exit status; a defect becomes a report file."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

import click

from kit.errors import KitError, NotWritten, UsageError

INTERRUPTED = 130
_DISK = (
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG, errno.EMFILE,
    errno.ENFILE, errno.ELOOP, errno.ENAMETOOLONG,
)  # fmt: skip


def enter(command: click.Command) -> NoReturn:
    """Runs `command` with the words of this process and ends the process with its exit status."""
    words = sys.argv[1:]
    as_json = "--json" in (words[: words.index("--")] if "--" in words else words)
    try:
        status = command.main(standalone_mode=False, prog_name="kit")
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=bool(words))
        status = UsageError.exit_code if words else 0
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"{context.command_path} --help shows how" if context else "kit --help shows how"
        status = _print(UsageError(error.format_message(), hint=hint), as_json=as_json)
    except KitError as error:
        status = _print(error, as_json=as_json)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        status = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:  # noqa: BLE001 - a defect: say where its report lies, never a bare traceback
        status = _print(_of_the_disk(error) or _defect(error), as_json=as_json)
    sys.exit(status if isinstance(status, int) else 0)


def _print(error: KitError, *, as_json: bool) -> int:
    from kit.cli import output

    if as_json:
        output.write_json(
            {
                "error": {
                    "code": error.code,
                    "message": error.message,
                    "hint": error.hint,
                    "retryable": error.retryable,
                    "exit_code": error.exit_code,
                    **error.details,
                }
            }
        )
    else:
        from kit.safety.text import printable

        # Both can quote a record, a schema or a file's name.
        output.talk(f"{output.paint('error:', 'red')} {printable(error.message)}")
        if error.hint:
            output.talk(f"{output.paint('hint:', 'cyan')} {printable(error.hint)}")
    return error.exit_code


def _of_the_disk(error: Exception) -> KitError | None:
    """Returns the failure for what the disk or its rights do not allow, None for any other."""
    if not isinstance(error, OSError) or error.errno not in _DISK:
        return None
    return NotWritten(str(error), hint="is the disk full, or may it not be written to?")


def _defect(error: Exception) -> KitError:
    """Writes what a developer needs (versions, arguments' number, traceback; no environment) and names the file."""
    import platform
    import tempfile
    import traceback

    from kit import __version__

    lines = [
        f"kit {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {' '.join(sys.argv[1:2])} ({len(sys.argv) - 1} words)",
        "".join(traceback.format_exception(error)),
    ]
    try:
        with tempfile.NamedTemporaryFile("w", prefix="kit-report-", suffix=".txt", delete=False) as file:
            file.write("\n".join(lines))
        where = file.name
    except OSError as fault:
        where = f"nowhere ({fault.strerror})"
    return KitError(
        f"kit itself failed: {type(error).__name__}: {error}",
        hint=f"please report it with this file: {where}",
        code="defect",
        report=where,
    )
