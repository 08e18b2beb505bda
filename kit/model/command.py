"""Runs a program that kit.toml names, gives it a prompt on standard input and reads its answer.

Beside `store/git.py` the one place that runs a program: no shell, a deadline for all of it, an answer of bounded size,
and its children end with it. A program is found by its whole path or on PATH, never in the repository.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from typing import IO, TYPE_CHECKING

from kit.errors import KitError, TimedOut
from kit.process import kill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SAID = 4096  # bytes of standard error that are kept for the message


class ModelFailed(KitError):
    """A model, or another program of kit.toml, could not be asked, or what it answered is no answer."""

    code = "model"
    exit_code = 5


def ask(
    words: Sequence[str],
    prompt: str,
    *,
    seconds: float,
    limit: int,
    environment: Mapping[str, str],
    folder: Path,
    setting: str = "model.command",
) -> str:
    """Returns what the program printed, UTF-8 and at most `limit` bytes; `setting` is the key that names it.

    It runs in `folder`, with the environment but for git's own variables. Raises TimedOut after `seconds`, ModelFailed
    when it cannot be started, ends with another status than 0, or prints too much or no UTF-8.
    """
    program = _find(words[0], environment, setting)
    surroundings = {name: value for name, value in environment.items() if not name.startswith("GIT_")}
    try:
        process = subprocess.Popen(
            [program, *words[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=surroundings, cwd=folder, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ModelFailed(f"{program} could not be started: {error.strerror}", hint=f"look at {setting}") from None
    assert process.stdin  # noqa: S101 - all three are pipes
    assert process.stdout  # noqa: S101
    assert process.stderr  # noqa: S101
    heard = _Heard(process.stdout, limit)
    complained = _Heard(process.stderr, _SAID, is_kept_short=True)
    told = threading.Thread(target=_tell, args=(process.stdin, prompt.encode("utf-8", "replace")), daemon=True)
    told.start()
    try:
        heard.thread.join(seconds)
        if heard.is_too_much:
            raise ModelFailed(f"{words[0]} printed more than {limit} bytes", hint=f"look at {setting}")
        if heard.thread.is_alive():
            raise _late(words[0], seconds)
        try:
            process.wait(timeout=min(seconds, 10.0))  # it has closed its output, so it is about to end
        except subprocess.TimeoutExpired:
            raise _late(words[0], seconds) from None
        complained.thread.join(1.0)  # a child of it may hold the pipe for ever
    finally:
        kill(process)
    if process.returncode:
        said = bytes(complained.data).decode("utf-8", "replace").strip().splitlines()
        raise ModelFailed(
            f"{words[0]} ended with status {process.returncode}" + (f": {said[-1][:200]}" if said else ""),
            hint="run it by hand with a prompt on its standard input",
        )
    try:
        return bytes(heard.data).decode("utf-8")
    except UnicodeDecodeError:
        raise ModelFailed(f"what {words[0]} printed is not UTF-8", hint=f"look at {setting}") from None


def name_of(word: str) -> str:
    """Returns how records name a program: the last part of its path."""
    return plain(word.replace("\\", "/").rpartition("/")[2])


def plain(name: str) -> str:
    """Returns a name in plain letters, at most 60 of them."""
    kept = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in name)[:60]
    return kept.strip("._-") or "model"


class _Heard:
    """Reads a pipe in a thread of its own, up to a limit; `is_kept_short` reads on and forgets the rest."""

    def __init__(self, pipe: IO[bytes], limit: int, *, is_kept_short: bool = False) -> None:
        self.data = bytearray()
        self.is_too_much = False
        self._pipe, self._limit, self._is_kept_short = pipe, limit, is_kept_short
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed under us: the program was ended
            while piece := os.read(self._pipe.fileno(), 1 << 16):
                room = self._limit - len(self.data)
                self.data += piece[:room]
                if len(piece) > room and not self._is_kept_short:
                    self.is_too_much = True
                    return


def _tell(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):  # it need not read all of it
        pipe.write(data)
    with contextlib.suppress(OSError, ValueError):
        pipe.close()


def _find(word: str, environment: Mapping[str, str], setting: str) -> str:
    """Returns the path of a program. Raises ModelFailed for one that is neither on PATH nor given by its whole path.

    What stands in the repository can be changed by whoever can push to it, long after its name was trusted.
    """
    if os.path.isabs(word):  # noqa: PTH117 - it may be one of Windows
        return word
    if os.sep in word or "/" in word:
        raise ModelFailed(f"{word!r} is a path from here", hint="write its whole path, or a name that is on PATH")
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        place = os.path.join(folder, word)  # noqa: PTH118
        if os.path.isabs(folder) and os.path.isfile(place) and os.access(place, os.X_OK):  # noqa: PTH117, PTH113
            return place
    raise ModelFailed(f"the program {word!r} was not found", hint=f"install it, or look at {setting} in kit.toml")


def _late(word: str, seconds: float) -> TimedOut:
    return TimedOut(f"{word} did not answer within {seconds:g} s", hint="give it longer: [model] timeout in kit.toml")
