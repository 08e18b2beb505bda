"""A new record is valid and at a free place, or nothing is written and all that is missing is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kit.errors import InvalidInput, NotFound, Taken, UsageError
from kit.memory import given, new
from kit.memory.given import Given
from kit.records import check, record, record_type
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from kit.memory.new import Made
    from tests.memory.conftest import Kb

TYPES = record_type.shipped()
BLOCK = ["title=One claim", "description=Use when.", "Situation=A", "Mechanism=B", "Unlock=C", "Verification=D"]


def make(kb: Kb, type_name: str, *words: str, source: str | bytes = "") -> Made:
    known = kb.knowledge
    declared = new.reviewed_type(known.types, type_name)
    data = source.encode() if isinstance(source, str) else source
    wish = given.read(data, declared) if data else Given()
    given.add(wish, words, declared)
    return new.new(known, declared, wish, by="human:ana", now=1_800_000_000.0)


def refused(kb: Kb, type_name: str, *words: str, source: str = "") -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        make(kb, type_name, *words, source=source)
    return caught.value


def test_a_record_is_made_of_the_template_what_is_given_and_what_kit_knows(kb: Kb) -> None:
    made = make(kb, "block", *BLOCK, "tags=git,yaml", "applies_to.languages=python", "Dead ends=one\ntwo")
    new.write(kb.top, made)
    assert made.path == "blocks/one-claim.md"
    assert kb.read(made.path) == (
        "---\ntype: block\nid: one-claim\ntitle: One claim\ndescription: Use when.\nstatus: draft\ntags: [git, yaml]\n"
        'applies_to: {languages: [python]}\ngenerated: {by: "human:ana", at: "2027-01-15T08:00:00.000Z"}\n---\n'
        "## Situation\n\nA\n\n## Mechanism\n\nB\n\n## Dead ends\n\n- one\n- two\n\n"
        "## Unlock\n\nC\n\n## Verification\n\nD\n"
    )
    read = record.parse(made.path, kb.read(made.path).encode())
    assert check.check(read, TYPES["block"]) == []
    assert read.canonical(TYPES["block"]).dump() == read.dump()


@pytest.mark.parametrize("type_name", [each.name for each in TYPES.values() if each.is_reviewed and not each.made_by])
def test_of_every_type_all_that_is_missing_is_said_at_once_and_is_enough(kb: Kb, type_name: str) -> None:
    error = refused(kb, type_name)
    assert (error.code, error.exit_code) == ("incomplete", 5)
    missing: list[dict[str, Any]] = error.details["missing"]
    assert all(each["description"] and each["example"] for each in missing)
    assert all(f"missing {each['kind']} {each['name']}:" in error.message for each in missing)
    assert {"field title", "field description"} <= {f"{each['kind']} {each['name']}" for each in missing}
    made = make(kb, type_name, *(f"{each['name']}={each['example']}" for each in missing))
    assert check.check(made.record, TYPES[type_name]) == []
    for left_out in missing:
        words = [f"{each['name']}={each['example']}" for each in missing if each != left_out]
        assert [each["name"] for each in refused(kb, type_name, *words).details["missing"]] == [left_out["name"]]


def test_what_is_wrong_is_said_beside_what_is_missing(kb: Kb) -> None:
    error = refused(kb, "fact", "title=T", "status=done", "tags=A B")
    assert [each["name"] for each in error.details["missing"]] == ["description"]
    assert len(error.details["findings"]) == 2
    assert refused(kb, "fact", "title=T", "description=D", "status=done").code == "invalid"


def test_a_live_type_is_refused_with_the_command_that_writes_it(kb: Kb) -> None:
    with pytest.raises(UsageError) as caught:
        make(kb, "claim")
    assert (caught.value.exit_code, caught.value.hint) == (2, "use kit claim")
    with pytest.raises(NotFound, match="no type 'fakt'"):
        make(kb, "fakt")


def test_a_file_s_fields_body_and_sections_are_kept_and_the_rest_comes_from_the_template(kb: Kb) -> None:
    body = "Before all.\n\n## Situation\n\nIt  fails.\n\n### Deeper\n\n## Own heading\n\n`x`  \n"
    source = f"---\nowner: ben # ours\nid: mine\n---\n{body}"
    made = make(kb, "block", *[word for word in BLOCK if not word.startswith("Situation")], source=source)
    assert made.record.meta["owner"] == "ben"
    assert made.record.meta["status"] == "draft"
    assert made.path == "blocks/mine.md"
    assert made.record.body.startswith(body)
    assert list(made.record.outline.sections) == ["Situation", "Own heading", "Mechanism", "Unlock", "Verification"]


def test_a_section_that_is_set_stands_in_place_of_the_file_s(kb: Kb) -> None:
    source = "\r\n".join(["## Evidence", "", "old", "", "## Other", "", "kept", ""])
    made = make(kb, "fact", "title=T", "description=D", "evidence=new", source=b"\xef\xbb\xbf" + source.encode())
    assert made.record.body == "## Evidence\n\nnew\n\n## Other\n\nkept\n"


@pytest.mark.parametrize(
    "source",
    [
        '{"title": "T", "description": "D", "tags": ["a"], "sections": {"Evidence": "E"}}',
        '{"title": "T", "description": "D", "tags": ["a"], "body": "## Evidence\\n\\nE"}',
        "---\ntitle: T\ndescription: D\ntags: [a]\n---\n## Evidence\n\nE",
    ],
)
def test_json_and_markdown_give_the_same_record(kb: Kb, source: str) -> None:
    made = make(kb, "fact", source=source)
    assert made.record.dump() == make(kb, "fact", "title=T", "description=D", "tags=a", "Evidence=E").record.dump()


def test_a_plain_text_becomes_the_body_even_if_it_begins_with_a_brace(kb: Kb) -> None:
    for text in ("Only a text.\n", "{x} is a slot.\n"):
        assert make(kb, "fact", "title=T", "description=D", source=text).record.body == text


def test_a_template_that_was_copied_and_filled_in_part_says_what_is_left(kb: Kb) -> None:
    made = new._template(kb.knowledge, TYPES["block"]).dump().decode()
    error = refused(kb, "block", source=made.replace("{Why it happens.}", "Because."))
    names = [each["name"] for each in error.details["missing"]]
    assert names == ["title", "description", "Situation", "Unlock", "Verification"]


@pytest.mark.parametrize("source", ["---\na: [\n---\n", "---\na: b\n", "---\n- a\n---\n", "---\na: &x 1\n---\n"])
def test_a_file_that_is_malformed_is_refused(kb: Kb, source: str) -> None:
    with pytest.raises(Malformed):
        make(kb, "fact", source=source)


def test_values_take_the_type_that_the_schema_wants(kb: Kb) -> None:
    made = make(
        kb, "fact", "title=no", "description=1.10", "tags=a, b,", "tags=c", "sources=https://x.y, README.md",
        "applies_to.languages=python,go", 'applies_to.paths=["a,b/**"]', "n.m=1", "id=12e34",
    )  # fmt: skip
    assert made.record.meta["title"] == "no"
    assert made.record.meta["description"] == "1.10"
    assert made.record.meta["tags"] == ["a", "b", "c"]
    assert made.record.meta["sources"] == [{"resource": "https://x.y"}, {"resource": "README.md"}]
    assert made.record.meta["applies_to"] == {"languages": ["python", "go"], "paths": ["a,b/**"]}
    assert made.record.meta["n"] == {"m": "1"}
    assert made.path == "facts/12e34.md"
    assert record.parse(made.path, made.record.dump()).meta == made.record.meta


def test_words_that_say_nothing_clear_are_refused(kb: Kb) -> None:
    for words in (["title"], ["=x"], ["title=a", "title=b"], ["Evidence=a", "Evidence=b"], ["stauts=stable"]):
        with pytest.raises(UsageError):
            make(kb, "fact", *words)
    for word in ("tags=[1", "title.x=1"):
        with pytest.raises(InvalidInput):
            make(kb, "fact", word, source='{"title": "T"}')


def test_nothing_is_overwritten_and_no_id_is_given_twice(kb: Kb) -> None:
    kb.fact("facts/deep/one-claim.md")
    for word in ("id=one-claim", "title=One claim!"):
        with pytest.raises(Taken, match=r"the id 'one-claim' is that of facts/deep/one-claim.md") as caught:
            make(kb, "block", *BLOCK[word[0] == "t" :], word)
        assert (caught.value.code, caught.value.exit_code) == ("exists", 6)
    made = make(kb, "block", *BLOCK[1:], "title=Another")
    kb.write("blocks/another.md", "mine")
    with pytest.raises(Taken, match="exists already"):
        new.write(kb.top, made)
    kb.write("blocks/Third.md", "mine")
    with pytest.raises(Taken, match=r"blocks/Third.md exists already"):
        make(kb, "block", *BLOCK[1:], "title=Third")
    assert kb.read("blocks/another.md") == "mine"


@pytest.mark.parametrize("name", ["../x", "a/b", ".git", "con", "A", "x.lock", "a" * 81, "-x", "ä", "a\0b"])
def test_an_id_that_is_none_is_refused(kb: Kb, name: str) -> None:
    assert refused(kb, "fact", "title=T", "description=D", f"id={name}").code == "invalid_id"


def test_a_title_without_letters_needs_an_id(kb: Kb) -> None:
    assert [each["name"] for each in refused(kb, "fact", "title=???", "description=D").details["missing"]] == ["id"]


def test_a_secret_is_never_written_and_its_kind_and_line_are_said(kb: Kb) -> None:
    token = "ghp_" + "k3Jd82hfKs92LdPq71mZxT45vBnR60wYcE3u"
    error = refused(kb, "fact", "title=T", "description=D", f"Evidence=a\n{token}\n")
    assert (error.code, error.exit_code) == ("secret", 5)
    assert token not in str(error.message) + str(error.details)
    assert [each["line"] for each in error.details["secrets"]] == [12]
    assert not (kb.top / "facts").exists()


def test_what_the_schema_would_rather_have_is_a_warning(kb: Kb) -> None:
    made = make(kb, "fact", "title=T", "description=D", source="---\nstale_aftr: 2027-01-01\n---\n")
    assert [each.rule for each in made.warnings] == ["record.misspelt"]


def test_a_type_of_the_project_needs_two_files_and_no_code(kb_below: Kb) -> None:
    kb = kb_below
    kb.write(
        "kb/schemas/runbook.schema.json",
        """{"title": "Runbook", "description": "What to do when it rings.",
        "x-kit": {"plane": "reviewed", "path": "runbooks/{service}/{id}.md", "template": "runbook.md",
                  "sections": {"Steps": {"required": true, "list": true}}},
        "properties": {"meta": {"properties": {"type": {"const": "runbook"}, "id": {"type": "string"},
            "title": {"type": "string"}, "pages": {"type": "integer"},
            "service": {"type": "string", "description": "Which one.", "examples": ["web"]}},
            "required": ["type", "id", "title", "service"]},
          "sections": {"properties": {"Steps": {"type": "array", "minItems": 2, "description": "One by one."}}}}}""",
    )
    kb.write(
        "kb/templates/runbook.md",
        '---\ntype: runbook\ntitle: "{what rings}"\nservice: "{which}"\nowner: ops\n---\n'
        "## Steps\n\n- {one by one}\n\n## Contacts\n\nThe channel.\n",
    )
    error = refused(kb, "runbook", "title=Disk full")
    assert error.details["missing"] == [
        {"kind": "field", "name": "service", "description": "Which one.", "example": "web"},
        {"kind": "section", "name": "Steps", "description": "One by one.", "example": ""},
    ]
    assert refused(kb, "runbook", "title=A", "service=web", "Steps=one").code == "invalid"
    made = make(kb, "runbook", "title=Disk full", "service=web", "Steps=look\nfree", "pages=3")
    assert made.path == "kb/runbooks/web/disk-full.md"
    assert made.record.dump().decode() == (
        "---\ntype: runbook\nid: disk-full\ntitle: Disk full\npages: 3\nservice: web\nowner: ops\n---\n"
        "## Steps\n\n- look\n- free\n\n## Contacts\n\nThe channel.\n"
    )


def test_a_project_s_template_stands_in_place_of_the_shipped_one(kb: Kb) -> None:
    kb.write("templates/fact.md", "---\nstatus: stable\ntags: [ours]\n---\n## Review\n\nby ops\n")
    made = make(kb, "fact", "title=T", "description=D")
    assert made.record.meta["tags"] == ["ours"]
    assert made.record.meta["status"] == "stable"
    assert made.record.body == "## Review\n\nby ops\n"
    kb.write("templates/fact.md", "---\n")
    assert "templates/fact.md" in refused(kb, "fact", "title=T", "description=D").message
    (kb.top / "templates/fact.md").unlink()
    (kb.top / "templates/fact.md").symlink_to("/etc/passwd")
    assert "symbolic link" in refused(kb, "fact", "title=T", "description=D").message


def test_a_json_type_is_written_as_json(kb: Kb) -> None:
    schema = '{"x-kit": {"plane": "reviewed", "path": "notes/{id}.json"}, "properties": {"meta": {"properties": %s}}}'
    kb.write("schemas/note.schema.json", schema % '{"id": {}, "n": {"type": "integer"}}')
    new.write(kb.top, make(kb, "note", "id=a", "n=3", source='{"z": [1]}'))
    assert kb.read("notes/a.json") == '{\n  "id": "a",\n  "n": 3,\n  "type": "note",\n  "z": [\n    1\n  ]\n}\n'
    with pytest.raises(InvalidInput, match="JSON object"):
        make(kb, "note", "id=b", source="text")


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n", "x" * (1 << 18)])
def test_a_text_that_could_not_be_read_again_is_not_written(kb: Kb, text: str) -> None:
    with pytest.raises(Malformed):
        make(kb, "fact", "title=T", "description=D", source=text)


def test_a_schema_that_says_nothing_of_a_field_will_do(kb: Kb) -> None:
    schema = '{"x-kit": {"plane": "reviewed", "path": "notes/{id}.md", "sections": {"A": {"required": true}}}, %s}'
    kb.write(
        "schemas/note.schema.json",
        schema
        % '"properties": {"meta": {"properties": {"id": true, "of": {}}, "required": ["id", "of"]}, "sections": true}',
    )
    error = refused(kb, "note", "of=x")
    assert [(each["name"], each["description"], each["example"]) for each in error.details["missing"]] == [
        ("id", "", ""),
        ("A", "", ""),
    ]
    assert refused(kb, "note", "id=a", "of=\udcff", "A=b").code == "encoding"
    assert refused(kb, "note", "id=a", "of=[\udcff", "A=b").code == "encoding"
    assert make(kb, "note", "id=a", "of=b", "A=c").path == "notes/a.md"
