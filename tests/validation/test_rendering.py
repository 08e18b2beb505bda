"""A report reads well for people, GitHub and code scanning, and nothing from a record steers any of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kit.records.finding import ERROR, WARNING, Finding
from kit.validation import rendering
from kit.validation.rules import RULES
from kit.validation.validate import Report
from tests.validation.cases import CASES
from tests.validation.files import report, write

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "a%b\r\n::set-output name=x::y\x1b]0;t\x07\u202e, c: d\udcff"


def a_report(*findings: Finding, asked: frozenset[str] = frozenset()) -> Report:
    return Report(tuple(sorted(findings)), asked, 1)


def finding(path: str = "facts/f.md", severity: str = ERROR, message: str = "wrong", fix: str = "right") -> Finding:
    return Finding(path, 3, 7, "link.missing", severity, message, fix)


def test_text_is_two_lines_with_place_rule_and_fix() -> None:
    assert rendering.text(finding()) == "facts/f.md:3:7: error link.missing: wrong\n  fix: right"


def test_text_keeps_its_two_lines_whatever_a_record_holds() -> None:
    text = rendering.text(finding(NASTY, message=NASTY, fix=NASTY))
    assert text.count("\n") == 1
    assert text.isascii()
    assert text.isprintable() is False  # the one newline
    assert text.replace("\n", "").isprintable()


def test_the_summary_counts() -> None:
    told = a_report(finding(), finding(severity=WARNING), asked=frozenset(("a", "b")))
    assert rendering.summary(told) == "checked 1 record in 2 files: 1 error, 1 warning"


def test_an_annotation_is_one_command_whatever_a_record_holds() -> None:
    (line,) = rendering.github(a_report(finding(NASTY, message=NASTY, fix=NASTY)))
    assert "\n" not in line
    assert "\r" not in line
    place, message = line.removeprefix("::error ").split("::", 1)
    assert place.startswith(
        "file=a%25b%0D%0A%3A%3Aset-output name=x%3A%3Ay\\x1b]0;t\\x07\\u202e%2C c%3A d\\udcff,line=3"
    )
    assert place.endswith(",line=3,col=7,title=link.missing")
    assert message.count("%0A") == 1


def test_annotations_begin_with_errors_of_changed_files() -> None:
    findings = [finding("a", WARNING), finding("b", ERROR), finding("c", WARNING), finding("d", ERROR)]
    lines = rendering.github(a_report(*findings, asked=frozenset(("c", "d"))))
    assert [line.split("file=")[1][0] for line in lines] == ["d", "c", "b", "a"]


def test_json_has_every_field_of_a_finding() -> None:
    told = rendering.json(a_report(finding(), asked=frozenset(("facts/f.md",))))
    assert json.loads(json.dumps(told)) == {
        "findings": [
            {"path": "facts/f.md", "line": 3, "column": 7, "rule": "link.missing", "severity": "error",
             "message": "wrong", "fix": "right"}
        ],
        "errors": 1, "warnings": 0, "records": 1, "files": 1,
    }  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> dict[str, Any]:
    """A SARIF log of many faults, as it is read back."""
    for case in CASES:
        write(tmp_path, {path: data for path, data in case.bad.items() if not path.endswith(".schema.json")})
    write(tmp_path, {"facts/a b%.md": "x"})
    return dict(json.loads(json.dumps(rendering.sarif(report(tmp_path)))))


def only(value: dict[str, Any], required: set[str], optional: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    assert required <= set(value) <= required | optional, value


def test_sarif_is_built_as_the_standard_says(log: dict[str, Any]) -> None:
    """OASIS SARIF 2.1.0, sections 3.13 to 3.58: the objects used here are closed, and these are their properties."""
    only(log, {"$schema", "version", "runs"})
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    only(run, {"tool", "results", "columnKind"})
    assert run["columnKind"] == "unicodeCodePoints"
    only(run["tool"], {"driver"})
    driver = run["tool"]["driver"]
    only(driver, {"name", "semanticVersion", "informationUri", "rules"})
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    for rule in driver["rules"]:
        only(rule, {"id", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration"})
        only(rule["shortDescription"], {"text"})
        only(rule["help"], {"text"})
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
    assert len(run["results"]) > 15
    for result in run["results"]:
        only(result, {"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"})
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        only(result["message"], {"text"})
        (location,) = result["locations"]
        only(location, {"physicalLocation"})
        place = location["physicalLocation"]
        only(place, {"artifactLocation", "region"})
        only(place["artifactLocation"], {"uri", "uriBaseId"})
        only(place["region"], {"startLine", "startColumn"})
        assert min(place["region"].values()) >= 1
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())


def test_sarif_names_files_by_relative_uris(log: dict[str, Any]) -> None:
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in log["runs"][0]["results"]}
    assert "facts/a%20b%25.md" in uris
    assert not any(uri.startswith("/") or ":" in uri for uri in uris)


def test_a_finding_that_only_moves_stays_the_same_alert() -> None:
    one, other = (
        rendering.sarif(a_report(finding()._replace(line=line)))["runs"][0]["results"][0]["partialFingerprints"]
        for line in (3, 30)
    )
    assert one == other
