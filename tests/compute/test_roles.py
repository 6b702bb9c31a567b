from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.compute.roles import roles
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import BFF, SERVICES, Service
from tests.settings_files import with_table

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def built(service: Service, environment: Environment) -> dict[str, dict[str, Any]]:
    return {role.title: role.to_dict() for role in roles(service, environment)}


@pytest.mark.requirement("FR-009")
@pytest.mark.requirement("FR-016")
@each_service
def test_each_service_has_one_role_to_start_its_tasks_and_one_for_the_code_inside(
    environment: Environment, service: Service
) -> None:
    made = built(service, environment)
    assert list(made) == [f"{service.title}ExecutionRole", f"{service.title}TaskRole"]
    for role in made.values():
        assert role["Type"] == "AWS::IAM::Role"
        assert len(role["Properties"]["Policies"]) == 1
        assert not {"ManagedPolicyArns", "RoleName"} & set(role["Properties"])


@pytest.mark.requirement("SC-006")
@each_service
def test_only_ecs_tasks_of_this_account_and_region_assume_the_roles(
    environment: Environment, service: Service
) -> None:
    for role in built(service, environment).values():
        assert role["Properties"]["AssumeRolePolicyDocument"] == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["sts:AssumeRole"],
                    "Principal": {"Service": ["ecs-tasks.amazonaws.com"]},
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                        "ArnLike": {
                            "aws:SourceArn": {
                                "Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}"
                                ":${AWS::AccountId}:*"
                            }
                        },
                    },
                }
            ],
        }


def test_the_permissions_boundary_is_a_setting(dev: Environment) -> None:
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    for role in built(BFF, with_table(dev, "security", permissions_boundary_arn=boundary)).values():
        assert role["Properties"]["PermissionsBoundary"] == boundary
    for role in built(BFF, dev).values():
        assert "PermissionsBoundary" not in role["Properties"]
