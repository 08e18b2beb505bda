"""What was compiled is kept in bounds, and nothing else that stands there is taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import cache
from kit.context.compiled import Compiled

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_stay_and_a_merge_that_waits_beside_them_too(tmp_path: Path) -> None:
    folder = tmp_path / ".kit"
    waiting = folder / "context" / "merge-t.json"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(b"{}")
    keys = [f"{number:064x}" for number in range(cache.FILES + 3)]
    for key in keys:
        cache.write(folder, key, Compiled(b"data", {}))
    assert waiting.exists()
    assert len(list(waiting.parent.iterdir())) == cache.FILES + 1
    assert cache.read(folder, keys[-1]) == Compiled(b"data", {})
