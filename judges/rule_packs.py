"""Judges that are rule packs: what they say of each template, against the list of what is known.

A list says each finding with the reason why it stays, and how many rules pass; the review shows it.
What is new, what is gone and another count are findings: the list is edited, never outgrown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bidops_cfn.project import Project
from bidops_cfn.review.rule_packs import Finding, Pack, RuleList, list_file, read_list, whole
from judges.judgement import Judge, Judgement

REPOSITORY = Path(__file__).parents[1]
INSTALLED = REPOSITORY / ".cache" / "judges"


@dataclass(frozen=True)
class Answer:
    """Whether a resource meets a rule; "" where the tool names none of those that do."""

    rule: str
    resource: str
    passed: bool


Answers = Mapping[str, Sequence[Answer]]  # by environment


def build_judge(
    name: str, tool: str, missing: Callable[[], str], ask: Callable[[Mapping[str, Path]], Answers]
) -> Judge:
    """Return the judge ``name``, which asks about each environment's template."""
    project = Project(REPOSITORY)
    file = list_file(project, name)

    def judge() -> list[Judgement]:
        templates = {one: project.template(one) for one in project.environments}
        return list(compare(read_list(project, file), ask(templates)))

    advice = (
        f"in {project.shown(file)}: list what is new with the reason why it stays (or correct the "
        "template), remove what is gone, write the count; then bidops-cfn review --all"
    )
    return Judge(name, tool, missing, judge, advice)


def compare(rules: RuleList, answers: Answers) -> Iterator[Judgement]:
    """Yield a judgement for each pack and environment: answers and list are the same."""
    for pack in rules.packs.values():
        for environment, given in answers.items():
            own = [one for one in given if rules.pack(one.rule) is pack]
            yield compare_pack(rules, pack, environment, own)
        for environment in sorted(pack.passed.keys() - answers.keys()):
            yield Judgement(f"{environment}: {pack.title}", 0, ("listed, and has no template",))
    strange = {one.rule for given in answers.values() for one in given if not rules.pack(one.rule)}
    if strange:
        found = tuple(f"{rule} is in no pack of the list" for rule in sorted(strange))
        yield Judgement("every rule is in a pack of the list", len(strange), found)


def compare_pack(
    rules: RuleList, pack: Pack, environment: str, answers: Sequence[Answer]
) -> Judgement:
    """Return whether the answers of one pack about one environment are those of the list."""
    failed = [one for one in answers if not one.passed]
    asked = {whole(one.rule) for one in answers}
    passed = len(asked.difference(whole(one.rule) for one in failed))
    found = {Finding(environment, one.rule, one.resource) for one in failed}
    listed = {
        one
        for one in rules.findings()
        if one.environment == environment and rules.pack(one.rule) is pack
    }
    lines = [
        *(f"new: {one.rule} on {one.resource}" for one in sorted(found - listed, key=str)),
        *(f"gone: {one.rule} on {one.resource}" for one in sorted(listed - found, key=str)),
    ]
    if pack.passed.get(environment) != passed:
        said = pack.passed.get(environment, "no count")
        lines.append(f"rules that pass: {passed}; the list says {said}")
    return Judgement(f"{environment}: {pack.title}", len(asked), tuple(lines))
