"""Where records stand: their folder, their name, and that no other has the same.

A name must be one file on every system, so names that differ only in case or in Unicode form are the same.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from kit.records import ids
from kit.records.complaint import shown
from kit.records.finding import ERROR, Finding
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.validation.catalogue import Catalogue
    from kit.validation.look import Look

_MARKDOWN = re.compile(r"\.(?:md|markdown|mdown|mkdn?|mdx|mdwn)(?:[^A-Za-z0-9].*)?$", re.IGNORECASE)


def stem(path: str, declared: RecordType) -> str:
    """Returns the file's name without its ending, which is the record's id; "" where its type has none."""
    return (
        posixpath.basename(path).removesuffix(posixpath.splitext(declared.path)[1]) if "id" in declared.fields else ""
    )


def record_id(path: str, catalogue: Catalogue) -> str:
    """Returns the id of the record at `path` by its name, "" when no record stands there."""
    declared = catalogue.kind_of(path)[1]
    return stem(path, declared) if declared else ""


def misplaced(record: Record, declared: RecordType, catalogue: Catalogue) -> list[Finding]:
    """Returns what is wrong between a record and its path."""
    found: list[Finding] = []
    kind, name = record.meta.get("type"), record.meta.get("id")
    other = catalogue.types.get(kind) if isinstance(kind, str) else None
    if other is not None and other is not declared:
        message = f"a {kind} stands in the folder of {declared.name}s"
        where = f"move it to {catalogue.join(other.folder)}/" if other.is_reviewed else f"{kind}s are made by kit"
        fix = f"write type: {declared.name}, or {where}"
        found.append(_at(record, "type", "place.type", message, fix))
    expected = stem(record.path, declared)
    if expected and isinstance(name, str) and name != expected:
        message = f"the id {shown(name)} is not the file's name ({shown(expected)})"
        found.append(_at(record, "id", "place.id", message, f"write id: {expected}, or rename the file"))
    inner = catalogue.within(record.path)
    for part in [*posixpath.dirname(inner).split("/")[1:], *([expected] if expected else [])]:
        if trouble := ids.problem(part):
            near = ids.slug(part)
            message = f"the name {shown(part)} {trouble}"
            fix = f"rename it to {near}" if near else "use a-z, 0-9, '.', '_' and '-'"
            found.append(Finding(record.path, 1, 1, "place.name", ERROR, message, fix))
    return found


def stray(path: str, data: bytes, catalogue: Catalogue) -> list[Finding]:
    """Returns a finding when a file that is no record looks like one."""
    name = posixpath.basename(path)
    folder = catalogue.within(path).partition("/")[0]
    declared = catalogue.reviewed.get(folder, [None])[0]
    if folder == "schemas":
        if name.lower().endswith(".json"):
            return [_stray(path, "a schema's file is named <type>.schema.json", "rename it, or move it elsewhere")]
        return []
    known = _type_in(data, catalogue.types)
    if declared is None or not (known or _MARKDOWN.search(name)):
        return []
    wanted = catalogue.types[known] if known else declared
    there = catalogue.join(wanted.place(**dict.fromkeys(re.findall(r"\{\+?(\w+)\}", wanted.path), "<id>")))
    return [_stray(path, f"this looks like a {wanted.name} and is none by its name", f"rename it to {there}")]


def misnamed_folder(name: str, catalogue: Catalogue) -> Finding | None:
    """Returns a finding for a folder beside those of records that has the name of one in another case."""
    meant = next((each for each in catalogue.reviewed if each != name and each == name.casefold()), None)
    if meant is None:
        return None
    message = f"the folder {shown(name)} is not looked at: {meant} is its name"
    return _stray(catalogue.join(name), message, f"rename it to {catalogue.join(meant)}")


def committed(path: str) -> Finding:
    """Returns the finding for a committed file of the derived folder."""
    message = "the derived folder is committed: what kit keeps there would be taken on trust"
    return Finding(path, 1, 1, "place.derived", ERROR, message, "git rm -r --cached .kit")


def twins(looks: Mapping[str, Look], paths: Iterable[str], catalogue: Catalogue) -> list[Finding]:
    """Returns a finding for every record whose id another record has, of whatever type and in whatever case."""
    first: dict[str, str] = {}
    found: list[Finding] = []
    for path in sorted(paths):
        name = looks[path].id if path in looks else record_id(path, catalogue)
        if not name:
            continue
        folded = unicodedata.normalize("NFKC", name).casefold()
        other = first.setdefault(folded, path)
        if other != path:
            message = f"the id {shown(name)} is also that of {other}"
            found.append(Finding(path, 1, 1, "place.unique", ERROR, message, "rename one of them: kit mv OLD NEW"))
    return found


def _type_in(data: bytes, types: Mapping[str, Any]) -> str:
    """Returns the known type that the front matter of any text names, "" where there is none."""
    if not data.startswith((b"---\n", b"---\r\n", b"\xef\xbb\xbf---")):
        return ""
    from kit.records import front_matter  # a second run with nothing changed must not import yaml

    try:
        parts = front_matter.split(data[: front_matter.MAX_BYTES].decode("utf-8-sig", "replace"))
        meta = front_matter.load(parts[1]) if parts else None
    except Malformed:
        return ""
    kind = meta.get("type") if isinstance(meta, dict) else None
    return kind if isinstance(kind, str) and kind in types else ""


def _stray(path: str, message: str, fix: str) -> Finding:
    return Finding(path, 1, 1, "place.stray", ERROR, message, fix)


def _at(record: Record, field: str, rule: str, message: str, fix: str) -> Finding:
    line, column = record.positions().get((field,), (1, 1))
    return Finding(record.path, line, column, rule, ERROR, message, fix)
