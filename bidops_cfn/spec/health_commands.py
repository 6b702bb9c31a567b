"""Health commands: whether one can fail, and what else it does than asking its own container.

A check that cannot fail keeps a dead task in service, and any check runs with the secrets in its
environment. What a command does is told as far as it is written out: a shell's script by the exit
status of its last command, an interpreter's code by whether it asks the service at all. The plain
forms are known: curl, wget or an interpreter that asks a loopback address, ``|| exit 1`` behind it.
Anything more needs an eye. A program of the image is taken at its word, one from a path that tasks
may write to is not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
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
    try:
        words = _words(REDIRECTIONS.sub(" ", script))
    except ValueError:  # an open quote: the shell fails, and so does the check
        return ""
    last: bool | None = None
    strict = False
    for line, background in _lists([word for word in words if not GROUPS.issuperset(word)]):
        status = _and_or(line, port, path)
        strict = strict or (line[0] == "set" and "e" in line[-1])
        if background:
            status = False
        if line[:1] in (["exit"], ["return"]):
            last = status if len(line) > 1 else bool(last)
            break
        last = bool(status or (strict and last))
    return "" if last else NEVER


def _words(script: str) -> list[str]:
    """Return the words and operators of a script; raises ``ValueError`` for an open quote."""
    lexer = shlex.shlex(script.replace("\n", " ; "), posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    return list(lexer)


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
    try:
        tokens = _words(re.sub(r"\d*(&>>?|>>?)\s*(?!&)", " > ", REDIRECTIONS.sub(" ", script)))
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
