"""`kit context`: an agent's context as commits; a module for each verb, and only the one that runs is imported."""

from __future__ import annotations

from kit.cli.verbs import Verbs

#: The verbs by what they are for, as the help lists them.
SECTIONS = {
    "Write": ("new", "add", "edit", "annotate", "tag", "revert", "reset"),
    "Look": ("show", "log", "status", "diff", "find"),
    "Branch and bring together": ("branch", "switch", "merge", "rebase", "pick", "conflicts", "resolve"),
    "Keep it short": ("compress", "expand", "maintain"),
    "Decide": ("proposals", "accept", "reject"),
    "Children and sessions": ("spawn", "collapse", "handoff", "resume"),
    "What a model is sent": ("compile", "verify", "blame", "audit"),
    "From and to elsewhere": ("import", "export", "load", "promote", "gc"),
}
#: Verb -> the module of its command, the name of the command in it, and what the help says.
VERBS = {
    "new": ("context.new", "command", "Begin a thread, empty or from another"),
    "add": ("context.add", "command", "Add entries"),
    "edit": ("context.edit", "command", "Give an entry other words"),
    "annotate": ("context.edit", "annotate_command", "Note how much entries matter"),
    "log": ("context.log", "command", "List the commits of a thread"),
    "show": ("context.show", "command", "Print an entry, or all of them"),
    "status": ("context.look", "status_command", "Count what a thread holds"),
    "diff": ("context.look", "diff_command", "Compare two states, entry by entry"),
    "find": ("context.look", "find_command", "Find entries"),
    "branch": ("context.branch", "command", "Branch a thread, list threads, delete one"),
    "switch": ("context.switch", "command", "Go to another thread"),
    "reset": ("context.back", "reset_command", "Go back to what a thread held before"),
    "revert": ("context.back", "revert_command", "Take back what one commit did"),
    "tag": ("context.back", "tag_command", "Name a commit"),
    "merge": ("context.merge", "command", "Bring in what another thread holds, settle what both changed"),
    "rebase": ("context.rebase", "command", "Put what this thread has added behind what another holds"),
    "pick": ("context.pick", "command", "Take entries of another thread"),
    "conflicts": ("context.conflicts", "command", "List what two sides disagree about"),
    "resolve": ("context.resolve", "command", "Settle a conflict"),
    "compress": ("context.compress", "command", "Fold a range into one entry that stands for it"),
    "expand": ("context.expand", "command", "Show what a fold stands for, or bring it back"),
    "proposals": ("context.proposals", "command", "List the steps that wait to be accepted"),
    "accept": ("context.accept", "command", "Carry out a proposal"),
    "reject": ("context.reject", "command", "Remove a proposal, and say why"),
    "spawn": ("context.spawn", "command", "Begin a child's thread"),
    "collapse": ("context.collapse", "command", "Bring back what came of a child's thread"),
    "maintain": ("context.maintain", "command", "Do with threads what the project's policies say"),
    "handoff": ("context.handoff", "command", "End a session with what the next one starts from"),
    "resume": ("context.resume", "command", "Go on with what another session has handed over"),
    "compile": ("context.compile", "command", "Print exactly what a model is sent, within a budget"),
    "verify": ("context.verify", "command", "Prove what a model was sent"),
    "blame": ("context.blame", "command", "Say who put each sentence there"),
    "audit": ("context.audit", "command", "Say who saw what, and when"),
    "promote": ("context.promote", "command", "Propose an entry as a block, decision or fact"),
    "import": ("context.carry", "import_command", "Add what happened in a mirrored session"),
    "export": ("context.carry", "export_command", "Write a thread to a file, history and all"),
    "load": ("context.carry", "load_command", "Take a thread in from such a file"),
    "gc": ("context.carry", "gc_command", "Remove threads that were deleted long ago"),
}

command = Verbs(
    "context",
    VERBS,
    sections=SECTIONS,
    help="""Keep an agent's context as commits: threads of entries that git can branch, compare and search.

    A thread is a ref, an entry is a file, and every change is a commit on refs/kit/context/<thread>. It works offline;
    what is written is sent when the remote can be reached, or by kit sync.""",
)
