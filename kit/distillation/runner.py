"""The programs whose success or failure tells something: what each checks, for which language and tool.

A table of facts, so that a new tool is one line. What is in no list is taken for a program of the project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kit.distillation.shell import Command

TEST, TYPES, STYLE, BUILD, SETUP, RUN, GIT = "test", "types", "style", "build", "setup", "run", "git"


class Runner(NamedTuple):
    """`kind` is what it does; `language` and `framework` are what it is for, "" where that is open."""

    kind: str
    language: str = ""
    framework: str = ""


_PYTHON, _GO, _RUST, _JS, _TS = "python", "go", "rust", "javascript", "typescript"
# By the first words; the longest that fits counts.
RUNNERS: dict[tuple[str, ...], Runner] = {
    ("pytest",): Runner(TEST, _PYTHON, "pytest"), ("py.test",): Runner(TEST, _PYTHON, "pytest"),
    ("unittest",): Runner(TEST, _PYTHON, "unittest"), ("tox",): Runner(TEST, _PYTHON, "tox"),
    ("nox",): Runner(TEST, _PYTHON, "nox"), ("manage.py", "test"): Runner(TEST, _PYTHON, "django"),
    ("mypy",): Runner(TYPES, _PYTHON, "mypy"), ("pyright",): Runner(TYPES, _PYTHON, "pyright"),
    ("ruff",): Runner(STYLE, _PYTHON, "ruff"), ("flake8",): Runner(STYLE, _PYTHON, "flake8"),
    ("black",): Runner(STYLE, _PYTHON, "black"), ("pylint",): Runner(STYLE, _PYTHON, "pylint"),
    ("pip", "install"): Runner(SETUP, _PYTHON, "pip"), ("pip3", "install"): Runner(SETUP, _PYTHON, "pip"),
    ("uv", "sync"): Runner(SETUP, _PYTHON, "uv"), ("uv", "pip"): Runner(SETUP, _PYTHON, "uv"),
    ("poetry", "install"): Runner(SETUP, _PYTHON, "poetry"), ("alembic",): Runner(RUN, _PYTHON, "alembic"),
    ("go", "test"): Runner(TEST, _GO, "go test"), ("go", "build"): Runner(BUILD, _GO, "go"),
    ("go", "vet"): Runner(STYLE, _GO, "go vet"), ("go", "run"): Runner(RUN, _GO, "go"),
    ("go", "mod"): Runner(SETUP, _GO, "go"), ("golangci-lint",): Runner(STYLE, _GO, "golangci-lint"),
    ("gofmt",): Runner(STYLE, _GO, "gofmt"),
    ("cargo", "test"): Runner(TEST, _RUST, "cargo"), ("cargo", "nextest"): Runner(TEST, _RUST, "nextest"),
    ("cargo", "build"): Runner(BUILD, _RUST, "cargo"), ("cargo", "check"): Runner(BUILD, _RUST, "cargo"),
    ("cargo", "run"): Runner(RUN, _RUST, "cargo"), ("cargo", "clippy"): Runner(STYLE, _RUST, "clippy"),
    ("cargo", "fmt"): Runner(STYLE, _RUST, "rustfmt"), ("rustc",): Runner(BUILD, _RUST, "rustc"),
    ("jest",): Runner(TEST, _JS, "jest"), ("vitest",): Runner(TEST, _JS, "vitest"),
    ("mocha",): Runner(TEST, _JS, "mocha"), ("playwright",): Runner(TEST, _JS, "playwright"),
    ("cypress",): Runner(TEST, _JS, "cypress"), ("tsc",): Runner(TYPES, _TS, "tsc"),
    ("vue-tsc",): Runner(TYPES, _TS, "vue-tsc"), ("tsx",): Runner(RUN, _TS, "tsx"), ("ts-node",): Runner(RUN, _TS),
    ("eslint",): Runner(STYLE, _JS, "eslint"), ("prettier",): Runner(STYLE, _JS, "prettier"),
    ("biome",): Runner(STYLE, _JS, "biome"), ("webpack",): Runner(BUILD, _JS, "webpack"),
    ("vite",): Runner(BUILD, _JS, "vite"), ("next",): Runner(BUILD, _JS, "next"),
    ("rollup",): Runner(BUILD, _JS, "rollup"), ("esbuild",): Runner(BUILD, _JS, "esbuild"),
    **{(name, *words): runner for name in ("npm", "pnpm", "yarn", "bun") for words, runner in (
        (("test",), Runner(TEST, _JS)), (("t",), Runner(TEST, _JS)), (("run",), Runner(RUN, _JS)),
        (("install",), Runner(SETUP, _JS, name)), (("i",), Runner(SETUP, _JS, name)),
        (("ci",), Runner(SETUP, _JS, name)), (("add",), Runner(SETUP, _JS, name)),
        (("build",), Runner(BUILD, _JS)), (("start",), Runner(RUN, _JS)))},
    ("node",): Runner(RUN, _JS, "node"), ("deno",): Runner(RUN, _TS, "deno"), ("prisma",): Runner(RUN, "", "prisma"),
    ("rspec",): Runner(TEST, "ruby", "rspec"), ("rake",): Runner(BUILD, "ruby", "rake"),
    ("rails",): Runner(RUN, "ruby", "rails"), ("rubocop",): Runner(STYLE, "ruby", "rubocop"),
    ("phpunit",): Runner(TEST, "php", "phpunit"), ("composer",): Runner(SETUP, "php", "composer"),
    ("mvn",): Runner(BUILD, "java", "maven"), ("gradle",): Runner(BUILD, "java", "gradle"),
    ("./gradlew",): Runner(BUILD, "java", "gradle"), ("dotnet",): Runner(BUILD, "csharp", "dotnet"),
    ("swift",): Runner(BUILD, "swift", "swift"), ("xcodebuild",): Runner(BUILD, "swift", "xcodebuild"),
    ("mix",): Runner(TEST, "elixir", "mix"), ("sbt",): Runner(BUILD, "scala", "sbt"), ("zig",): Runner(BUILD, "zig"),
    ("gcc",): Runner(BUILD, "c", "gcc"), ("g++",): Runner(BUILD, "cpp", "gcc"), ("clang",): Runner(BUILD, "c", "clang"),
    ("make",): Runner(BUILD, "", "make"), ("cmake",): Runner(BUILD, "", "cmake"), ("ninja",): Runner(BUILD),
    ("ctest",): Runner(TEST, "", "cmake"), ("bazel",): Runner(BUILD, "", "bazel"), ("just",): Runner(RUN, "", "just"),
    ("mise", "run"): Runner(RUN, "", ""), ("task",): Runner(RUN), ("shellcheck",): Runner(STYLE, "shell", "shellcheck"),
    ("docker", "build"): Runner(BUILD, "", "docker"), ("docker", "run"): Runner(RUN, "", "docker"),
    ("docker", "compose"): Runner(RUN, "", "docker compose"), ("docker-compose",): Runner(RUN, "", "docker compose"),
    ("terraform",): Runner(RUN, "", "terraform"), ("kubectl",): Runner(RUN, "", "kubernetes"),
    ("helm",): Runner(RUN, "", "helm"), ("ansible-playbook",): Runner(RUN, "", "ansible"),
    ("psql",): Runner(RUN, "sql", "postgresql"), ("curl",): Runner(RUN, "", "curl"),
    ("lint-imports",): Runner(STYLE, _PYTHON, "import-linter"),
    ("pre-commit",): Runner(STYLE, "", "pre-commit"),
    **{("git", verb): Runner(GIT, "", "git") for verb in (
        "push", "pull", "merge", "rebase", "commit", "apply", "am", "cherry-pick", "fetch", "clone", "submodule",
        "worktree")},
    ("python",): Runner(RUN, _PYTHON), ("python3",): Runner(RUN, _PYTHON), ("ruby",): Runner(RUN, "ruby"),
    ("php",): Runner(RUN, "php"), ("java",): Runner(RUN, "java"), ("javac",): Runner(BUILD, "java"),
}  # fmt: skip
_LOOKS_WORDS = """
ls cat head tail grep rg ag find fd awk pwd which type wc diff test [ stat tree ps jq less more file du df id
whoami uname date sleep printf env printenv history man column sort uniq xxd od lsof netstat ss top free
strings basename dirname realpath readlink nl tr cut comm cmp bat exa eza code open
"""
_ACTS_WORDS = """
rm mv cp mkdir touch chmod chown ln kill pkill killall sed perl tee truncate unzip tar apply_patch brew apt
apt-get apk dnf yum corepack nvm pyenv rustup npm-config patch rsync install systemctl service
"""
_GIT_LOOKS_WORDS = """
status log diff show grep ls-files ls-tree branch remote rev-parse blame describe tag config reflog shortlog
cat-file for-each-ref rev-list name-rev merge-base help --version
"""
#: What only looks: its failing is no problem, and its success verifies nothing.
LOOKS = frozenset(_LOOKS_WORDS.split())
#: What changes something and checks nothing.
ACTS = frozenset(_ACTS_WORDS.split())


def runner(command: Command) -> Runner | None:
    """Returns what is known of a command; None for what only looks or only acts."""
    words = command.words
    if len(words) > 1 and words[0].startswith("python") and words[1].endswith("manage.py"):
        words = words[1:]
    name = words[0].rpartition("/")[2] if words[0].endswith("manage.py") else words[0]
    key = tuple(_plain(word) for word in words[:3] if not word.startswith("-"))
    if name.endswith("manage.py"):
        key = ("manage.py", *key[1:])
    for size in (2, 1):
        if found := RUNNERS.get(key[:size]):
            script = (
                key[2] if key[1:2] == ("run",) and len(key) > 2 else key[1] if name in _BY_SCRIPT and key[1:] else ""
            )
            kind = next((kind for part, kind in _SCRIPTS if part in script.lower()), found.kind)
            return found._replace(kind=kind)
    if name in LOOKS or name in ACTS or name == "git" or not name or name.startswith(("#", "(", "{", "[")):
        return None
    if name in ("python", "python3", "for", "while", "if", "do", "done", "then", "fi", "else", "until", "case"):
        return None
    if "/" in name or name.endswith((".sh", ".py", ".js")):
        return Runner(RUN, _BY_ENDING.get(name.rpartition(".")[2], ""))
    return Runner(RUN)


def is_look(command: Command) -> bool:
    """Says whether a command only looks."""
    words = command.words
    if words[0] == "git":
        return (words[1:2] and words[1] in _GIT_LOOKS) or len(words) == 1
    if words[0] == "sed":
        return not any(word.startswith("-i") or word == "--in-place" for word in words)
    return words[0] in LOOKS


_GIT_LOOKS = frozenset(_GIT_LOOKS_WORDS.split())
#: What the name of a project's own script says that it does.
_SCRIPTS = (("lint", STYLE), ("fmt", STYLE), ("format", STYLE), ("type", TYPES), ("test", TEST), ("build", BUILD))
_BY_SCRIPT = frozenset(("make", "just", "task", "npm", "pnpm", "yarn", "bun", "tox", "nox"))
_BY_ENDING = {"py": _PYTHON, "js": _JS, "ts": _TS, "sh": "shell", "rb": "ruby"}


def _plain(word: str) -> str:
    return "pip" if word == "pip3" else "python" if word.startswith("python3.") else word
