"""``Sandbox``: how it starts, serves, refuses and stops, and that nothing is imported before."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from botocore.exceptions import ClientError

from bidops_cfn.compute import template
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.contract import ImportNames, Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.other_stacks import REPOSITORIES
from bidops_cfn_sandbox.server import Sandbox
from tests.neighbours import beside
from tests.rules.test_other_settings import ADDITIONS
from tests.sandbox.account import IMAGES, account
from tests.settings_files import with_table


def test_each_environment_has_the_account_of_its_settings(
    environments: dict[str, Environment],
) -> None:
    with Sandbox(list(environments.values())) as sandbox:
        for environment in environments.values():
            with account(sandbox, environment) as held:
                identity = held.client("sts").get_caller_identity()
                exported = held.exports()
            assert identity["Account"] == environment.account_id
            assert {name.split("-")[1] for name in exported} == {environment.name}


def test_no_thread_and_no_listener_survives_the_sandbox(dev: Environment) -> None:
    before = threading.enumerate()
    with Sandbox([dev]) as sandbox:
        endpoint = sandbox.endpoint
        silent = socket.create_connection((endpoint.split(":")[1][2:], int(endpoint.split(":")[2])))
    with silent, contextlib.suppress(ConnectionResetError):
        assert silent.recv(1) == b""
    assert threading.enumerate() == before
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(endpoint, timeout=5)
    with pytest.raises(UsageError, match="not running"):
        _ = sandbox.endpoint


def test_sandboxes_follow_each_other_without_a_trace(dev: Environment) -> None:
    for _ in range(2):
        with Sandbox([dev]) as sandbox, account(sandbox, dev) as held:
            clusters = held.client("ecs").list_clusters()["clusterArns"]
            vpcs = held.client("ec2").describe_vpcs(
                Filters=[{"Name": "is-default", "Values": ["false"]}]
            )["Vpcs"]
            held.client("ecs").create_cluster(clusterName="left-behind")
        assert clusters == []
        assert [vpc["CidrBlock"] for vpc in vpcs] == ["10.0.0.0/16"]


def test_a_taken_port_is_a_usage_error_and_leaves_nothing_locked(dev: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port}: address already in use"):
            Sandbox([dev], port).__enter__()
    with Sandbox([dev], port) as sandbox:
        assert sandbox.endpoint == f"http://127.0.0.1:{port}"


def test_exports_have_the_names_that_settings_map(dev: Environment) -> None:
    names = ImportNames(
        exceptions={
            "network.VpcId": (Export("shared-vpc"),),
            "network.PrivateAppSubnetIds": (Export("shared-app-a"), Export("shared-app-b")),
        }
    )
    mapped = replace(dev, imports=names)
    with Sandbox([mapped]) as sandbox, account(sandbox, mapped) as held:
        exports = held.exports()
        vpcs = held.client("ec2").describe_vpcs(VpcIds=[exports["shared-vpc"]])["Vpcs"]
    assert len(vpcs) == 1
    assert exports["shared-app-a"].startswith("subnet-")
    assert exports["shared-app-a"] != exports["shared-app-b"]
    assert dev.imports.exported("dev", Imports.VPC_ID.value) not in exports


def test_two_environments_share_the_repositories_of_one_account(dev: Environment) -> None:
    twin = replace(dev, name="twin")
    with Sandbox([dev, twin]) as sandbox, account(sandbox, twin) as held:
        exports = held.exports()
        repositories = held.client("ecr").describe_repositories()["repositories"]
    uri = f"{dev.account_id}.dkr.ecr.{dev.region}.amazonaws.com/bidopsai/app"
    assert exports["bidopsai-twin-storage-AppEcrRepositoryUri"] == uri
    assert sorted(item["repositoryName"] for item in repositories) == sorted(REPOSITORIES.values())


def test_what_settings_name_is_there(dev: Environment) -> None:
    """Secrets of Secrets Manager, the secrets' key, and rollback alarms, which are quiet."""
    arn = f"arn:aws:cloudwatch:{dev.region}:{dev.account_id}:alarm:bidopsai-dev-smoke"
    bff = replace(dev.services["bff"], secrets_manager={"TOKEN": "TokenSecretArn"})
    wanted = replace(
        with_table(dev, "security", secrets_key_output="SecretsKeyArn"),
        services={**dev.services, "bff": bff},
        deploy=replace(dev.deploy, rollback_alarms=(arn,)),
    )
    with Sandbox([wanted]) as sandbox, account(sandbox, wanted) as held:
        exports = held.exports()
        secret = held.client("secretsmanager").describe_secret(
            SecretId=exports["bidopsai-dev-security-TokenSecretArn"]
        )
        key = held.client("kms").describe_key(KeyId=exports["bidopsai-dev-security-SecretsKeyArn"])
        parameters = held.client("ssm").describe_parameters()["Parameters"]
        (alarm,) = held.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert secret["Name"] == "bidopsai/dev/token"
    assert key["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    assert parameters
    assert {item["KeyId"] for item in parameters} == {key["KeyMetadata"]["KeyId"]}
    assert (alarm["AlarmArn"], alarm["StateValue"]) == (arn, "OK")


def test_a_second_sandbox_in_the_process_is_refused(dev: Environment) -> None:
    with Sandbox([dev]), pytest.raises(UsageError, match="another sandbox"), Sandbox([dev]):
        pass


def test_environments_that_share_export_names_in_an_account_are_refused(dev: Environment) -> None:
    names = ImportNames(exceptions={"network.VpcId": (Export("shared-vpc"),)})
    one, other = (replace(dev, name=name, imports=names) for name in ("one", "other"))
    refused = pytest.raises(UsageError, match="bidopsai-other-network: Export with name shared-vpc")
    with refused as raised, Sandbox([one, other]):
        pass
    assert "--env ENV" in raised.value.hint


def test_environments_share_neighbours_whose_names_name_no_environment(dev: Environment) -> None:
    names = ImportNames("{stack}-{output}")
    one, other = (replace(dev, name=name, imports=names) for name in ("one", "other"))
    with Sandbox([one, other]) as sandbox, account(sandbox, other) as held:
        stacks = {stack["StackName"] for stack in held.cloudformation.describe_stacks()["Stacks"]}
        exports = held.exports()
    assert stacks == {f"bidopsai-one-{stack}" for stack in ("network", "storage", "security")}
    assert "network-VpcId" in exports


def test_environments_share_the_stacks_of_cdk(dev: Environment) -> None:
    twin = replace(dev, name="twin")
    with Sandbox([dev, twin], neighbours="cdk") as sandbox, account(sandbox, twin) as held:
        stacks = {stack["StackName"] for stack in held.cloudformation.describe_stacks()["Stacks"]}
    assert stacks == {"NetworkStack", "DatabaseStack", "StorageStack", "SecurityStack"}


def test_a_secret_that_the_shared_stack_of_cdk_lacks_is_named(dev: Environment) -> None:
    bff = replace(dev.services["bff"], secrets={"DATABASE_URL": "OtherDatabaseUrlParameterArn"})
    other = replace(dev, name="other", services={**dev.services, "bff": bff})
    refused = pytest.raises(UsageError, match="SecurityStack for other")
    with refused as raised, Sandbox([dev, other], neighbours="cdk"):
        pass
    assert "OtherDatabaseUrlParameterArn" in str(raised.value)


def test_settings_that_take_values_from_elsewhere_need_stacks_of_that_shape(
    dev: Environment,
) -> None:
    with pytest.raises(UsageError) as raised, Sandbox([beside(dev)]):
        pass
    assert "network.VpcId: output VpcId of NetworkStack" in raised.value.details
    assert "--neighbours cdk" in raised.value.hint


def test_the_machines_own_settings_of_moto_do_not_count_and_come_back(
    dev: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    monkeypatch.delenv("MOTO_EC2_LOAD_DEFAULT_AMIS", raising=False)
    with Sandbox([dev]) as sandbox, account(sandbox, dev) as held:
        identity = held.client("sts").get_caller_identity()
    assert identity["Account"] == dev.account_id
    assert os.environ["MOTO_ACCOUNT_ID"] == "999999999999"
    assert "MOTO_EC2_LOAD_DEFAULT_AMIS" not in os.environ


REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("bidops_cfn", "bidops_cfn_sandbox")


def test_a_wheel_holds_both_packages_whole(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, capture_output=True, check=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    there = {name for name in listed.stdout.splitlines() if (REPOSITORY / name).is_file()}
    with ZipFile(wheel) as opened:
        assert there <= set(opened.namelist())


def test_without_the_package_the_command_names_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "bidops_cfn_sandbox.py").write_text("raise ModuleNotFoundError(name=__name__)\n")
    command = [sys.executable, "-m", "bidops_cfn", "deploy", "--env", "dev", "--sandbox", "--yes"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "there is no module bidops_cfn_sandbox" in done.stderr
    assert "python -m pip install 'bidops-cfn[sandbox]'" in done.stderr


UNMODELLED: list[tuple[str, str, dict[str, str], str]] = [
    ("ecs", "get_task_protection", {"cluster": "c"}, "UnknownOperationException"),
    ("cloudwatch", "describe_alarm_contributors", {"AlarmName": "a"}, "UnknownOperationException"),
    ("ec2", "describe_verified_access_groups", {}, "InvalidAction"),
    ("elbv2", "describe_trust_stores", {}, "InvalidAction"),
    ("cloudformation", "detect_stack_drift", {"StackName": "s"}, "InvalidAction"),
    ("route53", "list_cidr_collections", {}, "UnknownOperationException"),
    ("cloudfront", "list_vpc_origins", {}, "UnknownOperationException"),
    ("securitylake", "list_subscribers", {}, "UnknownOperationException"),  # no such backend
]


def test_a_call_that_is_not_modelled_is_an_error_of_awss_form_and_is_not_repeated(
    dev: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox([dev]) as sandbox, account(sandbox, dev) as held:
        for service, operation, parameters, code in UNMODELLED:
            client = held.client(service)
            with pytest.raises(ClientError) as refused:
                getattr(client, operation)(**parameters)
            error, metadata = (refused.value.response[key] for key in ("Error", "ResponseMetadata"))
            name = client.meta.service_model.signing_name
            assert error["Code"] == code
            assert error["Message"].startswith(f"The sandbox does not model {name}:")
            assert metadata["RetryAttempts"] == 0
    assert capfd.readouterr() == ("", "")


FOREIGN = [
    {"Origin": "https://example.com"},
    {"Origin": "null"},
    {"Host": "attacker.example"},
    {"Host": "127.0.0.1.attacker.example:80"},
]


def test_a_web_page_is_answered_nothing(dev: Environment) -> None:
    with Sandbox([dev]) as sandbox:
        for headers in FOREIGN:
            address = f"{sandbox.endpoint}/?Action=ListStacks"
            request = urllib.request.Request(address, headers=headers)
            with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
                pass
            body = json.loads(refused.value.read())
            assert refused.value.code == 403
            assert body["__type"] == "AccessDenied"
            assert "Access-Control-Allow-Origin" not in refused.value.headers


def test_motos_own_switches_are_out_of_reach(dev: Environment) -> None:
    with Sandbox([dev]) as sandbox:
        request = urllib.request.Request(f"{sandbox.endpoint}/moto-api/reset", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
            pass
        refused.value.close()
        with account(sandbox, dev) as held:
            assert held.cloudformation.list_exports()["Exports"]
    assert refused.value.code == 400


def test_production_keeps_its_log_groups(prod: Environment) -> None:
    with Sandbox([prod]) as sandbox, account(sandbox, prod) as held:
        held.deploy(prod.stack_name, template.render(prod), IMAGES, "CREATE")
        ids = held.resources(prod.stack_name)
        held.cloudformation.delete_stack(StackName=prod.stack_name)
        left = held.client("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"] for group in left} == {
        ids[f"{one.title}LogGroup"] for one in SERVICES
    }


# Every optional setting at once, deployed as any other; what it has to say, tests/rules tries.
@pytest.fixture(scope="module")
def everything(dev: Environment) -> Environment:
    for change in ADDITIONS.values():
        dev = change(dev)
    return dev


def test_it_fits_into_a_request_as_it_is_sent(everything: Environment) -> None:
    assert len(prepare_body(template.render(everything)).encode()) < 51_200


def test_it_is_deployed_and_a_second_deployment_has_no_changes(everything: Environment) -> None:
    text, name = template.render(everything), everything.stack_name
    with Sandbox([everything]) as sandbox, account(sandbox, everything) as held:
        held.deploy(name, text, IMAGES, "CREATE")
        assert held.stack(name)["StackStatus"] == "CREATE_COMPLETE"
        described = held.change_set(name, text, IMAGES)
    assert described["StatusReason"].startswith("The submitted information didn't contain changes")
