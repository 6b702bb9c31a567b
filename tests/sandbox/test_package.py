"""The package as it is shipped: in the tool's wheel, and asked for by name where it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("bidops_cfn", "bidops_cfn_sandbox")


def test_a_wheel_holds_both_packages_whole(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    there = {name for name in listed.stdout.splitlines() if (REPOSITORY / name).is_file()}
    with ZipFile(wheel) as opened:
        assert there <= set(opened.namelist())


def test_without_the_package_the_command_names_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "bidops_cfn_sandbox.py").write_text("raise ModuleNotFoundError(name=__name__)\n")
    command = [sys.executable, "-m", "bidops_cfn", "deploy", "--env", "dev", "--sandbox", "--yes"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "there is no module bidops_cfn_sandbox" in done.stderr
    assert "python -m pip install 'bidops-cfn[sandbox]'" in done.stderr
