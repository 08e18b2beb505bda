"""`kit context`: an agent's context as commits; a module for each verb, and only the one that runs is imported."""

from __future__ import annotations

from kit.cli.verbs import Verbs

VERBS = {
    "new": ("context.new", "Begin a thread, empty or from another"),
    "add": ("context.add", "Add entries"),
    "log": ("context.log", "List the commits of a thread"),
    "show": ("context.show", "Print an entry, or a commit"),
    "switch": ("context.switch", "Go to another thread, list them all"),
    "merge": ("context.merge", "Bring in what another thread holds, settle what both have changed"),
    "conflicts": ("context.conflicts", "List what two sides disagree about"),
    "resolve": ("context.resolve", "Settle a conflict"),
    "compress": ("context.compress", "Fold a range into one entry that stands for it"),
    "expand": ("context.expand", "Show what a fold stands for, or bring it back"),
    "compile": ("context.compile", "Print exactly what a model is sent, within a budget"),
    "verify": ("context.verify", "Prove what a model was sent"),
}

command = Verbs(
    "context",
    VERBS,
    help="""Keep an agent's context as commits: threads of entries that git can branch, compare and search.

    A thread is a ref, an entry is a file, and every change is a commit on refs/kit/context/<thread>. It works offline;
    what is written is sent when the remote can be reached, or by kit sync.""",
)
