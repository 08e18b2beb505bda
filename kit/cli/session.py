"""`kit session`: transcripts of harnesses, redacted and kept in git."""

from __future__ import annotations

from kit.cli.verbs import Verbs

#: Verb -> the module of its command, the name of the command in it, and what the help says.
VERBS = {
    "mirror": ("session_mirror", "mirror_command", "Read what is new of a transcript, redact it, and commit it"),
    "list": ("session_list", "list_command", "List the sessions that are mirrored here or were fetched"),
    "show": ("session_show", "show_command", "Print a mirrored session"),
    "search": ("session_search", "search_command", "Find lines of mirrored sessions"),
    "export": ("session_show", "export_command", "Write the redacted transcript of a session"),
    "loops": ("session_loops", "loops_command", "Find where a session goes round in circles"),
    "stop": ("session_change", "stop_command", "Say that a session has ended"),
    "compact": ("session_change", "compact_command", "Write the parts of a session anew as few"),
    "delete": ("session_change", "delete_command", "Remove a mirrored session"),
    "link": ("session_link", "link_command", "Name the session that a commit or a pull request came from"),
}

command = Verbs(
    "session",
    VERBS,
    help="""Keep what agents' harnesses write down: redacted first, committed here, and sent only where kit.toml says
    so.""",
)
