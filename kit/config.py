"""`kit.toml`: every key it may hold is declared here once, with its type, default and meaning.

docs/configuration.md is made from this table and tested against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.setting import Key, Value, checked, nearest, written

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "kit.toml"
FORMAT = 1
MAX_BYTES = 1 << 18
#: What transforms a thread of context, and who decides about a step that nobody typed, the strictest first.
OPERATIONS = ("compress", "merge", "rebase", "pick", "branch", "pin", "collapse")
LEVELS = ("manual", "collaborative", "autonomous")

KEYS = (
    Key("format", "integer", FORMAT, "The format of this repository; a newer one than kit knows is refused."),
    Key("root", "folder", "", "The folder of the repository that holds the knowledge; empty means its top."),
    Key("agent", "slug", "", "The agent's name where neither --agent nor KIT_AGENT gives one."),
    Key("live.remote", "slug", "origin", "The remote that decides who holds what; where there is none of this name,"
        " the repository itself decides."),
    Key("live.prefix", "ref", "refs/kit", "Where live state stands on the remote; `refs/heads/kit` for hosts that"
        " refuse other refs."),
    Key("live.timeout", "duration", 30.0, "How long one exchange with the remote may take."),
    Key("review.branch", "ref", "", "The branch whose records are recalled; empty means the remote's default branch."),
    Key("review.approvers", "texts", (), "Who may approve, as in `human:ana`; empty means all of `review.people`."),
    Key("review.people", "tables", (), "The people who review: `id`, the `email` of their commits, the `key` they sign"
        " with, and their `login` at the forge where it is not the id.", ("id", "email", "key?", "login?")),
    Key("review.importers", "texts", (), "The e-mail addresses of the commits that may carry approvals over from the"
        " forge, as those of a CI job."),
    Key("review.signed", "switch", False, "Whether an approval counts only in a commit that its person has signed."),
    Key("sessions.push", "switch", False, "Whether sessions leave this machine: who can read the remote reads them."),
    Key("sessions.remote", "slug", "", "The remote that sessions are pushed to; empty means `live.remote`."),
    Key("sessions.max_part", "size", 1_000_000, "How large one part of a session may grow, in bytes."),
    Key("sessions.max_session", "size", 500_000_000, "How much of one session is kept, in bytes."),
    Key("sessions.interval", "duration", 5.0, "How often kit session mirror --follow commits at most."),
    Key("redaction.rules", "tables", (), "The project's own secrets: a `kind`, a `pattern` (a regular expression) and"
        " optionally a `keyword` that must be near.", ("kind", "pattern", "keyword?")),
    Key("redaction.allow", "texts", (), "Texts that are no secrets here, whatever the rules say."),
    Key("model.command", "texts", (), "The program, with its arguments, that is given a prompt and answers in JSON."),
    Key("model.url", "text", "", "The address of an OpenAI-compatible service, for example http://localhost:8080/v1."),
    Key("model.name", "text", "", "The model that is asked there."),
    Key("model.key", "text", "", "The environment variable that holds the key for it."),
    Key("model.timeout", "duration", 120.0, "How long one answer of a model may take."),
    Key("claims.ttl", "duration", 1800.0, "How long a claim lasts unless it is renewed."),
    Key("claims.max_ttl", "duration", 86400.0, "The longest --ttl a claim may ask for."),
    Key("claims.skew", "duration", 120.0, "How far clocks may differ: an expired claim is taken only after this long."),
    Key("artifacts.max_size", "size", 10_000_000, "The largest artifact, in bytes."),
    Key("recall.budget", "integer", 2000, "How many tokens an answer of kit recall may have."),
    Key("context.autonomy", "choice", "collaborative", "Who decides about a step of a thread that nobody typed:"
        " `manual` (it is not done), `collaborative` (proposed first) or `autonomous` (done).", choices={"": LEVELS}),
    Key("context.operations", "tables", (), "The same for one operation: its `name` and its `autonomy`; of two the"
        " stricter.", ("name", "autonomy"), {"name": OPERATIONS, "autonomy": LEVELS}),
    Key("context.intercept", "tables", (), "Programs that have a say in an `operation` (or in `all`), `when` it is"
        " before, during or after; `run` is the program with its arguments.", ("operation", "when", "run"),
        {"operation": ("all", *OPERATIONS), "when": ("before", "during", "after")}),
    Key("context.patience", "duration", 30.0, "How long such a program may take."),
    Key("gc.finished", "integer", 200, "How many finished tasks may stand before kit sync folds them away."),
    Key("gc.keep", "duration", 7 * 86400.0, "How long read mail and silent agents are kept before they are folded."),
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The settings of one repository; read them by their dotted names."""

    values: dict[str, Value]

    def text(self, name: str) -> str:
        return str(self.values[name])

    def number(self, name: str) -> float:
        value = self.values[name]
        assert isinstance(value, int | float)  # noqa: S101 - the table of keys says so
        return float(value)

    def is_on(self, name: str) -> bool:
        return bool(self.values[name])

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(each for each in self._many(name) if isinstance(each, str))

    def tables(self, name: str) -> tuple[dict[str, str], ...]:
        return tuple(each for each in self._many(name) if isinstance(each, dict))

    def _many(self, name: str) -> tuple[str, ...] | tuple[dict[str, str], ...]:
        value = self.values[name]
        assert isinstance(value, tuple)  # noqa: S101 - the table of keys says so
        return value


