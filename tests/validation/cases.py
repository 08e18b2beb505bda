"""A fault for every rule, its place, and files that come near it and are right."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from kit import resources
from kit.records import record
from tests.validation.files import BODY, block, fact

if TYPE_CHECKING:
    Files = dict[str, str | bytes]


class Case(NamedTuple):
    """Files with a fault, what must be found in them, and files that come near it and are right."""

    rule: str
    bad: Files
    expected: list[str]
    good: Files


def _digest(text: str) -> str:
    return record.parse("blocks/a.md", text.encode()).digest()


def _own(**changes: object) -> str:
    """A schema of the project's own for notes; `changes` go into its x-kit, `schema` into the schema itself."""
    schema = changes.pop("schema", {})
    kit = {"plane": "reviewed", "path": "notes/{id}.md", **changes}
    fields = {"type": {"const": "note"}, "id": {"type": "string"}, **dict(schema)}  # type: ignore[call-overload]
    return json.dumps({"x-kit": kit, "properties": {"meta": {"type": "object", "properties": fields}}}, indent=1)


APPROVED = 'generated: {by: "human:bo", at: "2026-01-01T00:00:00Z"}\n'
APPROVAL = 'verified: [{by: "human:ana", at: "2026-01-02T00:00:00Z", digest: "%s"}]\n'
RIGHT = _digest(block(more=APPROVED))
WRONG = "sha256:" + "0" * 64
QUOTED = 'sources: [{resource: "https://e.org", excerpt: "so", digest: "sha256:%s"}]\n'
PRINT = f"fingerprint: {WRONG}\n"
TOKEN = "ghp_" + "1234567890abcdefABCDEF1234567890abcd"  # put together, so that this file holds none itself
VERDICT = json.dumps(
    {"type": "verdict", "candidate": "a", "gate": "links", "result": "pass", "candidate_digest": "%s",
     "gate_digest": "sha256:" + "1" * 64, "by": "kit/0.1", "at": "2026-01-02T00:00:00Z"}
)  # fmt: skip
LINK = BODY.replace("It hangs.", "See %s.")


def link(target: str) -> str:
    return block(body=LINK % target)


