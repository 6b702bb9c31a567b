"""Whether a health check can fail: one that cannot keeps a dead task in service.

What a command does is told as far as it is written out: a shell's script by the exit status of its
last command, an interpreter's code by whether it asks the service at all. A program of the image is
taken at its word.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

SHELLS = frozenset({"ash", "bash", "busybox", "dash", "ksh", "sh", "zsh"})
INTERPRETERS = re.compile(r"(python|node|deno|bun|perl|ruby|php|lua|tclsh|Rscript)[0-9.]*")
WRAPPERS = frozenset({"busybox", "env", "exec", "nice", "nohup", "stdbuf", "time", "timeout"})
# Programs that exit with 0 whatever the service does.
CONTENT = frozenset(
    [
        "true", ":", "echo", "printf", "sleep", "pwd", "date", "uname", "hostname", "whoami", "id",
        "cat", "nproc", "sync", "clear", "yes", "export", "set", "unset", "cd", "ls", "wait",
        "trap", "alias",
    ]
)  # fmt: skip
NEVER = "a check that cannot fail"
# Code that goes on as if nothing had failed, in Python, JavaScript and Ruby.
SWALLOWS = re.compile(
    r"except[^:\n]*:\s*(pass|\.\.\.|(sys\.|os\._)?exit\(0\))|\bsuppress\("
    r"|catch\s*(\([^)]*\))?\s*\{\s*(process\.exit\(0\))?;?\s*\}|rescue\s+(nil|0|true)\b"
    r"|\.catch\(\s*\(?\w*\)?\s*=>\s*(\{\s*\}|0|null|true|undefined|process\.exit\(0\))\s*\)"
    r"|finally\s*[({].{0,16}exit\(0\)"
)
REDIRECTIONS = re.compile(r"\d*[<>]&\d+-?|&>>?")
GROUPS = frozenset("(){}")


def voided(command: Sequence[str], port: int, path: str) -> str:
    """Return what makes a health check void, of a service at ``port`` and ``path``; or nothing.

    ``command`` starts with ``CMD`` or ``CMD-SHELL``, as ECS has it.
    """
    form, *words = command or ("",)
    if form == "CMD-SHELL":
        return _script(" ".join(words), port, path)
    if form != "CMD":
        return "no check at all"
    return _program(words, port, path)


def _program(words: Sequence[str], port: int, path: str) -> str:
    words = unwrapped(words)
    if not words:
        return NEVER
    name = PurePosixPath(words[0]).name
    if name in SHELLS or INTERPRETERS.fullmatch(name):
        code = _code(words, "-c" if name in SHELLS or name.startswith("py") else "-e")
        if code is None:
            return ""
        return _script(code, port, path) if name in SHELLS else _inline(code, port, path)
    return "" if _may_fail(words) else NEVER


def unwrapped(words: Sequence[str]) -> Sequence[str]:
    """Return a command without what only runs it: ``timeout 5 env A=b true`` is ``true``."""
    rest = list(words)
    while rest and (PurePosixPath(rest[0]).name in WRAPPERS or re.match(r"\w+=", rest[0])):
        word = rest.pop(0)
        while "=" not in word and rest and re.match(r"-|\d+[smh]?$", rest[0]):
            rest.pop(0)
    return rest


def _code(words: Sequence[str], flag: str) -> str | None:
    """Return the code that an interpreter is given on its command line; None for a file."""
    for index, word in enumerate(words[1:-1], 1):
        joined = word.startswith("-") and not word.startswith("--") and word.endswith(flag[1])
        if word in ("--eval", "--print", "-p", "-r", flag) or joined:
            return words[index + 1]
    return None


def _inline(code: str, port: int, path: str) -> str:
    if str(port) not in code and path not in code:
        return f"a check that asks nothing of port {port}"
    exits = re.findall(r"exit\(([^()]*)\)", code)
    well = len(exits) > 1 and {one.strip() for one in exits} <= {"0", ""}
    return NEVER if well or SWALLOWS.search(code) else ""


def _script(script: str, port: int, path: str) -> str:
    lines = REDIRECTIONS.sub(" ", script).replace("\n", " ; ")
    lexer = shlex.shlex(lines, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        tokens = [word for word in lexer if not GROUPS.issuperset(word)]
    except ValueError:  # an open quote: the shell fails, and so does the check
        return ""
    last: bool | None = None
    strict = False
    for line, background in _lists(tokens):
        status = _and_or(line, port, path)
        strict = strict or (line[0] == "set" and "e" in line[-1])
        if background:
            status = False
        if line[:1] in (["exit"], ["return"]):
            last = status if len(line) > 1 else bool(last)
            break
        last = bool(status or (strict and last))
    return "" if last else NEVER


def _lists(tokens: Sequence[str]) -> list[tuple[list[str], bool]]:
    """Return the and-or lists of a script, and whether each runs in the background."""
    found: list[tuple[list[str], bool]] = [([], False)]
    for word in tokens:
        if word in (";", "&", ";;"):
            found[-1] = (found[-1][0], word == "&")
            found.append(([], False))
        else:
            found[-1][0].append(word)
    return [one for one in found if one[0]]


def _and_or(line: Sequence[str], port: int, path: str) -> bool:
    """Tell whether a list of pipelines joined by ``&&`` and ``||`` may fail."""
    status: bool | None = None
    operator, pipeline = "", list[str]()
    for word in (*line, ""):
        if word not in ("&&", "||", ""):
            pipeline.append(word)
            continue
        own = _pipeline(pipeline, port, path)
        status = own if status is None else status or own if operator == "&&" else status and own
        operator, pipeline = word, []
    return bool(status)


def _pipeline(words: Sequence[str], port: int, path: str) -> bool:
    for index in range(len(words) - 1, -1, -1):
        if words[index] in ("|", "|&"):
            words = words[index + 1 :]
            break
    if words[:1] == ["!"]:  # upside down: it passes where the service fails
        return False
    words = unwrapped(words)
    name = PurePosixPath(words[0]).name if words else ""
    if name in SHELLS or INTERPRETERS.fullmatch(name):
        return not _program(words, port, path)
    return _may_fail(words)


def _may_fail(words: Sequence[str]) -> bool:
    """Tell whether a simple command may exit with anything but 0."""
    if not words:
        return False
    name, *rest = PurePosixPath(words[0]).name, *words[1:]
    if name in ("exit", "return"):
        return not rest or rest[0].strip() != "0"
    if name == "curl":
        return any(
            word.startswith("--fail") or re.fullmatch(r"-[A-Za-z]*f[A-Za-z]*", word)
            for word in rest
        )
    return name not in CONTENT