class Problem(NamedTuple):
    """What is wrong with a line of kit.toml."""

    line: int
    message: str
    fix: str


def defaults() -> Config:
    """Returns the settings of a repository without `kit.toml`."""
    return Config({key.name: key.default for key in KEYS})


def parse(data: bytes) -> Config:
    """Returns the settings in `data`. Raises InvalidInput for the first of its problems."""
    config, problems = read(data)
    if problems:
        first = problems[0]
        raise InvalidInput(
            f"{FILE}:{first.line}: {first.message}", hint=first.fix, code="invalid_config", line=first.line
        )
    return config


def read(data: bytes) -> tuple[Config, list[Problem]]:
    """Returns the settings in `data` (defaults where a line is wrong) and all that is wrong with it."""
    import tomllib

    if len(data) > MAX_BYTES:
        return defaults(), [Problem(1, f"has more than {MAX_BYTES} bytes", "make it shorter")]
    try:
        text = data.decode("utf-8")
        tables = _flattened(tomllib.loads(text))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return defaults(), [Problem(line, "is not UTF-8", "save the file as UTF-8")]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        return defaults(), [Problem(int(found[1]) if found else 1, str(error), "write valid TOML")]
    known = {key.name: key for key in KEYS}
    values = defaults().values
    problems: list[Problem] = []
    for name, value in tables:
        key = known.get(name)
        try:
            if key is None:
                raise ValueError(f"unknown key {name!r}", nearest(name, list(known)))
            values[name] = checked(key, value)
            if name == "format" and Config(values).number(name) > FORMAT:
                raise ValueError(f"format = {value} is newer than this kit knows ({FORMAT})", "install a newer kit")
        except ValueError as error:
            message, fix, *table = error.args
            problems.append(Problem(line_of(text, name, *table), message, fix))
    newer = [problem for problem in problems if problem.message.startswith("format = ")]  # explains all the others
    return Config(values), newer or sorted(problems)


def file(values: Mapping[str, Value]) -> str:
    """Returns a new kit.toml: every key with its meaning, and active only where `values` gives another value."""
    lines = ["# The settings of kit for this repository. A key that is commented out shows its default.", ""]
    table = ""
    for key in KEYS:
        *above, name = key.name.split(".")
        if above and above[0] != table:
            table = above[0]
            lines += [f"[{table}]", ""]
        value = values.get(key.name, key.default)
        is_default = value == key.default and key.name != "format"
        lines += [f"# {key.meaning}", f"{'# ' * is_default}{name} = {written(key, value)}", ""]
    return "\n".join(lines[:-1]) + "\n"


def _flattened(table: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in table.items():
        found += _flattened(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return found


def line_of(text: str, name: str, table: int = 0) -> int:
    """Returns the line on which a dotted key stands, or so many of the tables of its name (tomllib keeps no lines)."""
    *above, key = name.split(".")
    here: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            here = [part.strip().strip("\"'") for part in header[1].split(".")]
            table -= here == [*above, key]
            if table < 0:
                return number
        elif assigned := re.match(r"\s*([^=#]+?)\s*=", line):
            full = [*here, *(part.strip().strip("\"'") for part in assigned[1].split("."))]
            if full in ([*above, key], above):
                return number
    return 1
