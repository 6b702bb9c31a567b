"""What CloudFormation makes of the ARN that is derived from a repository's URI."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.compute.imports import repository_arn
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.cloudformation.intrinsics import Scope
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.resource_type import Place


def resolved(environment: Environment, uri: str) -> str:
    arn = repository_arn(environment, Imports.APP_REPOSITORY)
    name = environment.imports.exported(environment.name, Imports.APP_REPOSITORY.value)
    place = Place(environment.account_id, environment.region)
    scope = Scope(
        Template("", {}), place, "s", "id", {}, {name: uri}, lambda _: None, lambda *_: None
    )
    return str(scope.resolve(arn.to_dict()))


@pytest.mark.requirement("FR-009")
@pytest.mark.parametrize("account", ["111111111111", "444444444444"])
@pytest.mark.parametrize("name", ["bidopsai/app", "app", "team/bidopsai/app-x.y"])
def test_an_image_may_be_pulled_in_the_account_that_keeps_it(
    dev: Environment, account: str, name: str
) -> None:
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/{name}"
    assert resolved(dev, uri) == f"arn:aws:ecr:us-east-1:{account}:repository/{name}"


def test_the_registry_of_china_has_another_domain(dev: Environment) -> None:
    uri = "444444444444.dkr.ecr.cn-north-1.amazonaws.com.cn/bidopsai/app"
    china = replace(dev, region="cn-north-1")
    found = resolved(china, uri)
    assert found == "arn:aws-cn:ecr:cn-north-1:444444444444:repository/bidopsai/app"


def test_another_regions_repository_is_not_opened(dev: Environment) -> None:
    """Its registry is out of reach: a pull must fail, not wait for a network that is not there."""
    uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/bidopsai/app"
    assert resolved(dev, uri) == "arn:aws:ecr:us-east-1:111111111111:repository/bidopsai/app"


def test_a_dual_stack_host_ends_the_change_set(dev: Environment) -> None:
    with pytest.raises(ValidationError, match="nonexistent value at index 1"):
        resolved(dev, "111111111111.dkr-ecr.us-east-1.on.aws/bidopsai/app")
