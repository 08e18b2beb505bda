from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.git import git
from tests.kit import kit, kit_process
from tests.validation.files import block, fact, write

TOP = Path(__file__).parents[2]
BAD = fact("g", body="[x](gone.md)\n")
BAD_LINE = "facts/g.md:7:5: error link.missing: there is no facts/gone.md"


@pytest.fixture
def committed(repo: Path) -> Path:
    """A repository with two facts, one of which has a broken link."""
    write(repo, {"facts/f.md": fact(), "facts/g.md": BAD})
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "-m", "Facts")
    return repo


def rules(folder: Path, *words: str) -> list[str]:
    return [f"{each['path']} {each['rule']}" for each in kit(folder, "validate", *words, "--json").json["findings"]]


def test_a_clean_repository_prints_nothing_and_counts_on_stderr(repo: Path) -> None:
    write(repo, {"facts/f.md": fact(), "blocks/a.md": block()})
    done = kit(repo, "validate")
    assert (done.code, done.out) == (0, "")
    assert done.err == "checked 2 records in 2 files: 0 errors, 0 warnings\n"


def test_a_finding_is_printed_with_its_fix_and_exit_status_1(committed: Path) -> None:
    done = kit(committed, "validate")
    assert done.code == 1
    assert done.out == f"{BAD_LINE}\n  fix: correct the path, or remove the link\n"
    assert done.err == "checked 2 records in 2 files: 1 error, 0 warnings\n"


def test_warnings_count_only_when_they_shall(repo: Path) -> None:
    write(repo, {"facts/f.md": fact(more="tag: [x]\n")})
    assert kit(repo, "validate").code == 0
    assert kit(repo, "validate", "--strict").code == 1


def test_json_is_one_object_in_either_spelling(committed: Path) -> None:
    one, other = kit(committed, "validate", "--json"), kit(committed, "validate", "--format", "json")
    assert one.json == other.json
    assert (one.code, one.json["errors"], one.json["records"]) == (1, 1, 2)


def test_github_gets_annotations(committed: Path) -> None:
    out = kit(committed, "validate", "--format", "github").out
    assert out.startswith("::error file=facts/g.md,line=7,col=5,title=link.missing::there is no facts/gone.md%0Afix: ")
    assert out.count("\n") == 1


def test_code_scanning_gets_sarif(committed: Path) -> None:
    (result,) = kit(committed, "validate", "--format", "sarif").json["runs"][0]["results"]
    assert result["ruleId"] == "link.missing"


def test_named_paths_limit_what_is_reported_not_what_is_known(committed: Path) -> None:
    write(committed, {"blocks/a.md": block(more="status: done\n", body="[f](../facts/f.md)\n")})
    assert set(rules(committed, "blocks")) == {"blocks/a.md record.value", "blocks/a.md record.missing"}
    assert rules(committed, "facts/f.md") == []
    assert rules(committed, "facts") == rules(committed, "facts/g.md", "facts/f.md") == ["facts/g.md link.missing"]
    assert len(rules(committed, ".")) == len(rules(committed))


def test_a_path_counts_from_the_folder_of_repo(committed: Path) -> None:
    assert kit(committed / "facts", "validate", "g.md").code == 1
    assert kit(committed / "facts", "validate", "../facts/f.md").code == 0


def test_a_path_that_is_not_there_is_not_found(committed: Path) -> None:
    assert kit(committed, "validate", "facts/none.md", "--json").error["code"] == "not_found"
    assert kit(committed, "validate", "../elsewhere", "--json").error["exit_code"] == 5


def test_a_commit_is_checked_as_it_is(committed: Path) -> None:
    write(committed, {"facts/f.md": b"\xff", "facts/g.md": fact("g")})
    assert rules(committed, "--rev", "HEAD") == ["facts/g.md link.missing"]
    assert rules(committed, "--rev", "HEAD~1") == []
    assert rules(committed) == ["facts/f.md encoding"]
    assert kit(committed, "validate", "--rev", "nothing", "--json").error["code"] == "not_found"
    assert kit(committed, "validate", "--rev", "--output=x", "--json").code in (2, 4)


def test_staged_reports_what_the_index_changes(committed: Path) -> None:
    assert rules(committed, "--staged") == []
    write(committed, {"facts/h.md": fact("x")})
    git(committed, "add", ".")
    write(committed, {"facts/h.md": fact("h")})
    assert rules(committed, "--staged") == ["facts/h.md place.id"]
    git(committed, "rm", "--quiet", "--force", "--cached", "facts/h.md")
    assert rules(committed, "--staged") == []


def test_staged_works_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", ".")
    write(tmp_path, {"facts/g.md": BAD})
    assert rules(tmp_path, "--staged") == []
    git(tmp_path, "add", ".")
    assert rules(tmp_path, "--staged") == ["facts/g.md link.missing"]


def test_diff_reports_what_the_branch_changed_and_broke(committed: Path) -> None:
    write(committed, {"facts/i.md": fact("i", body="[f](f.md)\n")})
    git(committed, "add", ".")
    git(committed, "commit", "--quiet", "-m", "More")
    git(committed, "checkout", "--quiet", "-b", "topic")
    git(committed, "rm", "--quiet", "facts/f.md")
    git(committed, "commit", "--quiet", "-m", "Remove a fact")
    git(committed, "checkout", "--quiet", "main")
    write(committed, {"facts/main.md": "no record"})
    git(committed, "add", ".")
    git(committed, "commit", "--quiet", "-m", "Break main")
    git(committed, "checkout", "--quiet", "topic")
    assert rules(committed, "--diff", "main") == ["facts/i.md link.missing"]
    write(committed, {"facts/j.md": fact("k")})
    assert rules(committed, "--diff", "main") == ["facts/i.md link.missing", "facts/j.md place.id"]


