from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bidops_cfn.check import verdicts
from bidops_cfn.check.report import Finding, Report, Request
from bidops_cfn.check.verdicts import KEPT_SECONDS, Verdicts, digest, private, sources, surroundings

REPOSITORY = Path(__file__).parents[2]
TODAY = date(2030, 1, 2)


@pytest.fixture
def request_(project: Path) -> Request:
    """A request for the template of dev in a project that may be changed."""
    return Request(project / "templates/dev/compute.json", "dev", "dev", project)


def edited(relative: str, content: bytes = b"\n") -> Callable[[Path], None]:
    def edit(project: Path) -> None:
        with (project / relative).open("ab") as file:
            file.write(content)

    return edit


@pytest.mark.parametrize(
    "change",
    [
        edited("templates/dev/compute.json", b" "),
        edited("params/dev.toml"),
        edited("params/prod.toml"),
        edited("params/new.toml"),
        lambda project: (project / "params/test.toml").unlink(),
        lambda project: (project / "params/test.toml").rename(project / "params/tests.toml"),
    ],
)
def test_a_changed_file_of_the_project_is_another_verdict(
    request_: Request, project: Path, change: Callable[[Path], object]
) -> None:
    before = digest(request_, TODAY, ())
    assert before == digest(request_, TODAY, ())
    change(project)
    after = digest(request_, TODAY, ())
    assert before
    assert after
    assert before != after


def test_another_question_is_another_verdict(request_: Request, project: Path) -> None:
    twin = project / "templates/dev/twin.json"
    shutil.copy(request_.file, twin)
    digests = {
        digest(request_, TODAY, ()),
        digest(request_, date(2030, 1, 3), ()),
        digest(request_, TODAY, (b"",)),
        digest(replace(request_, environment="prod"), TODAY, ()),
        digest(replace(request_, environment=""), TODAY, ()),
        digest(replace(request_, shown="other"), TODAY, ()),
        digest(replace(request_, file=twin), TODAY, ()),
    }
    assert len(digests - {None}) == 7


def test_parts_cannot_be_taken_for_each_other(request_: Request) -> None:
    assert digest(request_, TODAY, (b"ab", b"c")) != digest(request_, TODAY, (b"a", b"bc"))


def test_a_request_whose_settings_are_looked_for_has_no_digest(request_: Request) -> None:
    assert digest(replace(request_, root=None), TODAY, ()) is None


def test_a_file_that_cannot_be_read_or_is_too_big_has_no_digest(
    request_: Request, project: Path
) -> None:
    assert digest(replace(request_, file=project / "missing.json"), TODAY, ()) is None
    assert digest(replace(request_, file=project), TODAY, ()) is None
    request_.file.write_bytes(b" " * (verdicts.MOST_BYTES + 1))
    assert digest(request_, TODAY, ()) is None


