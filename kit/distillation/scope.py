"""Where a candidate holds: languages, tools, errors and paths, from what was seen and nothing else.

What stands in `applies_to` filters recall hard, so each is named only where the problem itself shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kit.distillation import prose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.distillation.attempt import Problem

_LANGUAGES = {
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "typescript", "tsx": "typescript", "go": "go", "rs": "rust", "rb": "ruby", "php": "php", "java": "java",
    "kt": "kotlin", "kts": "kotlin", "scala": "scala", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "hpp": "cpp",
    "cs": "csharp", "swift": "swift", "ex": "elixir", "exs": "elixir", "sh": "shell", "bash": "shell", "sql": "sql",
    "lua": "lua", "zig": "zig", "dart": "dart", "vue": "vue", "svelte": "svelte", "tf": "terraform", "css": "css",
}  # fmt: skip
_IMPORT = re.compile(
    r"^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+)\s*(?:$|;|\s+as\b)"
    r"|import\b.{0,200}?\bfrom\s+['\"]([@\w./-]+)['\"]"
    r"|.{0,80}\brequire\(['\"]([@\w./-]+)['\"]\)|use\s+([a-z]\w*)::)"
)
_PYTHON_OWN = frozenset(
    ("os", "sys", "re", "json", "time", "typing", "pathlib", "collections", "__future__", "datetime", "math", "abc",
     "functools", "itertools", "contextlib", "dataclasses", "logging", "io", "random", "tempfile", "shutil")
)  # fmt: skip
_NO_FRAMEWORK = frozenset(("std", "crate", "self", "super", "core", "alloc", "react-dom", "fs", "path", "util", "test"))
_GLOB = re.compile(r"[A-Za-z0-9_.*/@+-]{1,100}")
_MANIFESTS = frozenset(("package.json", "go.mod", "cargo.toml", "pyproject.toml", "dockerfile", "makefile", "tox.ini",
                        "setup.cfg", "tsconfig.json", "pytest.ini", ".gitignore", "mise.toml"))  # fmt: skip


class Scope(NamedTuple):
    """What stands in `applies_to`."""

    languages: tuple[str, ...]
    frameworks: tuple[str, ...]
    errors: tuple[str, ...]
    paths: tuple[str, ...]

    def to_json(self) -> dict[str, list[str]]:
        return {name: list(value) for name, value in self._asdict().items() if value}


def scope(problem: Problem, *, root: str) -> Scope:
    """Returns where a problem was met."""
    changes = [change for step in problem.fix for change in step.edits]
    files = list(dict.fromkeys(prose.local(change.path, root) for change in changes))
    seen = Counter(language for path in files if (language := _LANGUAGES.get(path.rpartition(".")[2].lower())))
    languages = [language for language, _ in seen.most_common(2)]
    own = problem.runner.language
    if own and own not in languages and not (own == "javascript" and "typescript" in languages):
        languages = [own, *languages][:2]
    if "javascript" in languages and any(each.startswith("TS") for each in problem.failures[0].failure.errors):
        languages = list(dict.fromkeys("typescript" if each == "javascript" else each for each in languages))
    frameworks = [problem.runner.framework] if problem.runner.framework else []
    frameworks += _imported(each.new for each in changes)
    errors = [each for each in problem.failures[0].failure.errors if each != "AssertionError"]
    return Scope(
        tuple(languages), tuple(dict.fromkeys(frameworks))[:4], tuple(errors[:3]), tuple(_globs(files))[:4]
    )  # fmt: skip


def _imported(texts: Iterable[str]) -> list[str]:
    """Returns the packages that the changed lines import themselves."""
    found: list[str] = []
    for text in texts:
        for line in text[:4000].split("\n"):
            if told := _IMPORT.match(line[:300]):
                name = next(each for each in told.groups() if each)
                parts = name.split("/")
                package = "/".join(parts[:2]) if name.startswith("@") else parts[0].split(".")[0]
                if not name.startswith(".") and package not in _PYTHON_OWN | _NO_FRAMEWORK and len(package) > 1:
                    found.append(package.lower())
    return found


def _globs(files: list[str]) -> list[str]:
    """Returns globs for the files that were changed: by what they are, not by what one project calls them."""
    found: list[str] = []
    for path in files:
        name = path.rpartition("/")[2]
        ending = name.rpartition(".")[2] if "." in name[1:] else ""
        low = name.lower()
        folders = path.split("/")[:-1]
        if low in _MANIFESTS or low.startswith((".", "conftest", "docker", "jest.config", "vite", "webpack", "eslint")):
            found.append(f"**/{name}")
        elif "tests" in folders or "test" in folders or "__tests__" in folders:
            found.append(next(f"**/{each}/**" for each in folders if each in ("tests", "test", "__tests__")))
        elif low.endswith(("_test.go", ".test.ts", ".test.js", ".test.tsx", ".spec.ts", ".spec.js", "_test.py")):
            found.append("**/*" + name[-len(low) :][low.rindex("test" if "test" in low else "spec") - 1 :])
        elif low.startswith("test_") and ending == "py":
            found.append("**/test_*.py")
        elif ending in _LANGUAGES or ending in ("yml", "yaml", "toml", "json"):
            found.append(f"**/*.{ending}")
    return [each for each in dict.fromkeys(found) if _GLOB.fullmatch(each)]
