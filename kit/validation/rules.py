"""Every rule of `kit validate`: its id, how grave it is, what is wrong, what to do, and what else there is to know.

docs/rules.md is made from this table and the cases of the tests; a schema may call its own rules warnings.
"""

from __future__ import annotations

from typing import NamedTuple

from kit.records.finding import ERROR, WARNING


class Rule(NamedTuple):
    """One rule: its severity, what is wrong when it reports, what to do about it, and where it begins and ends."""

    severity: str
    summary: str
    fix: str
    more: str = ""


RULES: dict[str, Rule] = {
    "unreadable": Rule(ERROR, "A file cannot be read, or is no regular file.",
        "Put a regular, readable file there or remove it.",
        "A pipe, a device, a folder or file without permission, or a file of more than 16 MiB. Nothing waits for a "
        "pipe, and nothing huge is read."),
    "symlink": Rule(ERROR, "A symbolic link stands where a file belongs.", "Put the file itself there.",
        "Links are never followed: a repository can carry one that points anywhere."),
    "too-large": Rule(ERROR, "A file, or its front matter, is larger than a record may be.", "Split it.",
        "A Markdown file may have 256 KiB, a JSON file 1 MiB, front matter 64 KiB. Knowledge that is recalled must "
        "fit into a prompt many times over."),
    "encoding": Rule(ERROR, "A file is not UTF-8, or begins with a byte-order mark.",
        "Save it as UTF-8 without a byte-order mark.",
        "Other encodings are read differently on every machine, and a byte-order mark hides front matter from most "
        "readers."),
    "lfs-pointer": Rule(ERROR, "A Git LFS pointer stands in place of the record.", "Run git lfs pull.",
        "The file was checked out without Git LFS, or a record was put under it by a pattern in `.gitattributes`."),
    "conflict-marker": Rule(ERROR, "A merge conflict was left in a file.",
        "Resolve it; where it is an example, indent the markers.",
        "A line that begins with seven `<` or `>` and a blank. A `=======` alone underlines a heading and is no "
        "fault."),
    "front-matter": Rule(ERROR, "Front matter is missing, not closed or no mapping.", "Write it between --- lines.",
        "A record begins with a line `---`, then fields as `key: value`, then a line `---`."),
    "yaml": Rule(ERROR, "The front matter is not the strict YAML of records.",
        "Write plain values; no tags, no aliases.",
        "Stricter than YAML: no tags, anchors, aliases, merge keys or duplicate keys, no deep nesting. `no`, "
        "`0123`, `12:30` and dates stay text, so an id never becomes a number."),
    "json": Rule(ERROR, "A JSON file is not strict JSON.", "Write valid JSON, each key once.",
        "Duplicate keys, `NaN`, deep nesting and numbers of thousands of digits are refused: readers disagree about "
        "them."),
    "hidden-character": Rule(ERROR, "Characters stand in a text that nobody sees, or that steer a terminal.",
        "Remove them.",
        "Control characters, bidirectional overrides, zero-width and other invisible characters: what a person "
        "reviews would not be what an agent reads. Joiners within emoji and scripts that need them are fine."),
    "secret": Rule(ERROR, "A text holds what looks like a secret.",
        "Replace it by a placeholder, and revoke the secret.",
        "The message names the kind and never the secret. The rules know formats of tokens and values beside "
        "telling names, and are no proof that nothing is left."),
    "record.missing": Rule(ERROR, "A field or a section that the schema requires is missing.", "Add it.",
        "The schema of the type says which fields and sections a record must have: `kit schema block`."),
    "record.extra": Rule(ERROR, "A field stands where the schema allows no other.", "Correct its name or remove it.",
        "Only where the schema closes a mapping, as in `applies_to`. Fields of your own at the top level are kept "
        "as they are."),
    "record.type": Rule(ERROR, "A value is of another kind than the schema says.", "Write the kind it names.",
        "Text where a list belongs, a number where text belongs."),
    "record.value": Rule(ERROR, "A value is not one that the schema allows.", "Write one that it allows.",
        "Out of an enumeration, too long, not matching a pattern, a day that does not exist, an item that stands "
        "twice. A project's own schema makes such a rule a warning with `\"x-kit-severity\": \"warning\"` beside it."),
    "record.words": Rule(ERROR, "A section, or an item of one, has more words than the schema allows.",
        "Say it shorter, or put what proves it into a code block.",
        "A block is read in the middle of other work. The schema says `\"x-kit-words\": 40` beside the section; code "
        "blocks and the labels of sources (`[^s1]`) do not count."),
    "record.misspelt": Rule(WARNING, "A field or section is unknown, and one that is known is spelt much like it.",
        "Correct its name.", "Unknown fields are allowed, and so a slip of the pen would be too."),
    "place.type": Rule(ERROR, "A record stands in the folder of another type.", "Move it, or correct its type.",
        "The folder says what type a record is; `type` must agree."),
    "place.id": Rule(ERROR, "The id of a record is not its file's name.", "Make them the same.",
        "One name for one thing: the id is the file's name without its ending."),
    "place.name": Rule(ERROR, "The name of a record's file or folder cannot be an id.", "Rename it.",
        "Ids are slugs: `a-z`, `0-9`, `.`, `_` and `-`, at most 80 characters, no `..`, no `.lock` at the end, no "
        "device name of Windows. Folders on the way too."),
    "place.unique": Rule(ERROR, "Two records have one id, case left aside.", "Rename one: kit mv OLD NEW.",
        "Links name a record by its id, whatever its type, and some systems do not tell `A` from `a`."),
    "place.stray": Rule(ERROR, "A file or folder looks like one of records and is none by its name.",
        "Rename or move it.",
        "Records end in `.md` in lower case and stand in the folders of their types; anything else there is not "
        "recalled. `README.md`, `index.md`, `log.md` and images are fine."),
    "place.derived": Rule(ERROR, "Files of the derived folder .kit are committed.", "git rm -r --cached .kit",
        "What kit keeps in `.kit` is taken on trust by the next run, so it must come from this machine. Nothing "
        "kept there is used until this is put right."),
    "link.missing": Rule(ERROR, "A link leads to a file or record that is not there.", "Correct or remove it.",
        "Relative Markdown links and images, `[[id]]`, `[[folder/id]]` and `kit:folder/id`, percent-encoding read "
        "as browsers do. Files of code count too; addresses on the web are left alone and never fetched."),
    "link.anchor": Rule(ERROR, "A link leads to a heading that is not there.", "Name a heading of that file.",
        "Headings are named as GitHub names them: lower case, spaces to hyphens, repeats numbered; an `id` in HTML "
        "counts too."),
    "link.outside": Rule(ERROR, "A link leaves the repository.", "Link to a file in it, or to an https address.",
        "`..` beyond the repository's top, an absolute path that is not in the repository, `file:`, a drive letter."),
    "link.absolute": Rule(WARNING, "A link begins with / and works only where the repository is a site's root.",
        "Make it relative.", "Such a link works on a site whose root is the repository, and nowhere else."),
    "link.scheme": Rule(ERROR, "A link has a scheme that no reader should follow.", "Use https, mailto or kit.",
        "Only `https:`, `http:`, `mailto:` and `kit:` are followed."),
    "link.ambiguous": Rule(ERROR, "A link by name can be several files.", "Name it with its folder.",
        "Only for files that are no records: the ids of records are unique."),
    "source.missing": Rule(WARNING, "A source names a path that is not in the repository.", "Correct it, or quote it.",
        "A path in `sources` counts from the repository's top. Sources come and go: an `excerpt` survives them."),
    "source.digest": Rule(ERROR, "An excerpt is not the one its digest was made of.", "Quote it as it was.",
        "`digest` is `sha256:` and the digest of `excerpt` as UTF-8: evidence is not rewritten."),
    "supersedes.missing": Rule(ERROR, "A record supersedes one that does not exist.", "Correct the id.",
        "`supersedes` names ids of records of the same type."),
    "supersedes.cycle": Rule(ERROR, "Records supersede one another in a circle.", "Remove one entry.",
        "Every chain must lead to one record that holds."),
    "supersedes.heads": Rule(ERROR, "A record is superseded by two that both hold.",
        "Let one supersede the other, or deprecate it.",
        "Drafts and deprecated records do not count: two drafts may compete."),
    "supersedes.status": Rule(ERROR, "A superseded record is still stable.",
        "Write status: deprecated in the older one.", "As long as the new one is a draft, the old one holds."),
    "fingerprint.twice": Rule(ERROR, "Two records have one fingerprint: they solve the same problem.",
        "Merge them or supersede one.", "Deprecated records do not count."),
    "approval.stale": Rule(ERROR, "What was approved has changed since.", "Read it again and approve it anew.",
        "An approval carries the digest of the record without its `verified` list. Form does not matter, content "
        "does."),
    "approval.digest": Rule(WARNING, "A person's approval does not say of what.", "Add the digest of the content.",
        "Without a digest an approval by a person counts for nothing."),
    "approval.self": Rule(ERROR, "Someone approves what they wrote themselves.", "Let someone else approve it."),
    "approval.missing": Rule(ERROR, "A stable block has no approval of what it says.",
        "Propose it: kit promote; or write status: draft.",
        "What is recalled was approved by a person: an entry in `verified` by `human:<id>` with the digest of the "
        "content. With `--diff` it must also be one that counts (see approval.author). Types of the project's own ask "
        'for it with `"approved": true` in `x-kit`.'),
    "approval.author": Rule(ERROR, "An approval was committed by someone else.", "Approve it yourself: kit review.",
        "Only with `--diff`. The commit that adds an approval must be that person's: its author's e-mail stands in "
        "`review.people` of the branch that is merged into. What a CI job carries over from the forge counts where "
        "`review.importers` names it."),
    "approval.signature": Rule(ERROR, "An approval stands in a commit without its person's signature.",
        "Sign commits: git config commit.gpgsign true.",
        "Only with `--diff`, and `review.signed = true` on the branch that is merged into: the commit must have "
        "a valid "
        "signature, ssh or gpg, by the `key` that stands there."),
    "approval.proposer": Rule(ERROR, "An approval is by someone who wrote what it approves.",
        "Let someone else approve it.",
        "Only with `--diff`. Whoever changed the content on this branch, even by a word, does not decide about it."),
    "approval.approver": Rule(WARNING, "An approval is by someone who may not approve this file.",
        "Let another person approve it.",
        "Only with `--diff`. `review.people`, `review.approvers` and CODEOWNERS of the branch that is merged "
        "into say who "
        "may; other approvals do no harm and do not count."),
    "review.people": Rule(WARNING, "The branch that is merged into names nobody who reviews.",
        "Name them in kit.toml: [[review.people]].",
        "Only with `--diff`, when blocks have changed. Until then it is not known whose approvals count, and who "
        "committed them is not looked at."),
    "review.settings": Rule(WARNING, "A branch changes who may approve.", "Look at it with care.",
        "Only with `--diff`. What the branch says there does not count for itself: kit.toml and CODEOWNERS are "
        "read from "
        "the branch that is merged into."),
    "review.removed": Rule(WARNING, "A stable block was deleted, moved or made a draft.",
        "Retire it: kit promote --retire.",
        "Only with `--diff`. Whoever links to it or was given it finds nothing any more, and no approval is "
        "asked for. A "
        "record that is retired says why."),
    "review.author": Rule(ERROR, "A verdict or a response names a person who did not commit it.",
        "Let that person say it: kit review.",
        "Only with `--diff`. What a person acknowledges, rejects or asks for counts as an approval does: by the "
        "author of "
        "the commit, and by a signature where `review.signed` asks for one."),
    "review.changes": Rule(ERROR, "A person who reviews has rejected it, or asked for changes.",
        "Change it, then let it be approved.",
        "Only with `--diff`. It holds until the content changes, or that person approves it."),
    "verdict.stale": Rule(WARNING, "A verdict is of other content, or of another gate.",
        "Run the gates again: kit promote; or kit review ack.",
        "A verdict carries the digests of the record and of the gate. Of checks that ship with kit and have no file in "
        "`gates/` only kit review knows whether they have changed."),
    "config": Rule(ERROR, "kit.toml holds what it may not hold.", "See docs/configuration.md.",
        "An unknown key, a value of another kind, TOML that cannot be read, a format newer than this kit."),
    "schema.invalid": Rule(ERROR, "A project's own schema declares no type that can be used.", "See docs/records.md.",
        "It is no JSON Schema of draft 2020-12, has no `x-kit` with plane and path, or puts records where none can "
        "stand. It is not used, so its records are not looked at."),
    "schema.name": Rule(ERROR, "A project's own type takes the name or the place of another.", "Rename it.",
        "Types are added, never changed. An exact copy of a shipped schema, for editors, is fine."),
    "schema.pattern": Rule(ERROR, "A pattern of a schema can take for ever.", "Write it without nested repeats.",
        "A repeat inside a repeat (`(a+)+`), or repeated alternatives that begin alike (`(a|ab)*`): some texts "
        "would take for ever. Repeats that a fixed character separates are fine: `[a-z]+(?:-[a-z]+)*`."),
    "schema.reference": Rule(ERROR, "A schema refers to something outside itself.", "Put it under $defs.",
        "Nothing is fetched: `$ref` stays within the file."),
    "schema.template": Rule(ERROR, "The template of a type is not there.", "Add it to templates/.",
        "`x-kit.template` names a file of the project's `templates/` or one that ships with kit."),
}  # fmt: skip
