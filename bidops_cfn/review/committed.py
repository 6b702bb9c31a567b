"""Every review file that is committed, by its path below ``templates/``, with its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.review.contract_file import contract_json
from bidops_cfn.review.environments import environments_page
from bidops_cfn.review.flow_facts import network_tsv
from bidops_cfn.review.permission_facts import iam_tsv
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.settings_facts import settings_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check
from bidops_cfn.review.traceability_page import traceability_page

OF_ENVIRONMENT = {
    "iam.tsv": iam_tsv,
    "network.tsv": network_tsv,
    "settings.tsv": settings_tsv,
    "REVIEW.md": review_page,
}


def environment_files(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the files of one environment, ``prod/iam.tsv`` first."""
    for name, write in OF_ENVIRONMENT.items():
        yield f"{subject.name}/{name}", write(subject)


def repository_files(subjects: Sequence[Subject], check: Check) -> Iterator[tuple[str, str]]:
    """Yield the files that are about all environments together."""
    yield "ENVIRONMENTS.md", environments_page(subjects)
    yield "TRACEABILITY.md", traceability_page(subjects, check)
    yield "contract.json", contract_json(subjects)
