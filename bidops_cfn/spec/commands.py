"""What a command in a container does beyond asking the container itself.

A health command runs with the secrets in its environment. The plain forms are known: curl, wget or
an interpreter that asks a loopback address, ``|| exit 1`` behind it. Anything more needs an eye. A
program of the image is taken at its word, one from a path that tasks may write to is not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import PurePosixPath

from bidops_cfn.spec.health_commands import REDIRECTIONS, SHELLS, unwrapped

LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0)(:(\d+|\$\{?\w+\}?)?)?")
# Where a command says whom it talks to: URLs, the shell's own sockets, bare addresses.
HOSTS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://(?:[^/\s'\"@]*@)?|/dev/(?:tcp|udp)/)([^/\s'\"`)]+)"
    r"|(?<![\w.])(\d+\.\d+\.\d+\.\d+)(?![\w.])",
    re.IGNORECASE,
)
READS_VARIABLES = re.compile(
    r"\$\{?[A-Za-z_]|\b(printenv|environ|getenv|process\.env)\b|\benv\b|\bENV\b"
)
# Which port to ask is no secret.
OWN_PORT = re.compile(
    r"(\$\{?|process\.env\.|environ(\.get)?[\[(]['\"]|getenv\(['\"])(PORT|HOSTNAME)\b"
)
TALKERS = re.compile(r"(?<![\w./-])(nc|ncat|netcat|telnet|ssh|scp|socat|ftp|tftp|nslookup|dig)\s")
# Code that starts programs, is made up while it runs, or touches files.
RUNS_CODE = re.compile(
    r"(?<![\w-])(eval|exec|execfile|compile|source|base64|b64decode|atob|xxd|child_process|spawn"
    r"|subprocess|popen|system|__import__|importlib|ctypes|pty|Function)(?![\w-])"
    r"|(?<![\w-])(open|writeFile\w*|readFile\w*|appendFile\w*)\("
    r"|\b(process|global|globalThis|window|self|globals\(\)|builtins|__builtins__)\s*\["
    r"|(^|[;&|(]\s*)\.\s",
    re.IGNORECASE,
)
# What an interpreter loads to ask over HTTP; anything else does something else.
LOADS = re.compile(
    r"\b(?:require|import)\s*\(([^)]*)\)"
    r"|(?<![\w.])from\s+([\w.]+)\s+import\b|(?<![\w.])import\s+([\w., ]+)"
)
CLIENTS = frozenset(
    {"http", "http.client", "https", "httpx", "net", "requests", "socket", "ssl", "sys", "urllib"}
    | {"urllib.request", "urllib3"}
)
# It starts a program in the place of the shell.
EXEC = re.compile(r"(?<![\w.])exec (?=[\w/])")
WRITABLE = re.compile(r"/(tmp|var/tmp|dev/shm)/")
# Options of curl and wget that change how much is said and how long it may take, and nothing else.
QUIET = re.compile(
    r"-[fsSqkLIi0-9]+|--(fail|fail-with-body|silent|show-error|head|location|insecure|quiet|spider"
    r"|no-check-certificate|no-verbose|ipv4|max-time(=.*)?|connect-timeout(=.*)?|timeout(=.*)?"
    r"|tries(=.*)?|retry(=.*)?|max-redirect(=.*)?)|-nv|-q?O-|-[OomTt]|--output"
)
OUTPUTS = ("-O", "-o", "--output")
DISCARDED = frozenset({"-", "/dev/null"})


def command_concern(command: Sequence[str]) -> str:
    """Return what a command in a container does beyond asking the container itself."""
    text = " ".join(command[1:])
    hosts = [url or address for url, address in HOSTS.findall(text)]
    others = sorted({host for host in hosts if not LOOPBACK.fullmatch(host)})
    if others:
        return f"talks to {', '.join(others)}"
    talker = TALKERS.search(text)
    if talker and not any(map(LOOPBACK.match, text.split())):
        return f"runs {talker.group(1)}, which talks to any host"
    if READS_VARIABLES.search(OWN_PORT.sub("", text)):
        return "reads variables, where the secrets are"
    found = RUNS_CODE.search(EXEC.sub("", text))
    if found:
        return f"runs or writes something else: {found.group().strip(' ;&|(')}"
    return next(chain(_loaded(text), _of_programs(command)), "")


def _loaded(text: str) -> Iterator[str]:
    """Yield what code in a command loads beyond clients of HTTP."""
    for called, package, listed in LOADS.findall(text):
        for one in (called or package or listed).split(","):
            name = one.split(" as ")[0].strip().strip("'\"`").removeprefix("node:")
            if name not in CLIENTS:
                kind = "code from " if "://" in name else ""
                yield f"loads {kind}{name or 'something that is not named'}"


def _of_programs(command: Sequence[str]) -> Iterator[str]:
    for words, written in _simple_commands(command):
        yield from (f"writes {one}" for one in written)
        program, *rest = unwrapped(words) or [""]
        name = PurePosixPath(program).name
        if WRITABLE.match(program):
            yield f"runs {program}, which tasks may write"
        elif name in SHELLS and not any(re.match(r"-\w*c$", one) for one in rest):
            yield f"runs a script of its own by {name}"
        elif name in ("curl", "wget"):
            yield from _of_a_request(name, rest)


def _of_a_request(name: str, words: Sequence[str]) -> Iterator[str]:
    before = ""
    for word in words:
        if before in OUTPUTS:
            if word not in DISCARDED:
                yield f"writes {word}"
        elif word.startswith("-"):
            if not QUIET.fullmatch(word):
                yield f"tells {name} more than whom to ask: {word}"
        elif not word.isdigit() and not LOOPBACK.fullmatch(re.sub(r"^\w+://|/.*", "", word)):
            yield f"talks to {word.partition('/')[0]}"
        before = word


def _simple_commands(command: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the simple commands of a command, those of a shell's script one by one.

    Each comes with the files that the shell writes its output to.
    """
    form, *words = command or ("",)
    if form == "CMD-SHELL":
        yield from _of_a_script(" ".join(words))
    elif words:
        yield words, []
        if PurePosixPath(words[0]).name in SHELLS:
            for flag, code in pairwise(words):
                if re.match(r"-\w*c$", flag):
                    yield from _of_a_script(code)


def _of_a_script(script: str) -> Iterator[tuple[list[str], list[str]]]:
    spaced = re.sub(r"\d*(&>>?|>>?)\s*(?!&)", " > ", REDIRECTIONS.sub(" ", script))
    lexer = shlex.shlex(spaced.replace("\n", " ; "), posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:  # an open quote: nothing runs
        return
    words, written = list[str](), list[str]()
    for before, word in pairwise(("", *tokens, ";")):
        if set(word) <= set(";&|(){}"):
            if words:
                yield words, written
            words, written = [], []
        elif before == ">":
            written += [word] if word not in DISCARDED else []
        elif word != ">":
            words.append(word)
