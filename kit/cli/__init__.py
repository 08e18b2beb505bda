"""The roof: commands parse their words, call one function and print what it returns.

Only the module of the command that runs is imported: a command is mostly start-up, and `kit --help` must cost no
more than click itself.
"""

from __future__ import annotations

from typing import NamedTuple

import click

from kit import __version__
from kit.cli.verbs import Verbs


class Entry(NamedTuple):
    """Where a command is defined (its module's `command`) and what `kit --help` says of it."""

    module: str
    help: str


SECTIONS: dict[str, dict[str, Entry]] = {
    "Start": {
        "init": Entry("init", "Make a repository a knowledge repository"),
        "demo": Entry("demo", "Play the whole loop on a real remote, in a temporary folder"),
        "completion": Entry("completion", "Print the shell completion script"),
    },
    "Work together": {
        "claim": Entry("claim", "Take tasks, so that nobody else works on them"),
        "renew": Entry("renew", "Extend a claim"),
        "release": Entry("release", "Give a claim back"),
        "complete": Entry("complete", "Finish a task and hand it over"),
        "wait": Entry("wait", "Wait until tasks are done"),
        "tasks": Entry("tasks", "List tasks: ready, mine, stale, all"),
        "task": Entry("task", "Add a task, show one with its whole story"),
        "check-paths": Entry("check_paths", "Name who has reserved the files you touched"),
        "send": Entry("send", "Send a message to an agent or to @all"),
        "inbox": Entry("inbox", "Read and acknowledge messages"),
        "memory": Entry("memory", "Share values under dotted keys, every version kept"),
        "artifact": Entry("artifact", "Share files, checksums verified"),
        "agents": Entry("agents", "Show who is here and what they work on"),
        "status": Entry("status", "Show everything on one screen"),
        "log": Entry("log", "List every coordination event in order"),
        "sync": Entry("sync", "Fetch live state, push what waits, refresh .kit/live"),
        "gc": Entry("gc", "Fold finished tasks, read mail and silent agents away"),
    },
    "Remember": {
        "session": Entry("session", "Mirror transcripts of harnesses, redacted; list, show and search them"),
        "context": Entry("context", "Keep an agent's context as commits: branch, compare, compile"),
        "distill": Entry("distill", "Write down what a session solved, as candidates for review"),
        "trace": Entry("trace", "Say which session, turn and decision are behind a line or a commit"),
        "replay": Entry("replay", "Write what happened as one page: a lane for each agent"),
        "purge": Entry("purge", "Take a leaked secret, or a whole session, out of the live plane"),
    },
    "Know": {
        "recall": Entry("recall", "Find the reviewed records that answer a question"),
        "outcome": Entry("outcome", "Say whether a recalled record helped"),
        "index": Entry("index", "Look at, rebuild or drop the search index"),
        "new": Entry("new", "Write a new record from its template"),
        "show": Entry("show", "Print a record"),
        "list": Entry("list", "List records"),
        "types": Entry("types", "List the record types"),
        "schema": Entry("schema", "Print the JSON Schema of a type"),
        "fmt": Entry("fmt", "Write records in canonical form"),
        "mv": Entry("mv", "Rename a record and every link to it"),
        "validate": Entry("validate", "Check records, links and secrets"),
        "redact": Entry("redact", "Take secrets out of a file or a stream, or check for them"),
    },
    "Review": {
        "gate": Entry("gate", "Run the gates over a candidate, or list them"),
        "promote": Entry("promote", "Propose a candidate: its gates, its branch, its pull request"),
        "review": Entry("review", "Decide about what is proposed: list, show, approve, reject"),
    },
}
COMMANDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


@click.group(
    cls=Verbs,
    table={name: (entry.module, "command", entry.help) for name, entry in COMMANDS.items()},
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command takes --json, --repo DIR and --agent NAME. Try: kit demo, kit COMMAND --help",
)
@click.version_option(__version__, prog_name="kit")
def kit() -> None:
    """The shared memory and meeting place of a team of coding agents, kept in git and nothing else."""


def main() -> None:
    """Runs the command line of this process; the one place where failures are caught and printed."""
    from kit.cli import door

    door.enter(kit)
