"""Every rule of `kit validate`: its id, how grave it is, what it means and what to do.

docs/rules.md explains each with an example and is tested against this table; a schema may call its own rules warnings.
"""

from __future__ import annotations

from typing import NamedTuple

from kit.records.finding import ERROR, WARNING


class Rule(NamedTuple):
    """One rule: its severity, what is wrong when it reports, and what to do about it."""

    severity: str
    summary: str
    fix: str


RULES: dict[str, Rule] = {
    "unreadable": Rule(
        ERROR, "A file cannot be read, or is no regular file.", "Put a regular, readable file there or remove it."
    ),
    "symlink": Rule(ERROR, "A symbolic link stands where a file belongs.", "Put the file itself there."),
    "too-large": Rule(ERROR, "A file, or its front matter, is larger than a record may be.", "Split it."),
    "encoding": Rule(
        ERROR, "A file is not UTF-8, or begins with a byte-order mark.", "Save it as UTF-8 without a byte-order mark."
    ),
    "lfs-pointer": Rule(ERROR, "A Git LFS pointer stands in place of the record.", "Run git lfs pull."),
    "conflict-marker": Rule(
        ERROR, "A merge conflict was left in a file.", "Resolve it; where it is an example, indent the markers."
    ),
    "front-matter": Rule(ERROR, "Front matter is missing, not closed or no mapping.", "Write it between --- lines."),
    "yaml": Rule(
        ERROR, "The front matter is not the strict YAML of records.", "Write plain values; no tags, no aliases."
    ),
    "json": Rule(ERROR, "A JSON file is not strict JSON.", "Write valid JSON, each key once."),
    "hidden-character": Rule(
        ERROR, "Characters stand in a text that nobody sees, or that steer a terminal.", "Remove them."
    ),
    "secret": Rule(
        ERROR, "A text holds what looks like a secret.", "Replace it by a placeholder, and revoke the secret."
    ),
    "record.missing": Rule(ERROR, "A field or a section that the schema requires is missing.", "Add it."),
    "record.extra": Rule(ERROR, "A field stands where the schema allows no other.", "Correct its name or remove it."),
    "record.type": Rule(ERROR, "A value is of another kind than the schema says.", "Write the kind it names."),
    "record.value": Rule(ERROR, "A value is not one that the schema allows.", "Write one that it allows."),
    "record.misspelt": Rule(
        WARNING, "A field or section is unknown, and one that is known is spelt much like it.", "Correct its name."
    ),
    "place.type": Rule(
        ERROR, "A record stands in the folder of another type.", "Move it, or correct its type."
    ),
    "place.id": Rule(ERROR, "The id of a record is not its file's name.", "Make them the same."),
    "place.name": Rule(ERROR, "The name of a record's file or folder cannot be an id.", "Rename it."),
    "place.unique": Rule(ERROR, "Two records have one id, case left aside.", "Rename one: kit mv OLD NEW."),
    "place.stray": Rule(
        ERROR, "A file or folder looks like one of records and is none by its name.", "Rename or move it."
    ),
    "place.derived": Rule(ERROR, "Files of the derived folder .kit are committed.", "git rm -r --cached .kit"),
    "link.missing": Rule(ERROR, "A link leads to a file or record that is not there.", "Correct or remove it."),
    "link.anchor": Rule(ERROR, "A link leads to a heading that is not there.", "Name a heading of that file."),
    "link.outside": Rule(ERROR, "A link leaves the repository.", "Link to a file in it, or to an https address."),
    "link.absolute": Rule(
        WARNING, "A link begins with / and works only where the repository is a site's root.", "Make it relative."
    ),
    "link.scheme": Rule(ERROR, "A link has a scheme that no reader should follow.", "Use https, mailto or kit."),
    "link.ambiguous": Rule(ERROR, "A [[name]] can be several files.", "Name it with its folder."),
    "source.missing": Rule(WARNING, "A source names a path that is not in the repository.", "Correct it, or quote it."),
    "source.digest": Rule(ERROR, "An excerpt is not the one its digest was made of.", "Quote it as it was."),
    "supersedes.missing": Rule(ERROR, "A record supersedes one that does not exist.", "Correct the id."),
    "supersedes.cycle": Rule(ERROR, "Records supersede one another in a circle.", "Remove one entry."),
    "supersedes.heads": Rule(
        ERROR, "A record is superseded by two that both hold.", "Let one supersede the other, or deprecate it."
    ),
    "supersedes.status": Rule(
        ERROR, "A superseded record is still stable.", "Write status: deprecated in the older one."
    ),
    "fingerprint.twice": Rule(
        ERROR, "Two records have one fingerprint: they solve the same problem.", "Merge them or supersede one."
    ),
    "approval.stale": Rule(ERROR, "What was approved has changed since.", "Read it again and approve it anew."),
    "approval.digest": Rule(WARNING, "A person's approval does not say of what.", "Add the digest of the content."),
    "approval.self": Rule(ERROR, "Someone approves what they wrote themselves.", "Let someone else approve it."),
    "config": Rule(ERROR, "kit.toml holds what it may not hold.", "See docs/configuration.md."),
    "schema.invalid": Rule(ERROR, "A project's own schema declares no type that can be used.", "See docs/records.md."),
    "schema.name": Rule(ERROR, "A project's own type takes the name or the place of another.", "Rename it."),
    "schema.pattern": Rule(ERROR, "A pattern of a schema can take for ever.", "Write it without nested repeats."),
    "schema.reference": Rule(ERROR, "A schema refers to something outside itself.", "Put it under $defs."),
    "schema.template": Rule(ERROR, "The template of a type is not there.", "Add it to templates/."),
}  # fmt: skip
