from __future__ import annotations

import pytest

from bidops_cfn.rules.containers import Secrets, Variables
from bidops_cfn.rules.roles import TaskRoles
from bidops_cfn.rules.tasks import Architecture, Floors, Image, PlainSecrets, Size, TaskForm
from tests.mutants.mutant import add, attr, drop, hidden, put, ref
from tests.mutants.service import swapped
from tests.rules.table import Cases, cases_in, found, make_tests

pytestmark = pytest.mark.requirement(
    "FR-006", "FR-007", "FR-008", "FR-009", "FR-011", "FR-013", "FR-014", "FR-016", "FR-017",
    "FR-041", "FR-048", "FR-049", "SC-003", "SC-006", "US3-4",
)  # fmt: skip

PROCESSOR = "RuntimePlatform/CpuArchitecture"

CONTAINER = "ContainerDefinitions/0/"

COMMAND = CONTAINER + "HealthCheck/Command"

MOUNT = CONTAINER + "LinuxParameters/Tmpfs/0/ContainerPath"

C = "ContainerDefinitions/0/"


def variable(name: str, value: object = "x") -> dict[str, object]:
    return {"Name": name, "Value": value}


MEMORY = "ContainerDefinitions/0/Memory"

ARCHITECTURE_CASES = Cases(
    Architecture,
    "BffTaskDefinition",
    good={"another operating system": put("RuntimePlatform/OperatingSystemFamily", "BSD")},
    bad={
        "ARM": (put(PROCESSOR, "ARM64"), "is ARM64, must be X86_64"),
        "ARM in a branch": (hidden(PROCESSOR, "ARM64"), "is ARM64"),
    },
)

FLOORS_CASES = Cases(
    Floors,
    "BffTaskDefinition",
    good={
        "a program of the image": put(COMMAND, ["CMD", "/app/healthy"]),
        "a script that can fail": put(COMMAND, ["CMD-SHELL", "wget -q localhost:3000 || exit 1"]),
        "as long as it may take": put(CONTAINER + "StopTimeout", "30"),
        "no stop timeout": drop(CONTAINER + "StopTimeout"),
        "another cache": put(MOUNT, "/app/data/cache"),
        "five minutes": put("/Resources/BffService/Properties/HealthCheckGracePeriodSeconds", 300),
    },
    bad={
        "exit 0": (put(COMMAND, ["CMD-SHELL", "exit 0"]), "is a check that cannot fail"),
        "true": (put(COMMAND, ["CMD", "true"]), "is a check that cannot fail"),
        "switched off": (put(COMMAND, ["NONE"]), "is no check at all"),
        "asks nothing": (put(COMMAND, ["CMD", "node", "-e", "0"]), "asks nothing of port 3000"),
        "2 s to stop": (put(CONTAINER + "StopTimeout", 2), "is 2, must be at least 30"),
        "over the application": (put(MOUNT, "/app"), "is /app, must be a path"),
        "over credentials": (put(MOUNT, "/var/run/secrets"), "must be a path"),
        "an hour of grace": (
            put("/Resources/BffService/Properties/HealthCheckGracePeriodSeconds", 3600),
            "is 3600, must be at most 300",
            "BffService",
        ),
        "errors by the thousand": (
            put("/Resources/BffServerErrorAlarm/Properties/Threshold", 100_000),
            "must be at most 1000",
            "BffServerErrorAlarm",
        ),
    },
)

TASK_FORM_CASES = Cases(
    TaskForm,
    "BffTaskDefinition",
    good={"the family by a substitution": put("Family", {"Fn::Sub": "bidopsai-dev-bff"})},
    bad={
        "bridge": (put("NetworkMode", "bridge"), "must be awsvpc"),
        "no mode": (drop("NetworkMode"), "is missing"),
        "another processor": (
            put("RuntimePlatform/CpuArchitecture", "MIPS"),
            "must be X86_64 or ARM64",
        ),
    },
)

IMAGE_CASES = Cases(
    Image,
    "BffTaskDefinition",
    good={
        "by a substitution": put(
            C + "Image",
            lambda old: {"Fn::Sub": ["${Uri}${BffImage}", {"Uri": old["Fn::Join"][1][0]}]},
        )
    },
    bad={
        "literal": (put(C + "Image", "nginx:1"), "followed by the image parameter"),
        "with latest": (put(C + "Image/Fn::Join/1/1", ":latest"), "followed by"),
        "of the other": (
            put(C + "Image/Fn::Join/1/0/Fn::ImportValue", lambda old: old.replace("App", "Agent")),
            "must be",
        ),
        "missing": (drop(C + "Image"), "followed by"),
        "the other's parameter": (
            put(C + "Image/Fn::Join/1/1", ref("AgentCoreImage")),
            "used in 2 places",
        ),
        "an unknown parameter": (put(C + "Image/Fn::Join/1/1", ref("Nothing")), "followed by"),
    },
)

RANDOM = "/bidopsai-prod2-storage-KnowledgeBaseBucketName"
RANDOM_NAME = {"Fn::ImportValue": RANDOM.removeprefix("/")}

