"""What `kit review show` prints."""

from __future__ import annotations

from typing import Any

from kit.cli import output


def text(data: dict[str, Any]) -> str:
    """Returns a proposal for people: state, records, verdicts, approvals and what is wrong with them."""
    clean = output.clean
    note = f": {clean(data['note'])}" if data["note"] else ""
    lines = [
        f"{output.paint(clean(data['id']), 'bold')}  {data['state']}{note}",
        f"{data['branch']} {data['commit'][:12]}",
    ]
    for path, text in data["records"].items():
        lines += ["", clean(path), output.lines(text, indent="  ")]
    if data["strays"]:
        lines += ["", f"{output.paint('it also changes:', 'red')} {output.some(data['strays'], 20)}"]
    lines += ["", "verdicts:"]
    for each in data["verdicts"]:
        stale = f" (stale: {clean(each['stale'])})" if each["stale"] else ""
        ack = (
            f", {clean(each['acknowledged']['by'])}: {clean(each['acknowledged']['reason'])}"
            if each.get("acknowledged")
            else ""
        )
        lines.append(f"  {clean(each['result']).ljust(4)}  {clean(each['gate'])}{stale}{ack}")
    lines += ["", "approvals:"]
    for each in data["verified"]:
        is_current = "" if each.get("digest") == data["digest"] else " (stale)"
        lines.append(f"  {clean(each.get('by'))} at {clean(each.get('at'))}{is_current}")
    for each in data["findings"]:
        lines.append(f"  {each['severity']} {each['rule']}: {clean(each['message'])}")
    return "\n".join(lines)
