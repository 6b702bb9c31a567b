"""Renders one environment with many services and prints its text: ``python services.py COUNT``.

CloudFormation takes 500 resources and 200 outputs in a stack, which some 35 services reach. To see
how the time grows beyond that, troposphere's own limits are lifted here, and only here.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import troposphere

from benchmarks.case import REPOSITORY
from bidops_cfn.compute import template
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Listener
from bidops_cfn.settings.services import AGENTCORE, BFF


def main(count: int) -> None:
    for limit in ("MAX_OUTPUTS", "MAX_PARAMETERS", "MAX_RESOURCES"):
        setattr(troposphere, limit, sys.maxsize)
    environment = load.load(REPOSITORY / "params", "dev")
    services = [
        replace(
            AGENTCORE if index % 2 else BFF,
            name=f"service-{index}",
            title=f"Service{index}",
            callers=(f"service-{index - 1}",) if index % 2 else (),
        )
        for index in range(count)
    ]
    settings = {
        service.name: replace(
            environment.services["bff" if service.public else "agentcore"],
            listener=Listener(priority=index + 1, hosts=("a.example",)) if service.public else None,
        )
        for index, service in enumerate(services)
    }
    sys.stdout.write(template.render(replace(environment, services=settings), services))


main(int(sys.argv[1]))