def test_an_edited_rule_allow_list_or_shared_module_is_another_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "bidops_cfn"
    shutil.copytree(REPOSITORY / "bidops_cfn", copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(verdicts, "OURS", copy)
    seen = {tuple(sources())}
    for name in ("rules/containers.py", "spec/allowed_permissions.toml", "facts/flows.py"):
        assert (copy / name).is_file()
        edited(name)(copy)
        seen.add(tuple(sources()))
    (copy / "rules/another.py").write_text("")
    seen.add(tuple(sources()))
    assert len(seen) == 5


def test_another_version_of_a_library_or_schema_is_another_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site/cfn_lint-1.0.dist-info").mkdir(parents=True)
    schema = tmp_path / "site/cfnlint/data/schema.json"
    schema.parent.mkdir(parents=True)
    schema.write_text("{}")
    (tmp_path / "site/cfnlint/__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    monkeypatch.delitem(sys.modules, "cfnlint", raising=False)
    seen = {surroundings()}
    (tmp_path / "site/cfn_lint-1.0.dist-info").rename(tmp_path / "site/cfn_lint-1.1.dist-info")
    seen.add(surroundings())
    os.utime(schema, ns=(1, 1))
    seen.add(surroundings())
    monkeypatch.setattr(sys, "version", "another")
    seen.add(surroundings())
    assert len(seen) == 4


def test_every_module_of_ours_that_a_check_loads_is_looked_at() -> None:
    script = (
        "import sys\n"
        "from bidops_cfn.cli.root import root\n"
        "code = root(['check', '--env', 'dev', '--no-cache'])\n"
        "for name, module in sys.modules.items():\n"
        "    if name.startswith('bidops_cfn.') and not name.startswith('bidops_cfn.cli'):\n"
        "        print(module.__file__, file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    check = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    loaded = {Path(line) for line in check.stderr.split()}
    names = {name.decode() for name in list(sources())[::2]}
    assert REPOSITORY / "bidops_cfn/rules/containers.py" in loaded
    assert {path.relative_to(REPOSITORY / "bidops_cfn").as_posix() for path in loaded} <= names


FINDING = Finding(
    rule="E9201",
    level="error",
    message="Cpu is 256, must be 512: é \u2028",
    fix="Set it",
    logical_id="BffTaskDefinition",
    pointer="/Resources/BffTaskDefinition/Properties/Cpu",
    line=12,
    column=3,
    requirements=("FR-041", "US2-3"),
    title="Size",
    source_url="https://example.com",
)
FAILED = Report("dev", "dev", (FINDING, replace(FINDING, line=13)), 65)
PASSED = Report("dev", "dev", (), 65)


class Judge:
    """Gives the verdict that it is told to, and counts how often it is asked."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.asked = 0

    def __call__(self, request: Request) -> Report:
        self.asked += 1
        return self.report


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where verdicts are kept; it does not exist yet. What is around them stays as it is."""
    monkeypatch.setattr(verdicts, "surroundings", tuple)
    return tmp_path / "cache/verdicts"


@pytest.mark.parametrize("report", [PASSED, FAILED], ids=["passed", "failed"])
def test_an_unchanged_template_is_judged_once(
    folder: Path, request_: Request, report: Report
) -> None:
    judge = Judge(report)
    assert [Verdicts(folder).of(request_, judge) for _ in range(3)] == [report] * 3
    assert judge.asked == 1


def test_without_a_folder_every_check_judges(request_: Request) -> None:
    judge = Judge(PASSED)
    for _ in range(2):
        Verdicts(None).of(request_, judge)
    assert judge.asked == 2


def test_a_file_that_changes_while_it_is_judged_leaves_no_verdict(
    folder: Path, request_: Request
) -> None:
    def judge(_: Request) -> Report:
        request_.file.write_text("{}")
        return PASSED

    before = request_.file.read_bytes()
    assert Verdicts(folder).of(request_, judge) == PASSED
    request_.file.write_bytes(before)
    assert Verdicts(folder).of(request_, Judge(FAILED)) == FAILED


def test_what_could_not_be_judged_is_tried_again(folder: Path, request_: Request) -> None:
    tripped = Report("dev", "dev", (replace(FINDING, rule="E0000"),), 65)
    assert Verdicts(folder).of(request_, Judge(tripped)) == tripped
    assert Verdicts(folder).of(request_, Judge(PASSED)) == PASSED


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:0],
        lambda text: text[:-1],
        lambda text: text.replace("E9201", "E9202", 1),
        lambda text: text.split("\n", 1)[1],
        lambda text: "0" * 64 + "\n" + text.split("\n", 1)[1],
        lambda text: text + " ",
        lambda text: text + "\udcff",
    ],
)
def test_a_damaged_verdict_is_no_verdict(folder: Path, request_: Request, damage: object) -> None:
    Verdicts(folder).of(request_, Judge(FAILED))
    (kept,) = folder.iterdir()
    assert callable(damage)
    changed = damage(kept.read_text(encoding="utf-8"))
    kept.write_bytes(changed.encode("utf-8", "surrogateescape"))
    assert Verdicts(folder).of(request_, Judge(PASSED)) == PASSED


def test_a_verdict_under_another_name_is_no_verdict(folder: Path, request_: Request) -> None:
    Verdicts(folder).of(request_, Judge(PASSED))
    (kept,) = folder.iterdir()
    request_.file.write_bytes(request_.file.read_bytes() + b"\n")
    other = Verdicts(folder).key(request_)
    assert other
    kept.rename(folder / other)
    assert Verdicts(folder).of(request_, Judge(FAILED)) == FAILED


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_not_believed(
    folder: Path, request_: Request, mode: int
) -> None:
    Verdicts(folder).of(request_, Judge(PASSED))
    folder.chmod(mode)
    assert not private(folder)
    assert Verdicts(folder).of(request_, Judge(FAILED)) == FAILED


def test_a_folder_that_is_a_link_is_not_believed(
    folder: Path, request_: Request, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    Verdicts(elsewhere).of(request_, Judge(PASSED))
    folder.parent.mkdir()
    folder.symlink_to(elsewhere)
    assert Verdicts(folder).of(request_, Judge(FAILED)) == FAILED


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path, request_: Request) -> None:
    (tmp_path / "file").write_text("")
    judge = Judge(PASSED)
    for _ in range(2):
        assert Verdicts(tmp_path / "file/verdicts").of(request_, judge) == PASSED
    assert judge.asked == 2


def test_old_verdicts_go_when_a_new_one_comes(folder: Path, request_: Request) -> None:
    Verdicts(folder).of(request_, Judge(PASSED))
    (old,) = folder.iterdir()
    long_ago = old.stat().st_mtime - KEPT_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    request_.file.write_bytes(request_.file.read_bytes() + b"\n")
    Verdicts(folder).of(request_, Judge(PASSED))
    (kept,) = folder.iterdir()
    assert kept != old
