"""What was run: the commands in a line of shell, without what does not change what they check.

No shell is reimplemented: quotes, pipes and lists are told apart, everything else stays as it was written.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_LINE = 4000  # characters of one line of shell that are looked at
_NAMES = ("command", "cmd", "script", "shell_command")
_SHELLS = {"bash", "sh", "zsh", "dash", "fish", "pwsh", "powershell"}
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_REDIRECTED = re.compile(r"\d?(?:>>?|<)&?\d?|&>>?")
_WRAPPERS = {"sudo": 0, "time": 0, "nohup": 0, "env": 0, "command": 0, "exec": 0, "timeout": 1, "nice": 0, "stdbuf": 1,
             "xvfb-run": 0, "gtimeout": 1}  # fmt: skip
_RUNS = (("poetry", "run"), ("uv", "run"), ("pipenv", "run"), ("hatch", "run"), ("pdm", "run"), ("rye", "run"),
         ("bundle", "exec"), ("pnpm", "exec"), ("npm", "exec"), ("yarn", "exec"), ("pnpm", "dlx"), ("npx",),
         ("bunx",))  # fmt: skip
_FILTERS = {"tail", "head", "grep", "tee", "cat", "sed", "less", "wc", "sort", "awk", "cut", "uniq", "rg"}


class Command(NamedTuple):
    """One command: its words without wrappers, `setting` the assignments before it, `folder` where it was told to run.

    `is_masked` says that its exit status is not that of the line: it is piped, or followed by `||` or `;`.
    """

    words: tuple[str, ...]
    setting: tuple[str, ...] = ()
    is_masked: bool = False
    folder: str = ""

    @property
    def text(self) -> str:
        """The command as a person would write it."""
        return " ".join(_quoted(word) for word in (*self.setting, *self.words))


def line_of(given: Mapping[str, object] | str) -> str:
    """Returns the line of shell that a tool was called with, "" when it was called with none."""
    if isinstance(given, str):
        if not given.lstrip().startswith("{"):
            return ""
        try:
            given = json.loads(given[:1_000_000])
        except (ValueError, RecursionError):
            return ""
        if not isinstance(given, dict):
            return ""
    for name in _NAMES:
        value = given.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            words = [str(word) for word in value]
            is_shell = words[0].rpartition("/")[2] in _SHELLS and len(words) > 2 and words[1].startswith("-")
            return words[2] if is_shell else " ".join(_quoted(word) for word in words)
    return ""


def commands(line: str) -> list[Command]:
    """Returns the commands of a line in order; `cd`, and filters at the end of a pipe, are left out."""
    found: list[Command] = []
    folder = ""
    for text, after in _pieces(line[:MAX_LINE]):
        words = _words(text)
        setting: list[str] = []
        while words and _ASSIGNED.match(words[0]):
            setting.append(words.pop(0))
        words, more = _unwrapped(words)
        if words[:1] == ["cd"] and len(words) == 2:
            folder = words[1].rstrip("/")
        if not words or words[0] in ("cd", "pushd", "popd", "set", "export", "source", ".", "true", ":", "echo"):
            continue
        is_filter = words[0] in _FILTERS
        if is_filter and found and found[-1].is_masked:
            continue
        found.append(Command(tuple(words), (*setting, *more), is_masked=after in ("|", "||", ";"), folder=folder))
    return found


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """Yields the parts of a line between operators, and the operator after each; a here-document is left out."""
    start, at, quote, size = 0, 0, "", len(line)
    while at < size:
        sign = line[at]
        if quote:
            if sign == "\\" and quote == '"':
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in "'\"":
            quote = sign
        elif sign == "\\":
            at += 1
        elif sign == "<" and line.startswith("<<", at) and not line.startswith("<<<", at):
            yield line[start:at], ""
            return
        elif sign in "|;\n" or (sign == "&" and line.startswith("&&", at)):
            double = line[at : at + 2]
            operator = double if double in ("&&", "||") else ";" if sign in ";\n" else sign
            if line[start:at].strip():
                is_last = not line[at:].strip(";\n \t")
                yield line[start:at], "" if is_last else operator
            at += len(operator)
            start = at
            continue
        at += 1
    if line[start:].strip():
        yield line[start:], ""


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    kept: list[str] = []
    skips = False
    for word in words:
        if skips:
            skips = False
        elif _REDIRECTED.fullmatch(word):
            skips = not re.search(r"&\d$", word)
        elif not (_REDIRECTED.match(word) and word[0] in "012&><"):
            kept.append(word)
    return kept


def _unwrapped(words: list[str]) -> tuple[list[str], list[str]]:
    """Returns the words of the command that runs in the end, and the assignments on the way (`env A=1 pytest`)."""
    setting: list[str] = []
    for _ in range(6):
        if not words:
            break
        name = words[0].strip("()").rpartition("/")[2] if words[0].startswith(("/usr", "/bin", "(")) else words[0]
        if name in _WRAPPERS:
            rest = words[1:]
            while rest and rest[0].startswith("-"):
                rest = rest[1:]
            words = rest[_WRAPPERS[name] :]
            while words and _ASSIGNED.match(words[0]):
                setting.append(words[0])
                words = words[1:]
        elif run := next((each for each in _RUNS if tuple(words[: len(each)]) == each), None):
            words = words[len(run) :]
            while words and words[0].startswith("-"):
                words = words[1:]
        elif re.fullmatch(r"(?:\S*/)?python[\d.]*", words[0]) and words[1:2] == ["-m"] and len(words) > 2:
            words = words[2:]
        elif "/bin/" in words[0] and re.search(r"(?:venv|node_modules/\.bin|env)/", words[0]):
            words = [words[0].rpartition("/")[2], *words[1:]]
        else:
            break
    return words, setting


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./\-\[\]*?~^]+", word) else shlex.quote(word)