def test_diff_without_a_common_commit_says_what_to_fetch(committed: Path) -> None:
    git(committed, "checkout", "--quiet", "--orphan", "alone")
    git(committed, "commit", "--quiet", "-m", "Begin anew")
    error = kit(committed, "validate", "--diff", "main", "--json").error
    assert error["code"] == "no_merge_base"
    assert "fetch-depth: 0" in error["hint"]


def test_the_ways_to_choose_files_exclude_one_another(committed: Path) -> None:
    assert kit(committed, "validate", "--staged", "--rev", "HEAD", "--json").error["exit_code"] == 2


def test_a_folder_that_is_no_repository_can_be_checked(tmp_path: Path) -> None:
    top = write(tmp_path / "export", {"facts/f.md": fact("x"), "blocks/a.md": block()})
    assert rules(top) == rules(top / "facts") == ["facts/f.md place.id"]
    assert rules(top / "facts", "f.md") == ["facts/f.md place.id"]
    assert not (top / ".kit").exists()
    assert kit(top, "validate", "--staged", "--json").error["code"] == "no_repository"


def test_a_folder_with_nothing_to_check_says_so(tmp_path: Path) -> None:
    assert kit(tmp_path, "validate", "--json").error["code"] == "no_repository"


def test_a_bare_repository_is_checked_by_commit(committed: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(committed), "bare.git")
    assert kit(tmp_path / "bare.git", "validate", "--json").error["exit_code"] == 2
    assert rules(tmp_path / "bare.git", "--rev", "HEAD") == ["facts/g.md link.missing"]


def test_a_wrong_kit_toml_is_a_finding_and_hides_nothing(committed: Path) -> None:
    write(committed, {"kit.toml": "formatt = 1\n"})
    assert rules(committed) == ["facts/g.md link.missing", "kit.toml config"]


def test_the_knowledge_folder_is_the_one_that_kit_toml_names(committed: Path) -> None:
    write(committed, {"kit.toml": 'root = "kb"\n', "kb/facts/f.md": fact("x"), "kb/README.md": "[x](gone.md)\n"})
    assert rules(committed) == ["kb/README.md link.missing", "kb/facts/f.md place.id"]
    git(committed, "add", ".")
    assert rules(committed, "--staged") == ["kb/README.md link.missing", "kb/facts/f.md place.id"]


def test_the_nearest_kit_toml_holds(committed: Path) -> None:
    write(committed, {"docs/kit.toml": "format = 1\n", "docs/facts/f.md": fact("x")})
    assert rules(committed / "docs") == ["docs/facts/f.md place.id"]
    assert rules(committed) == ["facts/g.md link.missing"]


def test_the_example_is_clean(tmp_path: Path) -> None:
    example = shutil.copytree(TOP / "example-repo", tmp_path / "example")
    done = kit(example, "validate", "--strict", "--json")
    assert done.json["findings"] == []
    assert done.json["records"] > 20


def test_a_second_run_loads_nothing_heavy(committed: Path) -> None:
    code = (
        "import sys\nfrom kit.cli import kit\n"
        f"try: kit.main(['validate', '--repo', {str(committed)!r}], standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "heavy = {'yaml', 'frontmatter', 'jsonschema', 'markdown_it', 'rich', 'pygit2', 'whoosh', 'filelock'}\n"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [run.stderr.splitlines()[-1] for run in runs] == ["frontmatter yaml", ""]
    assert runs[0].stdout == runs[1].stdout != ""


def test_a_hostile_config_runs_nothing(committed: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    write(committed, {".gitattributes": "*.md filter=x diff=x\n"})
    for name in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv",
                 "diff.x.command", "diff.external", "core.pager"):  # fmt: skip
        git(committed, "config", name, str(program))
    write(committed, {"facts/f.md": fact(more="tags: [x]\n")})
    for words in ([], ["--staged"], ["--diff", "HEAD"], ["--rev", "HEAD"]):
        assert kit(committed, "validate", *words).code in (0, 1)
    assert not ran.exists()


def test_several_processes_find_what_one_finds(repo: Path) -> None:
    write(repo, {f"facts/f{n}.md": fact(f"f{n}", more="" if n % 7 else "status: done\n") for n in range(700)})
    one = kit_process(repo, "validate", "--jobs", "1", "--json")
    shutil.rmtree(repo / ".kit")
    two = kit_process(repo, "validate", "--jobs", "2", "--json")
    assert one == two
    assert one.json["errors"] == 100


def test_runs_that_are_killed_leave_nothing_that_changes_an_answer(repo: Path) -> None:
    write(repo, {f"facts/f{n}.md": fact(f"f{n}", more="" if n % 7 else "status: done\n") for n in range(350)})
    words = [sys.executable, "-m", "kit", "validate", "--repo", str(repo), "--jobs", "2"]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for patience in (0.1, 0.3, 0.4, 0.5, 0.6):
        run = subprocess.Popen(
            words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(timeout=patience)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert kit(repo, "validate", "--json").json["errors"] == 50
    assert kit(repo, "validate", "--json").json["errors"] == 50
