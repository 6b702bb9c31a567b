"""Addresses in the AWS console, in every partition."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.console import (
    make_alarm_url,
    make_log_group_url,
    make_service_url,
    make_stack_url,
)


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_host_is_that_of_the_partition(partition: str, region: str, host: str) -> None:
    stack = f"arn:{partition}:cloudformation:{region}:111111111111:stack/name/0a"
    service = f"arn:{partition}:ecs:{region}:111111111111:service/cluster/bff"
    for url in (
        make_stack_url(stack),
        make_service_url(service),
        make_log_group_url(stack, "/ecs/bff"),
        make_alarm_url(stack, "bff high"),
    ):
        assert url.startswith(f"https://{host}/")
        assert f"region={region}" in url
    assert make_log_group_url(stack, "/ecs/bff").endswith("log-group/$252Fecs$252Fbff")
    assert make_alarm_url(stack, "bff high").endswith("alarm/bff%20high")
    assert "/clusters/cluster/services/bff/" in make_service_url(service)
