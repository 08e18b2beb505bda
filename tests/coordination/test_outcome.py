"""What came of a recalled record is kept, told in the log, and no secret gets into it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


def test_an_outcome_is_on_the_remote_and_in_the_log(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    ana, ben = clones(2)
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    said = kit(ana, "outcome", "old-advice", "harmed", "--note", f"it wants {token}", "--task", "parser", "--json")
    assert (said.code, said.json["sent"]) == (0, True)
    found = said.json["outcome"]
    ref = f"refs/kit/agents/ana/{found['instance']}"
    path = f"agents/ana/{found['instance']}/outcomes/{found['id']}.json"
    assert json.loads(git(remote.path, "show", f"{ref}:{path}")) == found
    assert token not in found["note"]
    assert "old-advice harmed" in kit(ben, "log").out


def test_an_outcome_waits_for_a_remote_that_is_away(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    (ana,) = clones(1)
    remote.stop()
    done = kit(ana, "outcome", "old-advice", "helped", "--json")
    assert (done.code, done.json["sent"]) == (0, False)


def test_what_is_no_outcome_is_refused(repo: Path) -> None:
    assert kit(repo, "outcome", "x", "meh").code == 2
    assert kit(repo, "outcome", "No Such", "helped").code == 5