CASES = [
    Case(
        "encoding",
        {"facts/f.md": b"\xef\xbb\xbf" + fact().encode()},
        ["facts/f.md:1:1 error encoding"],
        {"facts/f.md": fact(body="A byte-order mark is `\\ufeff`.\n")},
    ),
    Case(
        "encoding",
        {"facts/f.md": fact(body="caf").encode() + b"\n\xe9\n"},
        ["facts/f.md:8:1 error encoding"],
        {"facts/f.md": fact(body="caf\n\u00e9\n")},
    ),
    Case(
        "too-large",
        {"facts/f.md": fact(body="x " * 140_000)},
        ["facts/f.md:1:1 error too-large"],
        {"facts/f.md": fact(body="x " * 120_000)},
    ),
    Case(
        "too-large",
        {"facts/f.md": fact(more=f"x: {'y' * 70_000}\n")},
        ["facts/f.md:2:1 error too-large"],
        {"facts/f.md": fact(more=f"x: {'y' * 60_000}\n")},
    ),
    Case(
        "lfs-pointer",
        {"facts/f.md": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"},
        ["facts/f.md:1:1 error lfs-pointer"],
        {"facts/f.md": fact(body="version https://git-lfs.github.com/spec/v1 begins a pointer\n")},
    ),
    Case(
        "conflict-marker",
        {"facts/f.md": fact(body="a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n")},
        ["facts/f.md:8:1 error conflict-marker"],
        {"facts/f.md": fact(body="A heading\n=======\n\n <<<<<<< HEAD\n")},
    ),
    Case(
        "conflict-marker",
        {"facts/README.md": "# Facts\n>>>>>>> x\n"},
        ["facts/README.md:2:1 error conflict-marker"],
        {"facts/README.md": "# Facts\n=======\n"},
    ),
    Case(
        "front-matter",
        {"facts/f.md": "It is so.\n"},
        ["facts/f.md:1:1 error front-matter"],
        {"facts/README.md": "It is so.\n"},
    ),
    Case("front-matter", {"facts/f.md": "---\ntype: fact\n"}, ["facts/f.md:1:1 error front-matter"], {}),
    Case("front-matter", {"facts/f.md": "---\n- a\n- b\n---\n"}, ["facts/f.md:2:1 error front-matter"], {}),
    Case(
        "yaml",
        {"facts/f.md": fact(more="a: &x 1\nb: *x\n")},
        ["facts/f.md:6:4 error yaml"],
        {"facts/f.md": fact(more="a: '&x'\nb: '*x'\n")},
    ),
    Case("yaml", {"facts/f.md": fact(more="a: !!python/object:os.system ls\n")}, ["facts/f.md:6:4 error yaml"], {}),
    Case(
        "yaml",
        {"facts/f.md": fact(more="title: again\n")},
        ["facts/f.md:6:1 error yaml"],
        {"facts/f.md": fact(more="Title: again\n").replace("title: T", "title: U")},
    ),
    Case(
        "yaml",
        {"facts/f.md": fact(more="a: b: c\n")},
        ["facts/f.md:6:5 error yaml"],
        {"facts/f.md": fact(more="a: 'b: c'\n")},
    ),
    Case(
        "json",
        {"templates/t.json": '{"a": 1,\n "a": 2}'},
        ["templates/t.json:2:2 error json"],
        {"templates/t.json": '{"a": 1,\n "b": 2}'},
    ),
    Case("json", {"templates/t.json": '{"a": 1,\n "b" 2}'}, ["templates/t.json:2:6 error json"], {}),
    Case(
        "hidden-character",
        {"facts/f.md": fact(body="one\ntwo \u202eeerht\u202c\n")},
        ["facts/f.md:8:5 error hidden-character"],
        {"facts/f.md": fact(body="caf\u00e9 \U0001f469\u200d\U0001f4bb\tok\r\n")},
    ),
    Case(
        "hidden-character",
        {"facts/f.md": fact().replace("title: T", "title: T\u200b")},
        ["facts/f.md:4:9 error hidden-character"],
        {},
    ),
    Case(
        "secret",
        {"facts/f.md": fact(body=f"one\nuse {TOKEN}\n")},
        ["facts/f.md:8:5 error secret"],
        {"facts/f.md": fact(body="one\nuse ghp_<your token>\n")},
    ),
    Case(
        "record.missing", {"facts/f.md": fact().replace("title: T\n", "")}, ["facts/f.md:2:1 error record.missing"], {}
    ),
    Case(
        "record.extra",
        {"facts/f.md": fact(more="applies_to:\n  owner: x\n")},
        ["facts/f.md:7:3 error record.extra"],
        {"facts/f.md": fact(more="owner: x\n")},
    ),
    Case(
        "record.type",
        {"facts/f.md": fact(more="tags: x\n")},
        ["facts/f.md:6:1 error record.type"],
        {"facts/f.md": fact(more="tags: [x]\n")},
    ),
    Case(
        "record.value",
        {"facts/f.md": fact(more="status: done\n")},
        ["facts/f.md:6:1 error record.value"],
        {"facts/f.md": fact(more="status: draft\n")},
    ),
    Case(
        "record.words",
        {"blocks/a.md": block(body=LINK % " ".join(["and"] * 40))},
        ["blocks/a.md:8:1 error record.words"],
        {"blocks/a.md": block(body=LINK % ("so.[^s1]\n\n~~~sh\n" + "and so on\n" * 40 + "~~~\n\nAnd so on"))},
    ),
    Case(
        "record.misspelt",
        {"facts/f.md": fact(more="tag: [x]\n")},
        ["facts/f.md:6:1 warning record.misspelt"],
        {"facts/f.md": fact(more="tag: [x]\ntags: [x]\n")},
    ),
    Case("place.type", {"facts/a.md": block()}, ["facts/a.md:2:1 error place.type"], {"blocks/sub/a.md": block()}),
    Case("place.id", {"facts/g.md": fact()}, ["facts/g.md:3:1 error place.id"], {"facts/g.md": fact("g")}),
    Case(
        "place.name",
        {"facts/con.md": fact("con")},
        ["facts/con.md:1:1 error place.name"],
        {"facts/console.md": fact("console")},
    ),
    Case(
        "place.name",
        {"facts/My Notes/f.md": fact()},
        ["facts/My Notes/f.md:1:1 error place.name"],
        {"facts/my-notes/f.md": fact()},
    ),
    Case(
        "place.unique",
        {"blocks/a.md": block(), "facts/a.md": fact("a")},
        ["facts/a.md:1:1 error place.unique"],
        {"blocks/a.md": block(), "facts/b.md": fact("b")},
    ),
    Case(
        "place.unique",
        {"blocks/x/a.md": block(), "blocks/y/a.md": block()},
        ["blocks/y/a.md:1:1 error place.unique"],
        {},
    ),
    Case("place.stray", {"facts/f.MD": fact()}, ["facts/f.MD:1:1 error place.stray"], {"facts/README.MD": "x\n"}),
    Case(
        "place.stray",
        {"facts/f.md.orig": "x\n"},
        ["facts/f.md.orig:1:1 error place.stray"],
        {"facts/f.mdb": "x\n", "facts/data.csv": "a,b\n", "facts/.gitkeep": ""},
    ),
    Case(
        "place.stray",
        {"facts/f.txt": fact()},
        ["facts/f.txt:1:1 error place.stray"],
        {"facts/f.txt": fact().replace("type: fact", "type: letter")},
    ),
    Case(
        "place.stray",
        {"schemas/note.json": "{}"},
        ["schemas/note.json:1:1 error place.stray"],
        {"schemas/README.md": "{}"},
    ),
    Case("place.stray", {"Facts/f.md": fact()}, ["Facts:1:1 error place.stray"], {"Factory/f.md": fact()}),
    Case(
        "link.missing",
        {"blocks/a.md": link("[f](../facts/g.md)"), "facts/f.md": fact()},
        ["blocks/a.md:10:9 error link.missing"],
        {"blocks/a.md": link("[f](../facts/f.md) `[g](../facts/g.md)`"), "facts/f.md": fact()},
    ),
    Case(
        "link.missing",
        {"blocks/a.md": link("![i](i.png)")},
        ["blocks/a.md:10:10 error link.missing"],
        {"blocks/a.md": link("![i](i.png)"), "blocks/i.png": b"\x89PNG"},
    ),
    Case(
        "link.missing",
        {"blocks/a.md": link("[[g]]")},
        ["blocks/a.md:10:7 error link.missing"],
        {
            "blocks/a.md": link("[[f]] [[facts/f]] [[facts/f.md|the fact]] [[f#Evidence]]"),
            "facts/f.md": fact(body="## Evidence\n\nx\n"),
        },
    ),
    Case(
        "link.missing",
        {"blocks/a.md": link("[f](kit:facts/g)")},
        ["blocks/a.md:10:9 error link.missing"],
        {"blocks/a.md": link("[f](kit:facts/f) [s](kit:sessions/codex/1#L1-L2)"), "facts/sub/f.md": fact()},
    ),
    Case(
        "link.missing",
        {"blocks/a.md": link("[f](kit:things/f)")},
        ["blocks/a.md:10:9 error link.missing"],
        {"blocks/a.md": link("[f](kit:tasks/f)")},
    ),
    Case("link.missing", {"blocks/a.md": link("[x]()")}, ["blocks/a.md:10:9 error link.missing"], {}),
    Case(
        "link.missing",
        {"blocks/a.md": link("[x](../src/b.py)"), "src/a.py": ""},
        ["blocks/a.md:10:9 error link.missing"],
        {"blocks/a.md": link("[x](../src/a.py) [y](../src) [z](../src/) [q](../src/a.py?plain=1#L3)"), "src/a.py": ""},
    ),
    Case(
        "link.missing",
        {"blocks/a.md": link("[x](a%23b.txt)")},
        ["blocks/a.md:10:9 error link.missing"],
        {
            "blocks/a.md": link("[x](a%23b.txt) [y](<c d.txt>) [z](%63%20d.txt)"),
            "blocks/a#b.txt": "",
            "blocks/c d.txt": "",
        },
    ),
    Case(
        "link.anchor",
        {"blocks/a.md": link("[f](../facts/f.md#proof)"), "facts/f.md": fact(body="## Evidence\n\nx\n")},
        ["blocks/a.md:10:9 error link.anchor"],
        {
            "blocks/a.md": link("[f](../facts/f.md#evidence) [g](#unlock) [h](../facts/f.md#top)"),
            "facts/f.md": fact(body='<a id="top"></a>\n\n## Evidence\n\nx\n'),
        },
    ),
    Case(
        "link.anchor",
        {"blocks/a.md": link("[x](../docs/guide.md#nowhere)"), "docs/guide.md": "# Guide\n\n## Start\n"},
        ["blocks/a.md:10:9 error link.anchor"],
        {"blocks/a.md": link("[x](../docs/guide.md#start)"), "docs/guide.md": "# Guide\n\n## Start\n"},
    ),
    Case("link.anchor", {"blocks/a.md": link("[x](#nowhere)")}, ["blocks/a.md:10:9 error link.anchor"], {}),
    Case(
        "link.anchor",
        {"facts/f.md": fact(body="## A `b`\n\n[x](#a-b-1)\n")},
        ["facts/f.md:9:5 error link.anchor"],
        {"facts/f.md": fact(body="## A `b`\n\n[x](#a-b-1)\n\n### A b\n")},
    ),
    Case(
        "link.outside",
        {"blocks/a.md": link("[x](../../etc/passwd)")},
        ["blocks/a.md:10:9 error link.outside"],
        {"blocks/a.md": link("[x](../kit.toml)"), "kit.toml": ""},
    ),
    Case("link.outside", {"blocks/a.md": link("[x](/etc/passwd)")}, ["blocks/a.md:10:9 error link.outside"], {}),
    Case("link.outside", {"blocks/a.md": link("[x](file:///etc/passwd)")}, ["blocks/a.md:10:9 error link.outside"], {}),
    Case("link.outside", {"blocks/a.md": link("[x](C:/x.md)")}, ["blocks/a.md:10:9 error link.outside"], {}),
    Case(
        "link.absolute",
        {"blocks/a.md": link("[f](/facts/f.md)"), "facts/f.md": fact()},
        ["blocks/a.md:10:9 warning link.absolute"],
        {},
    ),
    Case(
        "link.scheme",
        {"blocks/a.md": link("[x](javascript:alert%281%29)")},
        ["blocks/a.md:10:9 error link.scheme"],
        {"blocks/a.md": link("[x](https://e.org/a%20b) <mailto:a@e.org> http://e.org")},
    ),
    Case(
        "link.ambiguous",
        {"blocks/a.md": link("[[x.png]]"), "facts/x.png": b"", "gates/x.png": b""},
        ["blocks/a.md:10:7 error link.ambiguous"],
        {"blocks/a.md": link("[[facts/x.png]] [[x]]"), "facts/x.png": b"", "gates/x.png": b"", "facts/x.md": fact("x")},
    ),
    Case(
        "source.missing",
        {"facts/f.md": fact(more="sources: [{resource: src/a.py}]\n")},
        ["facts/f.md:6:12 warning source.missing"],
        {
            "facts/f.md": fact(more="sources: [{resource: src/a.py}, {resource: a book}, {resource: 'doi:1/2'}]\n"),
            "src/a.py": "",
        },
    ),
    Case(
        "source.digest",
        {"facts/f.md": fact(more=QUOTED % ("0" * 64))},
        ["facts/f.md:6:54 error source.digest"],
        {"facts/f.md": fact(more=QUOTED % hashlib.sha256(b"so").hexdigest())},
    ),
    Case(
        "supersedes.missing",
        {
            "facts/f.md": fact(more="supersedes: [a, g]\n"),
            "facts/g.md": fact("g", more="status: draft\n"),
            "blocks/a.md": block(),
        },
        ["facts/f.md:6:14 error supersedes.missing"],
        {"facts/f.md": fact(more="supersedes: [g]\n"), "facts/g.md": fact("g", more="status: deprecated\n")},
    ),
    Case(
        "supersedes.cycle",
        {f"facts/{a}.md": fact(a, more=f"status: draft\nsupersedes: [{b}]\n") for a, b in ("fg", "gh", "hf")},
        ["facts/h.md:7:14 error supersedes.cycle"],
        {f"facts/{a}.md": fact(a, more=f"status: draft\nsupersedes: [{b}]\n") for a, b in ("fg", "gh", "ih", "hj")}
        | {"facts/j.md": fact("j", more="status: deprecated\n")},
    ),
    Case(
        "supersedes.heads",
        {
            "facts/f.md": fact(more="supersedes: [h]\n"),
            "facts/g.md": fact("g", more="supersedes: [h]\n"),
            "facts/h.md": fact("h", more="status: deprecated\n"),
        },
        ["facts/f.md:6:14 error supersedes.heads", "facts/g.md:6:14 error supersedes.heads"],
        {
            "facts/f.md": fact(more="supersedes: [h, g]\n"),
            "facts/h.md": fact("h", more="status: deprecated\n"),
            "facts/g.md": fact("g", more="status: deprecated\nsupersedes: [h]\n"),
            "facts/i.md": fact("i", more="status: draft\nsupersedes: [h]\n"),
        },
    ),
    Case(
        "supersedes.status",
        {"facts/f.md": fact(more="supersedes: [g]\n"), "facts/g.md": fact("g")},
        ["facts/f.md:6:14 error supersedes.status"],
        {"facts/f.md": fact(more="status: draft\nsupersedes: [g]\n"), "facts/g.md": fact("g")},
    ),
    Case(
        "fingerprint.twice",
        {"blocks/a.md": block(more=PRINT), "blocks/b.md": block("b", more=PRINT)},
        ["blocks/b.md:6:1 error fingerprint.twice"],
        {
            "blocks/a.md": block(more=PRINT),
            "blocks/b.md": block("b", more=PRINT + "status: deprecated\n"),
            "facts/f.md": fact(more=PRINT),
        },
    ),
    Case(
        "approval.stale",
        {"blocks/a.md": block(more=APPROVED + APPROVAL % WRONG)},
        ["blocks/a.md:7:58 error approval.stale"],
        {"blocks/a.md": block(more=APPROVED + APPROVAL % RIGHT)},
    ),
    Case(
        "approval.digest",
        {"facts/f.md": fact(more='verified: [{by: "human:ana", at: "2026-01-02T00:00:00Z"}]\n')},
        ["facts/f.md:6:13 warning approval.digest"],
        {"facts/f.md": fact(more='verified: [{by: "process:ci", at: "2026-01-02T00:00:00Z"}]\n')},
    ),
    Case(
        "approval.missing",
        {"blocks/a.md": block(more="status: stable\n")},
        ["blocks/a.md:6:1 error approval.missing"],
        {"blocks/a.md": block(more="status: draft\n"), "facts/f.md": fact(more="status: stable\n")},
    ),
    Case(
        "verdict.stale",
        {"blocks/a.md": block(more="status: draft\n"), "reviews/a/links.json": VERDICT % WRONG},
        ["reviews/a/links.json:1:1 warning verdict.stale"],
        {
            "blocks/a.md": block(more="status: draft\n"),
            "reviews/a/links.json": VERDICT % _digest(block(more="status: draft\n")),
        },
    ),
    Case(
        "approval.self",
        {"blocks/a.md": block(more=APPROVED + (APPROVAL % RIGHT).replace("ana", "bo"))},
        ["blocks/a.md:7:13 error approval.self"],
        {},
    ),
    Case(
        "config",
        {"kit.toml": 'format = 1\n\n[live]\nremot = "x"\n'},
        ["kit.toml:4:1 error config"],
        {"kit.toml": 'format = 1\n\n[live]\nremote = "x"\n'},
    ),
    Case("config", {"kit.toml": "a = \n"}, ["kit.toml:1:1 error config"], {}),
    Case(
        "schema.invalid",
        {"schemas/note.schema.json": _own(schema={"n": {"minLength": "3"}})},
        ["schemas/note.schema.json:17:6 error schema.invalid"],
        {
            "schemas/note.schema.json": _own(schema={"n": {"minLength": 3}}),
            "notes/n.md": "---\ntype: note\nid: n\n---\n",
        },
    ),
    Case(
        "schema.invalid",
        {"schemas/note.schema.json": _own(plane="live")},
        ["schemas/note.schema.json:3:3 error schema.invalid"],
        {},
    ),
    Case(
        "schema.invalid",
        {"schemas/note.schema.json": _own(path="schemas/{id}.md")},
        ["schemas/note.schema.json:4:3 error schema.invalid"],
        {},
    ),
    Case(
        "schema.name",
        {"schemas/block.schema.json": _own()},
        ["schemas/block.schema.json:1:1 error schema.name"],
        {"schemas/block.schema.json": (resources.folder("schemas") / "block.schema.json").read_bytes()},
    ),
    Case(
        "schema.name",
        {"schemas/note.schema.json": _own(path="blocks/{id}.md")},
        ["schemas/note.schema.json:4:3 error schema.name"],
        {"schemas/note.schema.json": _own(path="blocks/{id}.json")},
    ),
    Case(
        "schema.pattern",
        {"schemas/note.schema.json": _own(schema={"n": {"pattern": "^(a+)+$"}})},
        ["schemas/note.schema.json:17:6 error schema.pattern"],
        {"schemas/note.schema.json": _own(schema={"n": {"pattern": "^[a-z]+(?:-[a-z]+)*$"}})},
    ),
    Case(
        "schema.reference",
        {"schemas/note.schema.json": _own(schema={"n": {"$ref": "https://e.org/s.json"}})},
        ["schemas/note.schema.json:17:6 error schema.reference"],
        {"schemas/note.schema.json": _own(schema={"n": {"$ref": "#/properties/meta/properties/id"}})},
    ),
    Case(
        "schema.template",
        {"schemas/note.schema.json": _own(template="note.md")},
        ["schemas/note.schema.json:1:1 error schema.template"],
        {"schemas/note.schema.json": _own(template="note.md"), "templates/note.md": "---\ntype: note\n---\n"},
    ),
]