PLAIN_SECRETS_CASES = Cases(
    PlainSecrets,
    "BffTaskDefinition",
    good={
        "a word inside another": add(C + "Environment", variable("TOKENIZER", "bpe")),
        "a URL without password": add(
            C + "Environment", variable("API", "https://x.example/a:b@c")
        ),
        "the name of an import": add(C + "Environment", variable("BUCKET", RANDOM_NAME)),
    },
    bad={
        "a password": (add(C + "Environment", variable("DB_PASSWORD")), "looks like a secret"),
        "in small letters": (add(C + "Environment", variable("api_key")), "looks like a secret"),
        "an access key": (
            add(C + "Environment", variable("ID", "AKIAIOSFODNN7EXAMPLE")),
            "an AWS access key",
        ),
        "a password in a URL": (
            add(C + "Environment", variable("DB", "postgres://u:p@db/x")),
            "a password in a URL",
        ),
        "a random text": (
            add(C + "Environment", variable("X", RANDOM_NAME["Fn::ImportValue"])),
            "as random as a key",
        ),
        "a random text beside a name": (
            add(C + "Environment", variable("X", {"Fn::Join": ["", [ref("Cluster"), RANDOM]]})),
            "as random as a key",
        ),
        "a private key": (put("Family", "-----BEGIN RSA PRIVATE KEY-----"), "a private key"),
        "an access key in pieces": (
            put("Family", {"Fn::Join": ["", ["AKIAIOSF", "ODNN7EXAMPLE"]]}),
            "an AWS access key",
        ),
        "a dynamic reference": (
            add(C + "Environment", variable("X", "{{resolve:ssm-secure:/x:1}}")),
            "read when it is deployed",
        ),
        "a dynamic reference in pieces": (
            put("Family", {"Fn::Sub": ["{{${How}:ssm:/x}}", {"How": "resolve"}]}),
            "read when it is deployed",
        ),
        "in a parameter": (
            put("/Parameters/BffImage/Default", "ASIAIOSFODNN7EXAMPLE"),
            "an AWS access key",
            "BffImage",
        ),
    },
)

TASK_ROLES_CASES = Cases(
    TaskRoles,
    "BffTaskDefinition",
    good={
        "by a dotted attribute": put("TaskRoleArn", {"Fn::GetAtt": "BffTaskRole.Arn"}),
        "by a substitution": put("TaskRoleArn", {"Fn::Sub": "${BffTaskRole.Arn}"}),
    },
    bad={
        "swapped": (
            (
                put("ExecutionRoleArn", attr("BffTaskRole", "Arn")),
                put("TaskRoleArn", attr("BffExecutionRole", "Arn")),
            ),
            "names BffTaskRole, whose permissions are those of the task role of bff",
        ),
        "exchanged with the other's": (
            swapped("Resources/{}TaskDefinition/Properties/TaskRoleArn"),
            "names AgentCoreTaskRole, whose permissions are those of the task role of agentcore",
        ),
        "the other's": (put("TaskRoleArn", attr("AgentCoreTaskRole", "Arn")), "of agentcore"),
        "one for both": (put("TaskRoleArn", attr("BffExecutionRole", "Arn")), "is also the"),
        "missing": (drop("TaskRoleArn"), "is missing, must be the ARN"),
        "literal": (put("ExecutionRoleArn", "arn:aws:iam::1:role/x"), "must be the ARN"),
        "a name": (put("TaskRoleArn", ref("BffTaskRole")), "must be the ARN"),
        "in a branch": (hidden("TaskRoleArn", attr("AgentCoreTaskRole", "Arn")), "agentcore"),
    },
)

SECRETS_CASES = Cases(
    Secrets,
    "BffTaskDefinition",
    good={"the other order": put(C + "Secrets", lambda old: old[::-1])},
    bad={
        "literal": (put(C + "Secrets/0/ValueFrom", "/bidopsai/dev/db"), "must be"),
        "a JSON key": (
            put(C + "Secrets/0/ValueFrom", lambda old: {"Fn::Join": ["", [old, ":k::"]]}),
            "must be",
        ),
        "swapped": (
            (
                put(C + "Secrets/0/Name", "SESSION_SECRET"),
                put(C + "Secrets/1/Name", "DATABASE_URL"),
            ),
            "must be",
        ),
    },
)

SIZE_CASES = Cases(
    Size,
    "BffTaskDefinition",
    good={"as numbers": (put("Cpu", 512), put("Memory", 1024))},
    bad={
        "too much CPU": (put("Cpu", "1024"), "is 1024, must be 512"),
        "a parameter": (put("Memory", ref("BffDesiredCount")), "must be 1024"),
        "another size in a branch": (hidden("Cpu", "4096"), "is 4096"),
    },
    only_here=("too much CPU",),
)

VARIABLES_CASES = Cases(
    Variables,
    "BffTaskDefinition",
    good={
        "the other order": put(C + "Environment", lambda old: old[::-1]),
        "the region by a substitution": put(
            C + "Environment/1/Value", {"Fn::Sub": "${AWS::Region}"}
        ),
    },
    bad={
        "another region": (put(C + "Environment/1/Value", "eu-west-1"), "must be"),
        "another environment": (put(C + "Environment/2/Value", "prod"), "must be dev"),
    },
    only_here=("another environment",),
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)


@pytest.mark.requirement("FR-042", "FR-043")
@pytest.mark.parametrize("environment", ["test", "prod"])
def test_each_environment_has_its_own_size(environment: str) -> None:
    assert found(Size, "BffTaskDefinition", (), environment) == []
    for_dev = (put("Cpu", "512"), put("Memory", "1024"), put(MEMORY, 1024))
    assert len(found(Size, "BffTaskDefinition", for_dev, environment)) == 3


def test_a_secret_in_the_templates_own_description_is_found() -> None:
    described = put("/Description", "ASIAIOSFODNN7EXAMPLE")
    (finding,) = found(PlainSecrets, "", described)
    assert finding.text == "Description holds an AWS access key"
