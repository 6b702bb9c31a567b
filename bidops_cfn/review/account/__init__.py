"""Inputs for AWS's own provers, to check in the account what a template can only assume.

After a deployment, Network Access Analyzer looks at routes, gateways and everybody's rules, and IAM
Access Analyzer at the policies that roles really have. ``run.sh`` fills in what only the account
knows (marked ``@...@``), asks both, and fails on a finding. ``docs/account-proofs.md`` explains it.
"""

from bidops_cfn.review.account.inputs import proof_files

__all__ = ["proof_files"]
