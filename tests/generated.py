"""The parts of docs/ that are made from schemas and tables; `python -m tests.generated` writes them anew."""

from __future__ import annotations

import textwrap
from pathlib import Path

from kit import config, setting
from kit.distillation.reason import REASONS
from kit.records import record_type
from kit.safety.text import printable
from kit.validation.rules import RULES
from tests.validation.cases import CASES

DOCS = Path(__file__).parent.parent / "docs"
MOST = 600  # characters of an example


def types() -> str:
    """Returns the tables of reviewed and live types."""
    rows = {True: ["| type | file | sections | what it is |", "|---|---|---|---|"],
            False: ["| type | file in the live plane | written by | what it is |", "|---|---|---|---|"]}  # fmt: skip
    for each in record_type.shipped().values():
        sections = ", ".join(
            f"{section.name}{'' if section.is_required else ' (optional)'}{' as a list' if section.is_list else ''}"
            for section in each.sections
        )
        by = f"by `{each.made_by}`" if each.is_reviewed and each.made_by else each.made_by
        middle = sections if each.is_reviewed and not by else f"`{by}`" if by.startswith("kit ") else by
        rows[each.is_reviewed].append(f"| `{each.name}` | `{each.path}` | {middle} | {each.description} |")
    return "\n".join([*rows[True], "", *rows[False]])


def keys() -> str:
    """Returns the table of the keys of kit.toml."""
    rows = ["| key | default | kind | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{key.name}` | `{setting.written(key, key.default)}` | {key.kind} | {key.meaning} |" for key in config.KEYS
    ]
    return "\n".join(rows)


def rules() -> str:
    """Returns what each rule means, how to mend what it finds, and a file in which it finds something."""
    parts = []
    for name, rule in RULES.items():
        parts.append(f"## {name}\n\n*{rule.severity}.* {rule.summary} {rule.fix}\n")
        if rule.more:
            parts.append(
                "\n".join(textwrap.wrap(rule.more, 118, break_long_words=False, break_on_hyphens=False)) + "\n"
            )
        found = next((each for each in CASES if each.rule == name and name != "secret"), None)
        for path, text in list(found.bad.items())[:1] if found else []:
            if isinstance(text, str) and 0 < len(text) <= MOST:
                shown = printable(text).strip("\n").replace("~~~~", "~~~")
                parts.append(f"`{path}`, reported as `{found.expected[0]}`:\n\n~~~~text\n{shown}\n~~~~\n")
    return "\n".join(parts)


def reasons() -> str:
    """Returns the table of reasons why nothing was distilled."""
    return "\n".join(
        ["| reason | what it means |", "|---|---|", *(f"| `{name}` | {why} |" for name, why in REASONS.items())]
    )


def pages() -> dict[Path, str]:
    """Returns the pages as they must be: with the text between `<!-- name -->` and `<!-- end -->` made anew."""
    made = {}
    made_parts = (
        ("records.md", "types", types()),
        ("configuration.md", "keys", keys()),
        ("rules.md", "rules", rules()),
        ("distillation.md", "reasons", reasons()),
    )
    for name, part, text in made_parts:
        page = (DOCS / name).read_text("utf-8")
        before, rest = page.split(f"<!-- {part} -->\n")
        after = rest.split("<!-- end -->", 1)[1]
        made[DOCS / name] = f"{before}<!-- {part} -->\n{text}\n<!-- end -->{after}"
    return made


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, "utf-8")
