"""Runs kit for tests: in this process where that is enough, as a process of its own where it must be real."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import pytest

from kit.cli import door
from kit.cli import kit as command
from tests.remotes.process import run

if TYPE_CHECKING:
    from pathlib import Path


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object of stdout."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """What --json says of a failure."""
        assert self.code == self.json["error"]["exit_code"]
        return self.json["error"]


def kit(folder: Path, *words: str, agent: str = "ana", **environment: str) -> Done:
    """Runs a command in the repository of `folder`, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    with (
        mock.patch.object(sys, "argv", ["kit", *_worded(folder, words, agent)]),
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        door.enter(command)
    return Done(int(ended.value.code or 0), _printed(out), _printed(err))


def _printed(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def kit_process(
    folder: Path, *words: str, agent: str = "ana", given: str = "", timeout: float = 60.0, **environment: str
) -> Done:
    """Runs a command as a process of its own; raises subprocess.TimeoutExpired after `timeout` seconds."""
    args = [sys.executable, "-m", "kit", *_worded(folder, words, agent)]
    env = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment
    done = run(args, env=env, given=given, timeout=timeout)
    return Done(done.returncode, done.stdout, done.stderr)


def _worded(folder: Path, words: tuple[str, ...], agent: str) -> list[str]:
    """Returns the words with --repo and --agent, before a `--` if there is one."""
    end = words.index("--") if "--" in words else len(words)
    options = [f"--repo={folder}", *([f"--agent={agent}"] if agent else [])]
    return [*words[:end], *options, *words[end:]]
