"""What others do in the same place, as cases."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.case import REPOSITORY, Case, Output
from benchmarks.ours import prints_template
from benchmarks.peers.troposphere_source import script
from benchmarks.workspace import TEMPLATE

INSTALLED = REPOSITORY / ".cache/peers"
SOURCES = REPOSITORY / "benchmarks/peers"
QUIET_CDK = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "TEMPLATE": str(TEMPLATE),
}
CDK = "synth --no-notices --no-path-metadata --no-version-reporting"
CHECKOV = "--framework cloudformation --output json --soft-fail --skip-download"
SCEPTRE = INSTALLED / "sceptre/bin/sceptre"
CDK_APP = (INSTALLED / "cdk/node_modules/.bin/cdk", f"node {INSTALLED / 'cdk/cdk.js'}")
GENERATED = """\
import runpy, contextlib, io

def sceptre_handler(_):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path({script!r})
    return printed.getvalue()
"""


def missing(*paths: Path) -> str:
    return "" if all(path.exists() for path in paths) else "not installed (`make bench-peers`)"


def peers(folder: Path) -> Iterator[Case]:
    """Yield a case per peer; ``folder`` takes their projects."""
    plain = folder / "plain.py"
    plain.write_text(script(TEMPLATE), encoding="utf-8")
    yield Case("plain troposphere script", (sys.executable, str(plain)), prints_template)
    yield from sceptre(folder / "sceptre", plain)
    yield from cdk(folder)
    lint = Path(sys.executable).with_name("cfn-lint")
    three = [str(TEMPLATE.parents[1] / name / TEMPLATE.name) for name in ("dev", "prod", "test")]
    for name, templates in (("one template", three[:1]), ("three templates", three)):
        yield Case(
            f"cfn-lint, {name}",
            (str(lint), "--", *templates),
            lambda seen: seen.code == 0,
            rounds=3,
            missing=missing(lint),
        )
    checkov = INSTALLED / "checkov/bin/checkov"
    yield Case(
        "checkov, one template",
        (str(checkov), *CHECKOV.split(), "--file", str(TEMPLATE)),
        has_checkov_summary,
        rounds=3,
        missing=missing(checkov),
    )


def has_checkov_summary(seen: Output) -> bool:
    return seen.code == 0 and json.loads(seen.stdout)["summary"]["passed"] > 0


def sceptre(folder: Path, plain: Path) -> Iterator[Case]:
    (folder / "config/dev").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "templates/compute.py").write_text(GENERATED.format(script=str(plain)))
    (folder / "config/config.yaml").write_text("project_code: bidops\nregion: us-east-1\n")
    (folder / "config/dev/compute.yaml").write_text(
        "template: {type: file, path: compute.py}\nsceptre_user_data: {}\n"
    )
    yield Case(
        "sceptre generate",
        (str(SCEPTRE), "generate", "dev/compute.yaml"),
        lambda seen: seen.code == 0 and "BffTaskDefinition" in seen.stdout,
        cwd=folder,
        rounds=5,
        missing=missing(SCEPTRE),
    )


def cdk(folder: Path) -> Iterator[Case]:
    """Yield ``cdk synth`` in both languages, with the validation that is on by default and without.

    The programs are the command line of CDK, which starts the app as a process of its own.
    """
    program, javascript = CDK_APP
    python = INSTALLED / "cdk-python/bin/python"
    absent = missing(program) or ("" if shutil.which("node") else "no node")
    apps = {
        "JavaScript": (javascript, absent),
        "Python": (f"{python} {SOURCES / 'cdk.py'}", absent or missing(python)),
    }
    output = str(folder / "cdk.out")
    resources = len(json.loads(TEMPLATE.read_text(encoding="utf-8"))["Resources"])
    for language, (app, lacking) in apps.items():
        for option, said in ((), ""), (("--no-validation",), ", without validation"):
            yield Case(
                f"CDK {language}, `cdk synth`{said}",
                (str(program), *CDK.split(), *option, "--app", app, "--output", output),
                lambda seen: seen.code == 0 and seen.stdout.count("    Type: AWS::") >= resources,
                cwd=folder,
                environment=QUIET_CDK,
                rounds=3,
                missing=lacking,
            )
