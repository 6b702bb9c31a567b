"""What rule packs of others say about the committed templates, as a project lists it.

The lists are ``templates/findings-<judge>.toml``: which tool, how many rules of each pack hold in
each environment, and every deviation with the reason why it stays. ``make judges`` runs the tools
and fails where a list says something else; a review reads the lists and runs nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from bidops_cfn.errors import UsageError
from bidops_cfn.frozen import frozen
from bidops_cfn.project import Project
from bidops_cfn.review.writing import code, plain, prose
from bidops_cfn.review.writing import table as markdown_table
from bidops_cfn.settings.problem import Problem, shown
from bidops_cfn.settings.shapes import Array, Dictionary, Number, Text, setting, shape_of, table
from bidops_cfn.spec import reviewed

FOLDER = "templates/"
HERE = "{environment}"  # in a rule of a list: the name of the environment

# The packs that `make judges` asks, by what the names of their rules begin with.
PACKS = ("CKV", "CT.", "AwsSolutions", "NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")

ENVIRONMENT = Text(r"[a-z][a-z0-9-]*", "the name of an environment")
RULE = Text(r"\S.*\S", "the name of a rule, as the tool writes it")
WHOLE = "the template"
RESOURCE = Text(rf"[A-Za-z0-9]+|{WHOLE}", f"a logical id, or: {WHOLE}")


@frozen
class Finding:
    """A rule that one resource of one environment does not meet."""

    environment: str
    rule: str
    resource: str

    def __str__(self) -> str:
        """Return ``prod: CT.ECS.PR.2 on Cluster``."""
        return f"{self.environment}: {self.rule} on {self.resource}"


@table
class Deviation:
    """Rules that resources do not meet in environments, and why that stays."""

    rules: tuple[str, ...] = setting(Array(RULE, 1), "What is not met.")
    environments: tuple[str, ...] = setting(Array(ENVIRONMENT, 1), "Where.")
    resources: tuple[str, ...] = setting(Array(RESOURCE, 1), "By which logical ids.")
    reason: str = setting(Text(r"\S.{8,}\S", "a sentence on one line"), "Why it stays.")

    def findings(self) -> Iterator[Finding]:
        """Yield each rule in each environment for each resource."""
        for where, rule, resource in product(self.environments, self.rules, self.resources):
            yield Finding(where, rule.replace(HERE, where), resource)


@table
class Pack:
    """Rules that belong together; ``passed`` is how many find nothing, by environment."""

    title: str = setting(Text(r"\S.*\S", "the pack's name"), "The pack.")
    passed: Mapping[str, int] = setting(
        Dictionary(ENVIRONMENT, Number(0, 10_000)),
        "How many of its rules apply and find nothing, by environment.",
    )


@table
class RuleList:
    """What one tool says about the templates; packs by what the names of their rules begin with."""

    tool: str = setting(Text(r"\S.* \S+", "the tool with its version"), "What judged.")
    packs: Mapping[str, Pack] = setting(
        Dictionary(Text(r"\S+", "what the names of the pack's rules begin with"), shape_of(Pack)),
        "The packs, by what the names of their rules begin with.",
    )
    deviation: tuple[Deviation, ...] = setting(
        Array(shape_of(Deviation), maximum=1000),
        "What does not hold: each rule in each environment for each resource.",
        default=(),
    )

    def pack(self, rule: str) -> Pack | None:
        """Return the pack that a rule belongs to."""
        return next((self.packs[one] for one in self.packs if rule.startswith(one)), None)

    def findings(self) -> Iterator[Finding]:
        """Yield every finding that is listed."""
        for one in self.deviation:
            yield from one.findings()

    def deviating(self, pack: Pack, environment: str) -> int:
        """Return how many rules of the pack something in the environment does not meet."""
        found = (one for one in self.findings() if one.environment == environment)
        return len({whole(one.rule) for one in found if self.pack(one.rule) is pack})


def whole(rule: str) -> str:
    """Return the rule of ``IAM5[Action::s3:*]``: brackets tell findings of one rule apart."""
    return rule.partition("[")[0]


def list_file(project: Project, judge: str) -> Path:
    """Return the path of a judge's list; ``*`` for a pattern of all."""
    return project.templates / f"findings-{judge}.toml"


