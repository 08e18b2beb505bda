"""The pages of docs/ that list what the code declares say what it declares now."""

from __future__ import annotations

import re

import pytest

from kit import config, setting
from kit.records import record_type
from kit.validation.rules import RULES
from tests import generated


@pytest.mark.parametrize("file", generated.pages(), ids=lambda file: file.name)
def test_a_page_is_as_it_would_be_made_now(file: generated.Path) -> None:
    assert file.read_text("utf-8") == generated.pages()[file], "run: python -m tests.generated"


def test_every_key_and_every_type_is_on_its_page() -> None:
    keys = (generated.DOCS / "configuration.md").read_text("utf-8")
    assert [key.name for key in config.KEYS if f"| `{key.name}` |" not in keys] == []
    types = (generated.DOCS / "records.md").read_text("utf-8")
    assert [name for name in record_type.shipped() if f"| `{name}` |" not in types] == []


def test_every_rule_has_a_section_and_every_section_is_a_rule() -> None:
    page = (generated.DOCS / "rules.md").read_text("utf-8")
    assert re.findall(r"^## (\S+)\n\n\*(?:error|warning)\.\*", page, re.MULTILINE) == list(RULES)


def test_the_defaults_on_the_page_are_read_as_the_defaults() -> None:
    for key in config.KEYS:
        *table, name = key.name.split(".")
        text = "".join(f"[{each}]\n" for each in table) + f"{name} = {setting.written(key, key.default)}\n"
        assert config.parse(text.encode()) == config.defaults()


def test_the_example_of_a_whole_file_on_the_page_is_valid() -> None:
    page = (generated.DOCS / "configuration.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert config.parse(example.encode()).text("root") == "kb"
