"""``run.sh``: fills in the placeholders, asks AWS's provers, and fails on a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from bidops_cfn.review.account.placeholders import placeholders
from bidops_cfn.review.subject import Subject


def script(subject: Subject, texts: Mapping[str, str]) -> str:
    """Return the script for the files ``texts``, by their paths."""
    source = resources.files(__package__ or __name__).joinpath("run.sh.txt")
    wanted = "\n".join(f"fill {kind} '{name}'" for kind, name in placeholders(texts.values()))
    roles = sorted({path.split("/")[1] for path in texts if path.startswith("roles/")})
    networks = sorted(path for path in texts if path.startswith("network/"))
    values = {
        "environment": subject.name,
        "account": subject.environment.account_id,
        "region": subject.environment.region,
        "stack": subject.environment.stack_name,
        "sha256": subject.sha256,
        "placeholders": wanted,
        "networks": " ".join(networks),
        "roles": " ".join(roles),
    }
    # A shell script is full of dollar signs and braces: %name% is what it has none of.
    return re.sub(r"%([a-z0-9]+)%", lambda one: values[one[1]], source.read_text("utf-8"))