def read_lists(project: Project) -> tuple[RuleList, ...]:
    """Return the lists of a project; raises ``UsageError`` with every mistake in one."""
    pattern = list_file(project, "*").name
    return tuple(read_list(project, path) for path in sorted(project.templates.glob(pattern)))


def read_list(project: Project, path: Path) -> RuleList:
    """Return the list in ``path``; raises ``UsageError`` with every mistake in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {project.shown(path)}", str(error)) from error
    return parse(path.name, text)


def parse(name: str, text: str) -> RuleList:
    """Return the list ``name`` that ``text`` is; raises ``UsageError`` with every mistake."""
    shape = shape_of(RuleList)
    rules: RuleList = shape.read(reviewed.parse(name, text, shape, FOLDER))
    reviewed.refuse(name, text, list(_contradictions(rules)), FOLDER)
    return rules


def _contradictions(rules: RuleList) -> Iterator[Problem]:
    seen: set[Finding] = set()
    for index, deviation in enumerate(rules.deviation):
        path = f"deviation[{index}]"
        for place, rule in enumerate(deviation.rules):
            pack = rules.pack(rule)
            if pack is None:
                known = f"the rules of a pack: {', '.join(rules.packs)}"
                yield Problem(f"{path}.rules[{place}]", shown(rule), known)
                continue
            for at, where in enumerate(deviation.environments):
                if where not in pack.passed:
                    prefix = next(one for one in rules.packs if rules.packs[one] is pack)
                    known = f"those of packs.{prefix}.passed: {', '.join(pack.passed)}"
                    yield Problem(f"{path}.environments[{at}]", shown(where), known)
        for finding in deviation.findings():
            if finding in seen:
                yield Problem(path, f"{finding} again", "each finding once")
            seen.add(finding)


def find_list_faults(
    environment: str, resources: Container[str], lists: Sequence[RuleList]
) -> Iterator[str]:
    """Yield which packs no list has for an environment, and what is listed and not there."""
    judged = {
        name for one in lists for name, pack in one.packs.items() if environment in pack.passed
    }
    missing = [one for one in PACKS if one not in judged]
    if missing:
        yield f"not judged by {', '.join(missing)}"
    named = dict.fromkeys(
        found.resource
        for one in lists
        for found in one.findings()
        if found.environment == environment and found.resource != WHOLE
    )
    for one in named:
        if one not in resources:
            yield f"{code(one)} is listed, and the template has no such resource"


def rule_pack_section(environment: str, lists: Sequence[RuleList]) -> Iterator[str]:
    """Yield the blocks of ``REVIEW.md`` on what rule packs of others say of an environment."""
    yield "## Other rule packs"
    judged = [
        (rules, pack)
        for rules in lists
        for pack in rules.packs.values()
        if environment in pack.passed
    ]
    if not judged:
        yield "Not judged: no `templates/findings-*.toml` of the project names this environment."
        return
    yield (
        "Rules of others that apply to this template, as `templates/findings-*.toml` list them. "
        "`make judges` asks the tools again, and fails where a list says something else."
    )
    yield markdown_table(
        ("Rule pack", "Judged by", "Rules that pass", "Rules not met"),
        (
            (
                plain(pack.title),
                plain(rules.tool),
                str(pack.passed[environment]),
                str(rules.deviating(pack, environment)),
            )
            for rules, pack in judged
        ),
    )
    yield markdown_table(
        ("Not met", "By", "Why it stays"),
        (
            (
                ", ".join(code(rule.replace(HERE, environment)) for rule in one.rules),
                ", ".join(map(code, one.resources)),
                prose(one.reason),
            )
            for rules in lists
            for one in rules.deviation
            if environment in one.environments
        ),
    )
