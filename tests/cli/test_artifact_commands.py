"""`kit artifact`: files in, files out, and never over one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import kit, kit_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

SECRET = "ghp_" + "a1B2c3D4e5" * 4


@pytest.fixture
def folders(clones: Callable[..., list[Path]]) -> tuple[Path, Path]:
    ana, ben = clones(2)
    return ana, ben


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.txt"
    file.write_bytes(b"one\r\n")
    return file


def test_a_file_is_put_and_got(folders: tuple[Path, Path], report: Path, tmp_path: Path) -> None:
    ana, ben = folders
    assert kit(ana, "artifact", "put", str(report)).out == "put report.txt, version 1, 5 bytes\n"
    out = tmp_path / "got.txt"
    done = kit(ben, "artifact", "get", "report.txt", "-o", str(out), "--json")
    assert (done.json["file"], done.json["version"], done.json["size"]) == (str(out), 1, 5)
    assert out.read_bytes() == b"one\r\n"
    report.write_bytes(b"two")
    done = kit(ben, "artifact", "put", str(report), "--json", agent="ben")
    assert (done.json["version"], done.json["replaced"]["agent"]) == (2, "ana")
    again = kit(ana, "artifact", "get", "report.txt", "-o", str(out))
    assert (again.code, out.read_bytes()) == (6, b"one\r\n")
    assert "--force replaces it" in again.err
    assert kit(ana, "artifact", "get", "report.txt", "-o", str(out), "--force").code == 0
    assert out.read_bytes() == b"two"
    old = kit_process(ana, "artifact", "get", "report.txt", "--version", "1", "-o", "-")
    assert (old.out, old.err) == ("one\n", "")


def test_without_an_output_it_is_written_under_its_name_in_this_folder(
    folders: tuple[Path, Path], report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit(folders[0], "artifact", "put", str(report), "--name", "Other.TXT", "--task", "parser")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert kit(folders[1], "artifact", "get", "Other.TXT", "--task", "parser").code == 0
    assert (tmp_path / "here" / "Other.TXT").read_bytes() == b"one\r\n"


def test_the_list_shows_a_scope_and_names_the_tasks_that_have_some(folders: tuple[Path, Path], report: Path) -> None:
    ana, ben = folders
    kit(ana, "artifact", "put", str(report))
    kit(ana, "artifact", "put", str(report), "--task", "parser")
    done = kit(ben, "artifact", "list")
    assert done.out.splitlines()[1].split()[:4] == ["report.txt", "1", "5", "ana"]
    assert done.err == "tasks with artifacts: parser (kit artifact list --task parser)\n"
    found = kit(ben, "artifact", "list", "--task", "parser", "--json").json
    assert [(each["name"], each["task"]) for each in found["artifacts"]] == [("report.txt", "parser")]
    assert kit(ben, "artifact", "list", "--task", "lexer").err == "no artifacts of task lexer\n"


def test_failures_have_their_own_exit_status(folders: tuple[Path, Path], report: Path, tmp_path: Path) -> None:
    ana, _ = folders
    (tmp_path / "link").symlink_to(report)
    (tmp_path / "env").write_text(f"a\nb={SECRET}\n")
    secret = kit(ana, "artifact", "put", str(tmp_path / "env"), "--json")
    assert (secret.code, secret.error["secrets"][0]["line"]) == (7, 2)
    assert SECRET not in secret.out + secret.err
    assert kit(ana, "artifact", "put", str(tmp_path / "env"), "--redact").err.startswith("redacted: 1 ")
    for file, code in (("link", 5), ("nothing", 4), (".", 5)):
        assert kit(ana, "artifact", "put", str(tmp_path / file)).code == code
    (ana / "kit.toml").write_text("[artifacts]\nmax_size = 4\n")
    assert kit(ana, "artifact", "put", str(report)).code == 5
    assert kit(ana, "artifact", "get", "nothing").code == 4
    assert kit(ana, "artifact", "get", "env", "-o", "-", "--json").code == 2


def test_offline_what_was_seen_is_got_and_nothing_is_put(
    folders: tuple[Path, Path], report: Path, remote: PathRemote, tmp_path: Path
) -> None:
    ana, _ = folders
    kit(ana, "artifact", "put", str(report))
    remote.stop()
    assert kit(ana, "artifact", "put", str(report)).code == 8
    done = kit(ana, "artifact", "get", "report.txt", "-o", str(tmp_path / "got"), "--json")
    assert (done.code, done.json["fetched"]) == (0, False)
    assert "not fetched" in kit(ana, "artifact", "list").err
