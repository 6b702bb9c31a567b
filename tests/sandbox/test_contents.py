"""What stands in the accounts beside stacks: credentials, images, secrets, the prefix list."""

from __future__ import annotations

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAGS
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import Account


def test_an_unknown_key_is_another_account(sandbox: Sandbox, dev: Environment) -> None:
    stranger = Account(sandbox, dev)
    stranger.variables["AWS_ACCESS_KEY_ID"] = "AKIASTRANGERSTRANGER"
    try:
        identity = stranger.client("sts").get_caller_identity()
    finally:
        stranger.close()
    assert identity["Account"] != dev.account_id


def test_every_repository_holds_an_image_under_each_announced_tag(dev_account: Account) -> None:
    ecr = dev_account.client("ecr")
    for name in ("bidopsai/app", "bidopsai/agent"):
        found = ecr.describe_images(repositoryName=name)["imageDetails"]
        assert [tag for one in found for tag in one["imageTags"]] == [*SANDBOX_IMAGE_TAGS]
        assert len({one["imageDigest"] for one in found}) == len(SANDBOX_IMAGE_TAGS)


def test_every_secret_of_the_settings_is_a_secure_string_behind_its_export(
    dev_account: Account, dev: Environment
) -> None:
    exports = {
        item["Name"]: item["Value"] for item in dev_account.cloudformation.list_exports()["Exports"]
    }
    outputs = {out for each in dev.services.values() for out in each.secrets.values()}
    assert outputs
    for output in outputs:
        arn = exports[f"bidopsai-dev-security-{output}"]
        parameter = dev_account.client("ssm").get_parameter(Name=arn.split(":parameter")[1])
        assert parameter["Parameter"]["Type"] == "SecureString"
        assert parameter["Parameter"]["ARN"] == arn


def test_the_s3_prefix_list_has_the_id_of_the_settings(
    dev_account: Account, dev: Environment
) -> None:
    (found,) = dev_account.client("ec2").describe_managed_prefix_lists(
        PrefixListIds=[dev.network.s3_prefix_list_id]
    )["PrefixLists"]
    assert found["PrefixListName"] == f"com.amazonaws.{dev.region}.s3"
    assert found["OwnerId"] == "AWS"


def test_the_older_call_for_prefix_lists_answers_the_same(
    dev_account: Account, dev: Environment
) -> None:
    name = f"com.amazonaws.{dev.region}.s3"
    (found,) = dev_account.client("ec2").describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [name]}]
    )["PrefixLists"]
    assert (found["PrefixListId"], found["PrefixListName"]) == (dev.network.s3_prefix_list_id, name)
    assert found["Cidrs"]
