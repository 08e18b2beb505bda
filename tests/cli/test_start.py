"""What a command may load: start-up is most of what an agent waits for."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kit.cli import COMMANDS
from tests.kit import kit

HEAVY = {"pygit2", "whoosh", "jsonschema", "yaml", "frontmatter", "filelock", "rich", "markdown_it", "tomllib"}


def loaded(code: str, folder: Path) -> set[str]:
    """Returns which heavy packages a fresh interpreter has loaded after `code`."""
    script = f"import sys\nsys.argv = ['kit']\n{code}\nprint(*{HEAVY!r} & set(sys.modules))"
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder, env=environment
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_command_line_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded("import kit.cli", tmp_path) == set()


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = "import kit.cli\ntry: kit.cli.kit.main(['--help'], standalone_mode=False)\nexcept SystemExit: pass"
    assert loaded(code, tmp_path) == set()


@pytest.mark.parametrize("module", ["claim", "complete", "tasks", "send", "memory", "recall"])
def test_the_module_of_a_command_loads_nothing_heavy(module: str, tmp_path: Path) -> None:
    assert loaded(f"import kit.cli.{module}", tmp_path) == set()


@pytest.mark.parametrize(
    "words", [["claim", "new"], ["complete", "x"], ["send", "ben", "hi"], ["memory", "set", "k", "v"]]
)
def test_what_moves_one_ref_loads_nothing_heavy(words: list[str], repo: Path) -> None:
    assert kit(repo, "claim", "x", agent="ana").code == 0
    words = [*words, "--repo", str(repo), "--agent", "ana"]
    assert loaded(f"import kit.cli\nkit.cli.kit.main({words}, standalone_mode=False)", repo) == set()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list open files")
def test_a_command_leaves_no_process_of_git_behind(repo: Path) -> None:
    assert kit(repo, "claim", "x", agent="ana").code == 0
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert kit(repo, "complete", "x", agent="ana").code == 0
    assert kit(repo, "complete", "x", agent="ben").code != 0
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_recall_does_not_load_pygit2(repo: Path) -> None:
    words = f"['recall', 'x', '--repo', {str(repo)!r}]"
    code = f"import kit.cli\nkit.cli.kit.main({words}, standalone_mode=False)"
    loaded(code, repo)
    assert loaded(code, repo) <= {"whoosh"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, repo: Path) -> None:
    found = importlib.import_module(f"kit.cli.{COMMANDS[name].module}").command
    verbs = [[name, verb] for verb in found.commands] if isinstance(found, click.Group) else [[name]]
    for words in verbs:
        done = kit(repo, *words, "--help")
        assert done.code == 0
        assert "Examples:" in done.out, words


def test_every_command_takes_the_common_options(repo: Path) -> None:
    for name, entry in COMMANDS.items():
        found = importlib.import_module(f"kit.cli.{entry.module}").command
        verbs = found.commands.values() if isinstance(found, click.Group) else [found]
        for verb in verbs:
            assert {"as_json", "repo", "agent"} <= {option.name for option in verb.params}, name
    assert kit(repo, "no-such-command").code == 2
    assert kit(repo, "calim", "--json").error["message"].endswith("did you mean 'claim'?")
