"""What the project has committed: templates, as subjects of a review; review files; what git holds.

The house rules are loaded with cfn-lint, which takes most of a second: only commands that need them
do.
"""

from __future__ import annotations

import difflib
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.output_file import show, write
from bidops_cfn.errors import CheckFailed, UsageError
from bidops_cfn.printable import block, printable
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.review.subject import Subject
    from bidops_cfn.review.traceability import Check, Rule
    from bidops_cfn.rules._house_rule import Finding, HouseRule


# What is written into templates/, or read from there: of the project, and of each environment.
OF_PROJECT = ("ENVIRONMENTS.md", "TRACEABILITY.md", "contract.json", "findings-*.toml")
OF_ENVIRONMENT = ("compute.json", "iam.tsv", "network.tsv", "settings.tsv", "REVIEW.md")
NOT_WRITTEN = "no command writes it"
LINE = re.compile("[^\n]*\n|[^\n]+")


def read_template(path: Path, name: str) -> str:
    """Return the text of a committed template; raises ``UsageError`` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"no committed template of {name}",
            f"{path} does not exist",
            hint="Render it first: bidops-cfn render --all",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", str(error)) from error


def save(path: Path, text: str, shown: str = "", *, folders: bool = False) -> None:
    """Write a file, and say of it whether it changed."""
    state = "written" if write(path, text, folders=folders) else "unchanged"
    click.echo(printable(f"{shown or path}: {state}"), err=True)


def save_all(files: Mapping[Path, str], project: Project | None = None) -> None:
    """Write files and missing folders, and say of each whether it changed."""
    for path, text in files.items():
        save(path, text, project.shown(path) if project else "", folders=True)


def find_stale(project: Project, files: Mapping[Path, str]) -> list[str]:
    """Print how committed files differ from ``files``, and return which do."""
    stale = []
    for path, text in files.items():
        name = project.shown(path)
        committed = committed_bytes(path)
        if committed != text.encode():
            stale.append(f"{name}: {'missing' if committed is None else 'stale'}")
            show(difference(name, committed or b"", text))
    return stale


def refuse_stale(
    project: Project, files: Mapping[Path, str], what: str, step: str, *, everything: bool = True
) -> None:
    """Print how committed files differ from ``files``; raise ``CheckFailed`` if one does.

    Where they are ``everything``, so does what no command writes, and a link: what it leads to may
    change without a change that anyone reviews. ``step`` says how to write them.
    """
    stale = find_stale(project, files)
    strays = find_strays(project) if everything else {}
    links = find_links(project) if everything else []
    left = [f"{project.shown(path)}: {said}" for path, said in strays.items()] + links
    if stale or left:
        named = " ".join(shlex.quote(project.shown(path)) for path in strays)
        steps = [step] * bool(stale or links)
        steps += [f"Remove what no command writes: rm -r {named}"] * bool(strays)
        raise CheckFailed(
            what,
            f"{len(stale)} of {len(files)} to write, {len(left)} to remove",
            details=[*stale, *left],
            hint="\n".join(steps),
        )


def find_strays(project: Project) -> Mapping[Path, str]:
    """Return what stands among the committed files and no command writes, and what it is."""
    found = {}
    for path in sorted(project.templates.glob("[!.]*")):
        if path.is_dir() and path.name not in project.environments:
            found[path] = f"params/{path.name}.toml is missing"
        elif not path.is_dir() and not any(map(path.match, OF_PROJECT)):
            found[path] = NOT_WRITTEN
    for name in project.environments:
        for path in sorted((project.templates / name).glob("[!.]*")):
            if path.name not in OF_ENVIRONMENT:
                found[path] = NOT_WRITTEN
    return dict(sorted(found.items()))


def find_links(project: Project) -> list[str]:
    """Return the links among settings and committed files, with what to do."""
    return [
        f"{project.shown(path)}: it is a link; put the file itself in its place"
        for folder in (project.params, project.templates)
        for path in sorted(folder.rglob("*"))
        if path.is_symlink()
    ]


def committed_bytes(path: Path) -> bytes | None:
    """Return what stands in the committed file ``path``, or None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(
            f"cannot read {path}", error.strerror or str(error), hint="Repair or remove it."
        ) from error


def difference(name: str, committed: bytes, text: str) -> str:
    """Return the unified diff from the ``committed`` bytes to the rendered ``text``."""
    lines = difflib.unified_diff(
        LINE.findall(committed.decode(errors="replace")),
        LINE.findall(text),
        f"{name} (committed)",
        f"{name} (rendered)",
    )
    marked = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return block("".join(marked), keep="\n\t")  # tables have tabs


def at_revision(root: Path, revision: str, file: str) -> str | None:
    """Return the text of ``file``, a path below ``root``, at ``revision``; None if it is not there.

    Raises ``UsageError`` when there is no git, no repository or no such revision.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if revision.startswith("-") or commit is None:
        raise UsageError(
            f"nothing to compare with: {revision}",
            "it is no environment, and git knows no such revision here",
            hint="Give an environment, a revision such as main or HEAD~1, or: deployed",
        )
    return _git(root, "show", f"{commit.strip()}:./{file}")


def recorded(root: Path, file: str) -> bool | None:
    """Tell whether the last commit holds ``file``, a path below ``root``, as it is now.

    None where there is no git or no repository.
    """
    if shutil.which("git") is None:
        return None
    changes = _git(root, "status", "--porcelain", "--ignored", "--", file)
    return None if changes is None else not changes


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None when it fails."""
    import subprocess

    git = shutil.which("git")
    if git is None:
        raise UsageError("cannot look into the history", "git is not installed")
    done = subprocess.run(  # noqa: S603 - a list of arguments, none of them an option from outside
        [git, "-C", str(root), *arguments], capture_output=True, check=False
    )
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def subjects(project: Project, names: Sequence[str]) -> list[Subject]:
    """Return the subject of each environment: what is committed, since that is what is reviewed."""
    from bidops_cfn.review.rule_packs import read_lists
    from bidops_cfn.review.subject import Subject
    from bidops_cfn.settings import load

    lists = read_lists(project)
    return [
        Subject(
            environment,
            read_template(project.template(environment.name), environment.name),
            rule_lists=lists,
        )
        for environment in load.load_all(project.params, names)
    ]


def described(rule: HouseRule) -> Rule:
    """Return what a review says of a rule; its tags that are requirement ids are what it guards."""
    from bidops_cfn.review.requirements import requirements
    from bidops_cfn.review.traceability import Rule

    return Rule(
        str(rule.id),
        str(rule.shortdesc),
        str(rule.description),
        frozenset(tag for tag in rule.tags if tag in requirements()),
        str(rule.source_url),
    )


def findings(
    project: Project, subject: Subject, rules: Sequence[HouseRule]
) -> dict[str, list[Finding]]:
    """Return what each rule finds in a subject's template, by the rule's id."""
    from bidops_cfn.facts.template_under_review import claimed

    judged = replace(
        subject.under_review,
        environment=claimed(subject.template),
        file=project.template(subject.name),
        asked=subject.name,
    )
    return {str(rule.id): rule.findings(judged) for rule in rules}


def checked(project: Project, subjects: Sequence[Subject]) -> Check:
    """Run every house rule on every subject and return what they are and which find something."""
    from bidops_cfn.review.traceability import Check
    from bidops_cfn.rules import house_rules

    rules = house_rules()
    broken = {
        subject.name: frozenset(
            name for name, found in findings(project, subject, rules).items() if found
        )
        for subject in subjects
    }
    return Check(tuple(map(described, rules)), broken)
