from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import run, shell, template
from tests.process.command import COMMAND


def test_a_file_is_written_and_said_so_on_stderr(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "folder" / "out.json"
    file.parent.mkdir()
    assert run(project, "render", "--env", "dev", "-o", str(file)) == 0
    assert file.read_bytes() == template(project).read_bytes()
    assert run(project, "render", "--env", "dev", "-o", str(file)) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"{file}: written\n{file}: unchanged\n"
    assert [found.name for found in file.parent.iterdir()] == ["out.json"]


def test_a_file_keeps_its_mode(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.write_text("old")
    file.chmod(0o640)
    assert run(project, "render", "--env", "dev", "-o", str(file)) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_bytes() == template(project).read_bytes()


@pytest.mark.parametrize("before", [None, "old"])
def test_a_link_stays_one_and_its_target_is_written(
    project: Path, tmp_path: Path, before: str | None
) -> None:
    link, target = tmp_path / "link.json", tmp_path / "target.json"
    if before:
        target.write_text(before)
    link.symlink_to(target)
    assert run(project, "render", "--env", "dev", "-o", str(link)) == 0
    assert link.is_symlink()
    assert target.read_bytes() == template(project).read_bytes()


def test_a_device_is_written_to_and_stays_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "render", "--env", "dev", "-o", "/dev/null") == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_stdout_has_a_path_of_its_own_and_a_reader_that_takes_what_it_wants(project: Path) -> None:
    result = shell("bidops-cfn render --env dev -o /dev/stdout | cat", project)
    assert result.stdout == template(project).read_text()
    result = shell("bidops-cfn render --env dev | head -1", project)
    assert (result.stdout, result.stderr) == ("{\n", "")


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("/file/out.json", "/file is not a folder"),
        ("/file/new/out.json", "/file is not a folder"),
        ("/loop", "it is a loop of links"),
        ("/dev/full", "No space left on device"),
        ("/proc/self/out.json", ""),
    ],
)
def test_a_place_that_takes_no_file_is_one_clear_error(
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    place: str,
    why: str,
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    output = place if place.startswith(("/dev", "/proc")) else f"{tmp_path}{place}"
    before = sorted(tmp_path.rglob("*"))
    assert run(project, "render", "--env", "dev", "-o", output) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"Error: cannot write {output}: ")
    assert why in error.splitlines()[0]
    assert error.splitlines()[-1].startswith("Make room in that place, or choose another one")
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_in_the_place_of_a_file_is_named_with_what_to_type(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert run(project, "render", "--env", "dev", "-o", str(folder)) == 2
    assert capsys.readouterr().err == (
        f"Error: cannot write {folder}: it is a folder\n\nName a file in it: {folder}/FILE\n"
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "stream"),
    [
        ("render --env dev", "stdout"),
        ("--help", "stdout"),
        ("render --env dev --output yaml", "stdout"),
        ("render --env nowhere", "stderr"),
    ],
)
def test_a_reader_that_has_gone_ends_the_command_quietly(
    project: Path, arguments: str, stream: str
) -> None:
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        [*COMMAND, *arguments.split()],
        cwd=project,
        stdout=write if stream == "stdout" else subprocess.PIPE,
        stderr=write if stream == "stderr" else subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert (result.stdout or b"") + (result.stderr or b"") == b""
    assert result.returncode == 128 + signal.SIGPIPE


def test_a_difference_is_utf_8_in_every_locale(project: Path) -> None:
    template(project).write_bytes("größer\n".encode())
    result = subprocess.run(
        [*COMMAND, "render", "--all", "--check"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert "-größer\n".encode() in result.stdout


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("render --env dev >&-", "it is closed"),
        *(
            (f"{asked} > /dev/full", "No space left on device")
            for asked in ("render --env dev", "--help", "--version", "check --help")
        ),
    ],
)
def test_a_stdout_that_takes_nothing_is_an_error(project: Path, line: str, why: str) -> None:
    result = shell(f"bidops-cfn {line}", project)
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: cannot write to stdout: {why}\n\n"
        "Make room in that place, or choose another one for the output.\n"
    )


def test_ctrl_c_ends_with_130_and_leaves_no_file(
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(beside: Path, _target: Path) -> None:
        assert beside.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    assert run(project, "render", "--env", "dev", "-o", str(tmp_path / "out.json")) == 130
    assert capsys.readouterr() == ("", "\nInterrupted: nothing was executed.\n")
    assert not list(tmp_path.glob("*out.json*"))
