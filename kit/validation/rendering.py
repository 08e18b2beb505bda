"""A report in the forms that people, GitHub and code scanning read; what comes from records cannot steer any of them.

Sources: GitHub, "Workflow commands"; OASIS, "SARIF 2.1.0".
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kit import __version__
from kit.records import markdown
from kit.safety.text import printable
from kit.validation.rules import RULES

if TYPE_CHECKING:
    from kit.records.finding import Finding
    from kit.validation.validate import Report

HELP = "https://knowledge-kit.dev/rules"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(finding: Finding) -> str:
    """Returns a finding as `path:line:column: severity rule: message`, and the fix on a line of its own."""
    path, line, column, rule, severity, message, fix = finding
    where = f"{_line(path)}:{line}:{column}"
    return f"{where}: {severity} {rule}: {_line(message)}\n  fix: {_line(fix)}"


def summary(report: Report) -> str:
    """Returns what was looked at and found, in one line."""
    return (
        f"checked {_count(report.records, 'record')} in {_count(report.files, 'file')}: "
        f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}"
    )


def json(report: Report) -> dict[str, Any]:
    """Returns a report as one JSON object."""
    return {
        "findings": [finding.to_json() for finding in report.findings],
        "errors": report.errors,
        "warnings": report.warnings,
        "records": report.records,
        "files": report.files,
    }


def github(report: Report) -> list[str]:
    """Returns a report as annotations: those of changed files and errors first, because GitHub shows ten of a kind."""
    ordered = sorted(report.findings, key=lambda each: (each.path not in report.asked, not each.is_error, each))
    return [_annotation(each) for each in ordered]


def sarif(report: Report) -> dict[str, Any]:
    """Returns a report as a SARIF 2.1.0 log; the results are those of one run, the rules all that there are."""
    names = list(RULES)
    results = [_result(each, names.index(each.rule)) for each in report.findings]
    driver = {
        "name": "kit",
        "semanticVersion": __version__,
        "informationUri": HELP,
        "rules": [_rule(name) for name in names],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _annotation(finding: Finding) -> str:
    place = {"file": finding.path, "line": finding.line, "col": finding.column, "title": finding.rule}
    properties = ",".join(f"{name}={_escaped(str(value), more=':,')}" for name, value in place.items())
    told = _escaped(f"{_line(finding.message)}\nfix: {_line(finding.fix)}")
    return f"::{finding.severity} {properties}::{told}"


def _escaped(text: str, *, more: str = "") -> str:
    return "".join(f"%{ord(each):02X}" if each in "%\r\n" + more else each for each in printable(text))


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.more}".strip()},
        "help": {"text": rule.fix},
        "helpUri": f"{HELP}#{markdown.anchor(name)}",
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    path = quote(finding.path.encode("utf-8", "surrogateescape"))
    place = {
        "artifactLocation": {"uri": path, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": finding.line, "startColumn": finding.column},
    }
    # Without line and column: a finding that only moves stays the same alert.
    identity = "\0".join((finding.path, finding.rule, finding.message)).encode("utf-8", "surrogatepass")
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{_line(finding.message)}. Fix: {_line(finding.fix)}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"kit/v1": hashlib.sha256(identity).hexdigest()},
    }


def _line(text: str) -> str:
    return printable(text, keep_newlines=False)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
