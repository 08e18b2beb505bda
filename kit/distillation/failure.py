"""What a failing command said: the line that names the fault, and the names and codes of errors.

Each is found by the form that a known tool gives its lines; nothing is made up, and an output without such a line has
no message. Only the two ends of a long output are looked at.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kit.safety.text import without_sequences

HEAD, TAIL = 6_000, 24_000  # characters of an output that are looked at
_LINE = 500
_FEW = 12  # lines
_EXIT = re.compile(r"(?i)(?:exit code|exit status|command exited|process exited)\b.{0,60}$")

#: Lines that say by their form that something failed.
_FAILED = re.compile(
    r"^(?:"
    r"FAILED |ERROR (?!\d)|E   |=+ .*\b\d+ (?:failed|errors?)\b|\d+ (?:failed|errors?),? |=+ ERRORS =+"  # pytest
    r"|Traceback \(most recent"
    r"|--- FAIL|FAIL\b|panic: |error(?:\[E\d{4}\])?: |test result: FAILED|\[[\w:.-]+\] ERROR "  # go, cargo, mise
    r"|(?:npm|pnpm|yarn) (?:ERR!|error)|npm error|make(?:\[\d+\])?: \*\*\* | ?ELIFECYCLE|error Command failed"
    r"|Tests:[ \t]+(?:\d+ \w+, )*\d+ failed| *Tests? +(?:Files +)?\d+ failed|Test Suites: \d+ failed|\u00d7 |\u2715 "
    r"|Found [1-9]\d* errors?|\u2716 \d+ problems? \((?!0)|fatal: |! \[(?:remote )?rejected\]|error: |ERROR: |Error: "
    r"|BUILD FAILED"
    r"|\S+\(\d+,\d+\): error |\S+:\d+:\d+ - error |Build FAILED|Failed to compile"
    r"|[A-Za-z_][\w.]*(?:Error|Exception)(?::|$))",
    re.MULTILINE,
)
_PASSED = re.compile(
    r"^(?:=+ .*\b\d+ passed\b.*|\d+ passed\b.*|ok  ?\t\S.*|ok[ \t]+\S+[ \t]+[\d.(]\S*.*|PASS\b.*|--- PASS.*"
    r"|test result: ok.*"
    r"|Tests: +\d+ passed.*|Tests:[ \t]+.*\b\d+ passed, \d+ total.*| *Tests +\d+ passed.*|All checks passed!.*"
    r"|Success: no issues.*|Found 0 errors.*|\d+ examples?, 0 failures.*|OK \(\d+ tests?.*|OK$|BUILD SUCCESS.*"
    r"|Successfully (?:installed|built).*|Build succeeded.*|[ \t]*Finished .*|added \d+ packages.*|\u2713 .*|\u2714 .*"
    r"|.*\bcompiled successfully.*|0 errors.*|found 0 vulnerabilities.*|.*\ball tests? pass(?:ed)?\b.*)$",
    re.MULTILINE | re.IGNORECASE,
)
# The line that says what is wrong, best first.
_MESSAGES = tuple(re.compile(pattern, re.MULTILINE) for pattern in (
    r"^E   +(?P<m>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Timeout|Failed)\b.{0,300})$",
    r"^(?P<m>error\[E\d{4}\]: .{1,300})$",
    r"^\S+\(\d+,\d+\): (?P<m>error TS\d+: .{1,300})$",
    r"^\S+:\d+:\d+ - (?P<m>error TS\d+: .{1,300})$",
    r"^(?:panic: )(?P<m>.{1,300})$",
    r"^(?P<m>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b: .{1,300})$",
    r"^ *(?P<m>(?:[A-Z]\w*)?Error(?: \[\w+\])?: .{1,300})$",
    r"^(?P<m>[A-Za-z_][\w.]*(?:Error|Exception))$",
    r"^(?:npm|pnpm|yarn) (?:ERR!|error) (?P<m>E[A-Z]{4,20} .{8,200})$",
    r"^(?:npm|pnpm|yarn) (?:ERR!|error) (?P<m>code E[A-Z]+.{0,100})$",
    r"^(?P<m>(?:\S+\.(?:go|c|cc|cpp|h|hpp|swift|java|kt|rs|zig|scala)):\d+(?::\d+)?:? .{4,300})$",
    r"^(?P<m>\S+\.\w{1,4}:\d+(?::\d+)?: (?:error|fatal|warning|note)?:? ?.{4,300})$",
    r"^ +\S+\.go:\d+: (?P<m>.{4,300})$",
    r"^(?P<m>fatal: .{1,300})$", r"^ ?(?P<m>! \[(?:remote )?rejected\].{0,300})$", r"^(?P<m>remote: error: .{1,300})$",
    r"^(?:ERROR|error|Error): (?P<m>.{4,300})$",
    r"^make(?:\[\d+\])?: (?P<m>\*\*\* .{4,300})$",
    r"^(?:E   +|> +)?(?P<m>assert .{1,300})$", r"^E   +(?P<m>.{4,300})$",
    r"^ *\u25cf (?P<m>.{4,200})$", r"^FAILED \S+ - (?P<m>.{4,300})$", r"^--- FAIL: (?P<m>\S+)", r"^FAILED (?P<m>\S+)",
    r"^(?P<m>.{0,120}\b(?:command not found|No such file or directory|Permission denied|not found|undefined|cannot |"
    r"Cannot |refused|timed out|unexpected ).{0,200})$",
))  # fmt: skip
_NAME = re.compile(
    r"\b(?:[a-z_]\w{0,40}\.){0,4}([A-Z][A-Za-z0-9]{1,60}(?:Error|Exception|Warning|Failure|Interrupt))\b"
)
_CODE = re.compile(r"\b(TS\d{4,5}|E0\d{3}|E(?:ADDRINUSE|ACCES|CONN[A-Z]{3,10}|NOENT|EXIST|RESOLVE|PERM|MFILE|NOTFOUND"
                   r"|PIPE|TIMEDOUT|BUSY|INTEGRITY|LIFECYCLE|TARGET|NOSPC|XDEV|404|401|403)|ERR_[A-Z_]{3,50}"
                   r"|SQLSTATE[\[ ]?\w{5}|CS\d{4}|C\d{4}|SC\d{4})\b")  # fmt: skip
_ASSERTION = re.compile(r"^(?:E   +|> +)?assert ", re.MULTILINE)
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[~.\w-]*[\\/])+")
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f]{7,64}\b|\d+")


class Failure(NamedTuple):
    """What a failing command said.

    `message` is one line as it stands in the output, "" when no line tells; `signature` the same without what changes
    from run to run; `errors` are names and codes, in order.
    """

    message: str
    signature: str
    errors: tuple[str, ...]


def ends(text: str) -> str:
    """Returns what of an output is looked at, without the colours of a terminal."""
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + "\n" + text[-TAIL:]
    text = without_sequences(text).replace("\r\n", "\n").replace("\r", "\n")
    if max(map(len, text.split("\n")), default=0) > _LINE:
        text = "\n".join(line[:_LINE] for line in text.split("\n"))
    return text


def says_failed(text: str) -> bool:
    """Says whether an output (its ends) has a line that only a failure has."""
    return _FAILED.search(text) is not None


def passed(text: str) -> str:
    """Returns the last line of an output that says that all is well, "" when none does."""
    last = ""
    for found in _PASSED.finditer(text):
        last = found[0].strip()
    return last


def read(text: str) -> Failure:
    """Returns what a failing output (its ends) says."""
    message = ""
    for pattern in _MESSAGES:
        if found := pattern.search(text):
            message = found["m"].strip()
            break
    if not message:
        message = _last_of_few(text)
    names = [each[1] for each in _NAME.finditer(text)]
    near = [each[1] for each in _NAME.finditer(message)] + [each[1] for each in _CODE.finditer(message)]
    told = list(dict.fromkeys([*near, *(each[1] for each in _CODE.finditer(text)), *names]))
    if not told and _ASSERTION.search(text):
        told = ["AssertionError"]
    # Of a long output only what stands near the message is surely this failure's.
    errors = tuple(near[:3] or told[:2])
    return Failure(message, signature(message) if message else " ".join(told[:2]), errors)


def _last_of_few(text: str) -> str:
    """Returns the last line of a short output: what a program says that says little else."""
    lines = [line.strip() for line in text.split("\n") if line.strip() and not _EXIT.match(line.strip())]
    told = lines[-1] if 0 < len(lines) <= _FEW else ""
    return told if len(told.split()) >= 3 and len(told) <= 200 and not passed(told) else ""


def signature(message: str) -> str:
    """Returns a message without paths, numbers and ids: equal for the same failure in another run."""
    text = _PATH.sub("", message)
    return " ".join(_NUMBER.sub("#", text).split()).lower()[:200]
