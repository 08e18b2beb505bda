"""`kit session list`: what is mirrored, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.cli.edge import Edge
    from kit.sessions.trace import Trace


@kit_command("list")
@click.option("--harness", default="", metavar="H", help="Only sessions of this harness.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, metavar="N", help="How many; 0: all.")
def list_command(edge: Edge, *, harness: str, limit: int) -> None:
    r"""List the sessions that are mirrored here or were fetched, the last mirrored first.

    KEPT says where each stands: here only, or on a remote too as it was last seen. Nothing is fetched.

    \b
    Examples:
      kit session list
      kit session list --harness codex --limit 0 --json
    """
    from kit.sessions import trace

    broken: list[str] = []
    found = [each for each in trace.all(edge.store, broken) if harness in ("", each.harness)]
    remotes = trace.remotes(edge.store)
    shown = found[:limit] if limit else found
    rows = [_row(each, _kept(each, remotes)) for each in shown]
    local = sum(_kept(each, remotes) == ["here"] for each in found)
    edge.print({"sessions": rows, "more": len(found) - len(shown), "only_here": local, "broken": broken},
               lambda: _table(edge, rows) if rows else "")  # fmt: skip
    if broken:
        edge.talk(output.unread(broken))
    if len(shown) < len(found):
        edge.talk(f"{len(found) - len(shown)} more: kit session list --limit 0")
    if not found:
        edge.talk("no sessions are mirrored; kit session mirror begins" if not harness else f"no sessions of {harness}")
    elif local:
        edge.talk(f"{output.count(local, 'session')} only on this machine")


def _row(each: Trace, kept: list[str]) -> dict[str, Any]:
    meta = each.record
    return {
        "harness": each.harness, "session": each.session, "agent": meta.agent, "started": meta.started,
        "mirrored": meta.mirrored, "ended": meta.ended, "cwd": meta.cwd, "lines": meta.lines, "bytes": meta.size,
        "parts": len(meta.parts), "redacted": dict(meta.redacted), "left_out": dict(meta.left_out),
        "notices": len(meta.notices) + meta.notices_dropped, "kept": kept, "commit": each.oid,
    }  # fmt: skip


def _kept(each: Trace, remotes: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Returns where a session stands: here, and on which remotes as last seen."""
    far = remotes.get(each.ref, {}).items()
    return ["here"] * each.is_local + [
        name if oid == each.oid or not each.is_local else f"{name} (older)" for name, oid in far
    ]


def _table(edge: Edge, rows: list[dict[str, Any]]) -> str:
    from kit.records import times

    now = edge.now()
    return output.table(
        ["session", "agent", "mirrored", "lines", "size", "redacted", "kept", "state"],
        [
            [
                f"{row['harness']}/{row['session']}", row["agent"], times.ago(times.seconds(row["mirrored"]), now),
                str(row["lines"]), f"{row['bytes'] / 1000:,.0f} kB", str(sum(row["redacted"].values()) or ""),
                "here only" if row["kept"] == ["here"] else ", ".join(row["kept"]), "ended" if row["ended"] else "",
            ]
            for row in rows
        ],
    )  # fmt: skip
