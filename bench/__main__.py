"""Measures every figure, prints one table and writes it as JSON to bench/out/figures.json."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

NAMES = (
    "start", "claim", "gc", "recall", "index", "validate", "harness", "redact", "session", "distill", "promote",
    "context",
)  # fmt: skip
OUT = Path(__file__).parent / "out"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all unless told")
    parser.add_argument("--smoke", action="store_true", help="small and quick: shows that every figure can be taken")
    words = parser.parse_args()
    figures = []
    for name in words.names or NAMES:
        begun = time.perf_counter()
        found = importlib.import_module(f"bench.{name}").figures(words.smoke)
        print(f"{name}: {len(found)} figures in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        figures += found
    print(table(figures))
    OUT.mkdir(exist_ok=True)
    (OUT / "figures.json").write_text(json.dumps({"machine": machine(), "figures": figures}, indent=2) + "\n")
    missed = [each["name"] for each in figures if each["ok"] is False]
    if missed and not words.smoke:
        print("missed: " + "; ".join(missed), file=sys.stderr)
    return 1 if missed and not words.smoke else 0


def table(figures: list[dict]) -> str:
    """Returns the figures as a Markdown table."""
    lines = ["| figure | measured | floor or peer | bar | |", "|---|---|---|---|---|"]
    for each in figures:
        verdict = {True: "met", False: "missed", None: ""}[each["ok"]]
        measured = each["value"] if isinstance(each["value"], str) else f"{each['value']:,.4g} {each['unit']}"
        lines.append(f"| {each['name']} | {measured} | {each['floor'] or ''} | {each['bar'] or ''} | {verdict} |")
    return "\n".join(lines)


def machine() -> dict[str, str | int]:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "git": git,
        "processor": platform.processor(),
    }


sys.exit(main())
