"""Inputs for AWS's own provers, to check in the account what a template can only assume.

After a deployment, Network Access Analyzer looks at routes, gateways and everybody's rules, and IAM
Access Analyzer at the policies that roles really have. ``run.sh`` fills in what only the account
knows (marked ``@...@``), asks both, and fails on a finding. ``docs/account-proofs.md`` explains it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.json_text import json_text
from bidops_cfn.review.account.placeholders import script
from bidops_cfn.review.account.role_policies import role_policies
from bidops_cfn.review.account.scopes import scopes
from bidops_cfn.review.subject import Subject

SCRIPT = "run.sh"


def proof_files(subject: Subject) -> Mapping[str, str]:
    """Return every file by its path in the folder that was asked for."""
    found = {
        **{f"network/{name}.json": scope for name, scope in scopes(subject).items()},
        **{
            f"roles/{role}/{name}.json": document
            for role, documents in role_policies(subject).items()
            for name, document in documents.items()
        },
    }
    texts = {path: json_text(one, indent=1, sort_keys=True) + "\n" for path, one in found.items()}
    return {SCRIPT: script(subject, texts), **texts}
