from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cfn_flip import to_json

from bidops_cfn.cli.root import root

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "bidops_cfn"]


def template(project: Path, name: str = "dev") -> Path:
    return project / "templates" / name / "compute.json"


def run(project: Path, *arguments: str) -> int:
    return root(["--project", str(project), *arguments])


def process(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``script`` in bash, where ``bidops-cfn`` is the tool."""
    defined = f'bidops-cfn() {{ {shlex.join(COMMAND)} "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", defined + script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_template_goes_to_stdout_and_nothing_else(
    project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(project, "render", "--env", "test") == 0
    output = capsysbinary.readouterr()
    assert output.out == template(project, "test").read_bytes()
    assert output.err == b""


@pytest.mark.parametrize("folder", [".", "params", "templates/dev"])
def test_every_folder_of_the_project_renders_the_same(project: Path, folder: str) -> None:
    result = process(["render", "--env", "prod"], project / folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == template(project, "prod").read_text()


def test_yaml_is_the_same_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "render", "--env", "dev", "--format", "yaml") == 0
    text = capsys.readouterr().out
    assert text.startswith("AWSTemplateFormatVersion: '2010-09-09'\n")
    assert json.loads(to_json(text)) == json.loads(template(project).read_text())


def test_a_file_is_written_and_said_so_on_stderr(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new" / "folder" / "out.json"
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


def test_stdout_has_a_path_of_its_own(project: Path) -> None:
    result = shell("bidops-cfn render --env dev -o /dev/stdout | cat", project)
    assert result.stdout == template(project).read_text()


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("", "it is a folder"),
        ("/file/out.json", "/file is not a folder"),
        ("/file/new/out.json", "/file is not a folder"),
        ("/loop", "it is a loop of links"),
        (None, "No space left on device"),
    ],
    ids=["a folder", "below a file", "far below a file", "a loop of links", "a full device"],
)
def test_a_place_that_takes_no_file_is_one_clear_error(
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    place: str | None,
    why: str,
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    output = "/dev/full" if place is None else f"{tmp_path}{place}"
    before = sorted(tmp_path.rglob("*"))
    assert run(project, "render", "--env", "dev", "-o", output) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"Error: cannot write {output}: ")
    assert why in error.splitlines()[0]
    assert error.splitlines()[-1].startswith("Make room in that place, or choose another one")
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_that_takes_no_file_leaves_what_stood_there(project: Path) -> None:
    result = process(["render", "--env", "dev", "-o", "/proc/self/out.json"], project)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: cannot write /proc/self/out.json: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", ["render --env dev", "--help", "render --env dev --format yaml"]
)
def test_a_reader_that_has_gone_ends_the_command_quietly(project: Path, arguments: str) -> None:
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        [*COMMAND, *arguments.split()],
        cwd=project,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert result.stderr == b""
    assert result.returncode == 128 + signal.SIGPIPE


def test_a_reader_of_errors_that_has_gone_ends_the_command_quietly(project: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        [*COMMAND, "render", "--env", "nowhere"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=write,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert (result.returncode, result.stdout) == (128 + signal.SIGPIPE, b"")


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


def test_head_takes_what_it_wants(project: Path) -> None:
    result = shell("bidops-cfn render --env dev | head -1", project)
    assert (result.stdout, result.stderr) == ("{\n", "")


@pytest.mark.parametrize(
    ("redirection", "why"), [("> /dev/full", "No space left on device"), (">&-", "it is closed")]
)
def test_a_stdout_that_takes_nothing_is_an_error(project: Path, redirection: str, why: str) -> None:
    result = shell(f"bidops-cfn render --env dev {redirection}", project)
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: cannot write to stdout: {why}\n\n"
        "Make room in that place, or choose another one for the output.\n"
    )


def test_ctrl_c_ends_with_130_and_leaves_no_file(project: Path, tmp_path: Path) -> None:
    settings = project / "params" / "slow.toml"
    os.mkfifo(settings)
    running = subprocess.Popen(
        [*COMMAND, "render", "--env", "slow", "-o", tmp_path / "out.json"],
        cwd=project,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ThreadPoolExecutor() as pool:
        # Opening for writing ends when the command has opened the settings for reading.
        opening = pool.submit(os.open, settings, os.O_WRONLY)
        try:
            descriptor = opening.result(timeout=60)
        except TimeoutError:
            running.kill()
            os.close(os.open(settings, os.O_RDONLY | os.O_NONBLOCK))
            raise
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=60)
    os.close(descriptor)
    assert running.returncode == 130
    assert error == "\nInterrupted: nothing was executed.\n"
    assert not list(tmp_path.glob("*out.json*"))


def test_without_a_project_the_command_says_how_to_name_one(tmp_path: Path) -> None:
    result = process(["render", "--env", "dev"], tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: no project in {tmp_path} or above: no folder there holds params/*.toml\n\n"
        "Change into the project's folder, or name it: bidops-cfn --project DIR COMMAND\n"
    )


def test_in_a_folder_that_was_removed_the_command_says_so(project: Path) -> None:
    result = shell('mkdir gone && cd gone && rmdir "$PWD" && bidops-cfn render --env dev', project)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: no current folder: it was removed\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["render"], "nothing to render: give --env ENV or --all"),
        (["render", "--env", "dev", "--all"], "two things to render: give --env ENV or --all"),
        (["render", "--env", "dev", "--check"], "--check goes with --all: it compares the"),
        (["render", "--all", "-o", "x"], "--output and --format go with --env: --all writes"),
        (["render", "--all", "--format", "yaml"], "--output and --format go with --env: --all"),
        (["render", "--env", "Dev"], 'unknown environment "Dev": there is no params/Dev.toml'),
        (["render", "--env", "tst"], 'unknown environment "tst": there is no params/tst.toml'),
    ],
)
def test_an_impossible_request_is_answered_with_exit_code_2(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(project, *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"Error: {message}")
    assert len(output.err.splitlines()) == 3  # the error, an empty line, what to do


def test_wrong_settings_are_listed_with_file_key_found_and_allowed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "params" / "dev.toml"
    file.write_text(
        file.read_text().replace("cpu = 512", "cpu = 300", 1).replace("spot_w", "spot_x")
    )
    (project / "params" / "test.toml").write_bytes(b"\xff")
    before = {path: path.read_bytes() for path in project.rglob("compute.json")}
    assert run(project, "render", "--all") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "Error: the settings are wrong: 3 problems",
        (
            "  params/dev.toml: capacity.spot_xeight: found an unknown key (did you mean"
            ' "spot_weight"?);'
        ),
        (
            "      allowed: on_demand_weight, spot_weight, on_demand_base, spot_base,"
            " spot_discount_percent"
        ),
        (
            "  params/dev.toml: services.bff.cpu: found 300; allowed: 256, 512, 1024, 2048, 4096,"
            " 8192, 16384"
        ),
        "  params/test.toml: not UTF-8 text (byte 0)",
        "",
        (
            "Mend the settings and run the command again."
            " params/params.schema.json describes every key."
        ),
    ]
    assert {path: path.read_bytes() for path in project.rglob("compute.json")} == before


def test_all_writes_every_committed_file_and_says_which_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template(project, "prod").write_text("old")
    template(project, "test").unlink()
    assert run(project, "render", "--all") == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "templates/dev/compute.json: unchanged",
        "templates/prod/compute.json: written",
        "templates/test/compute.json: written",
        "params/params.schema.json: unchanged",
    ]
    for name in ("dev", "prod", "test"):
        assert template(project, name).read_bytes() == template(REPOSITORY, name).read_bytes()


def test_all_renders_a_new_environment_of_which_only_the_settings_are_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "params" / "dev.toml").read_text()
    (project / "params" / "staging.toml").write_text(text)
    assert run(project, "render", "--all") == 0
    assert "templates/staging/compute.json: written\n" in capsys.readouterr().err
    assert run(project, "render", "--all", "--check") == 0
    made = json.loads(template(project, "staging").read_text())
    assert made["Metadata"]["BidopsCfn"]["Environment"] == "staging"


def test_check_is_silent_on_stdout_when_nothing_is_stale(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "render", "--all", "--check") == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "4 committed files are up to date.\n")


def test_check_prints_the_difference_of_a_stale_template_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = template(project)
    stale = file.read_text().replace('"Essential": true', '"Essential": false', 1)
    file.write_text(stale)
    assert run(project, "render", "--all", "--check") == 1
    output = capsys.readouterr()
    lines = output.out.splitlines()
    assert lines[:2] == [
        "--- templates/dev/compute.json (committed)",
        "+++ templates/dev/compute.json (rendered)",
    ]
    changed = [line.replace(" ", "") for line in lines[2:] if line[0] in "+-"]
    assert changed == ['-"Essential":false,', '+"Essential":true,']
    assert output.err.splitlines() == [
        "Error: committed files are not what the settings say: 1 of 4 to render, 0 to remove",
        "  templates/dev/compute.json: stale",
        "",
        "Render them and look at the difference: bidops-cfn render --all && git diff",
    ]
    assert file.read_text() == stale


def test_check_names_missing_and_orphaned_templates(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template(project).unlink()
    orphan = project / "templates" / "gone"
    orphan.mkdir()
    (orphan / "compute.json").write_text("{}")
    assert run(project, "render", "--all", "--check") == 1
    error = capsys.readouterr().err
    assert "1 of 4 to render, 1 to remove" in error
    assert "  templates/dev/compute.json: missing\n" in error
    assert (
        "  templates/gone/compute.json: params/gone.toml is missing; remove the template\n" in error
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda content: content.replace(b"\n", b"\r\n"), "-{\r\n"),
        (lambda content: content[:-1], "-}\n\\ No newline at end of file\n+}\n"),
        (lambda _: b"", "+{\n"),
        (lambda _: b"\xff\xfe", "-\ufffd\ufffd\n\\ No newline at end of file\n"),
    ],
    ids=["line ends", "no last newline", "empty", "no text"],
)
def test_check_compares_bytes(
    project: Path, capfdbinary: pytest.CaptureFixture[bytes], change: object, shown: str
) -> None:
    assert callable(change)
    file = template(project)
    file.write_bytes(change(file.read_bytes()))
    assert run(project, "render", "--all", "--check") == 1
    output = capfdbinary.readouterr()
    assert shown.encode() in output.out
    assert b"templates/dev/compute.json: stale" in output.err


def test_check_says_what_it_cannot_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template(project).unlink()
    template(project).mkdir()
    assert run(project, "render", "--all", "--check") == 2
    assert "compute.json: Is a directory" in capsys.readouterr().err
