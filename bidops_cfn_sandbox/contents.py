"""What no template can hold: credentials, images, secrets, topics, prefix lists, alarms."""

from __future__ import annotations

import hashlib
import json
import secrets

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.other_stacks import REPOSITORIES, parameter_names, secret_names
from bidops_cfn_sandbox.resource_type import Place

# The tags that each repository of the sandbox holds, in the order in which they were pushed: the
# documentation rolls out from one to the next.
SANDBOX_IMAGE_TAGS = ("1.0.0", "1.0.1", "1.1.0", "1.4.2")
SANDBOX_IMAGE_TAG = SANDBOX_IMAGE_TAGS[0]  # what a deployment runs that names no image
FIRST_PUSH = 1_767_225_600  # 2026-01-01, each of the others a day later: the newest is known
DAY = 86_400  # seconds
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
ARCHITECTURES = ("amd64", "arm64")


def push_image(place: Place, repository: str, tag: str, pushed_at: int | None = None) -> None:
    """Push the index of an image of nothing under ``tag``, now or at a moment of the epoch."""
    inner = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "size": 2,
        "digest": _digest(f"{repository}:{tag}"),
    }
    manifests = [
        {**inner, "platform": {"os": "linux", "architecture": one}} for one in ARCHITECTURES
    ]
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests}
    text = json.dumps(index)
    ecr = backend_of(place, "ecr")
    image = ecr.put_image(repository, text, tag, INDEX_TYPE, _digest(text))
    if pushed_at is not None:
        image.image_pushed_at = pushed_at


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def push_images(place: Place) -> None:
    """Push an image under each of SANDBOX_IMAGE_TAGS to each repository of the place."""
    for repository in REPOSITORIES.values():
        for number, tag in enumerate(SANDBOX_IMAGE_TAGS):
            push_image(place, repository, tag, FIRST_PUSH + number * DAY)


def has_repositories(place: Place) -> bool:
    """Whether an environment of the same account and region brought the repositories already."""
    known = backend_of(place, "ecr").repositories
    return all(name in known for name in REPOSITORIES.values())


def put_parameters(environment: Environment, place: Place, key_id: str) -> None:
    """Create every SecureString that the settings name, encrypted with a key, at random values."""
    for name in parameter_names(environment).values():
        backend_of(place, "ssm").put_parameter(
            name,
            "Secret of the sandbox",
            secrets.token_urlsafe(),
            "SecureString",
            "",
            key_id,
            overwrite=False,
            tags=[],
            data_type="text",
            tier="Standard",
            policies=None,
        )


def create_secrets(environment: Environment, place: Place) -> dict[str, str]:
    """Create every Secrets Manager secret that the settings name; return ARNs by output."""

    def create(name: str) -> str:
        manager = backend_of(place, "secretsmanager")  # most environments have none: it is slow
        text, what = secrets.token_urlsafe(), "Secret of the sandbox"
        made = manager.create_secret(name, text, None, what, [], None, None, [], False)
        return str(json.loads(made)["ARN"])

    return {output: create(name) for output, name in secret_names(environment).items()}


def put_rollback_alarms(environment: Environment, place: Place) -> None:
    """Create the alarms that the settings want watched after a deployment; all are quiet."""
    for arn in environment.deploy.rollback_alarms:
        backend_of(place, "cloudwatch").put_metric_alarm(
            name=arn.partition(":alarm:")[2],
            namespace="Sandbox",
            metric_name="Failures",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            period=60,
            threshold=0,
            statistic="Sum",
            description="A rollback alarm of the settings",
            dimensions=[],
            alarm_actions=[],
        )


def name_prefix_list(place: Place, prefix_list_id: str) -> None:
    """Give the S3 managed prefix list of the place the id that it has in the settings.

    The older call for prefix lists tells their blocks, too.
    """
    lists = backend_of(place, "ec2").managed_prefix_lists
    name = f"com.amazonaws.{place.region}.s3"
    for item in lists.values():
        item.cidrs = [entry["Cidr"] for entry in item.entries[1]]
    found = next(item for item in lists.values() if item.prefix_list_name == name)
    del lists[found.id]
    found.id = prefix_list_id
    found.prefix_list_arn = f"arn:{place.partition}:ec2:{place.region}:aws:prefix-list/{found.id}"
    lists[found.id] = found


USER = "sandbox"
# Nothing checks it; it only has to look like one to the clients that sign with it.
SECRET = "sandbox/secret/that/opens/nothing/anywhere"  # noqa: S105 - a secret of nothing


def access_key_id(place: Place) -> str:
    """Return the access key id of an account: the same in every run, 20 characters as on AWS."""
    return f"AKIA{place.account_id}SBOX"


def open_account(place: Place) -> None:
    """Let a user with the account's access key live in the account of ``place``."""
    iam = backend_of(place, "iam")
    key_id = access_key_id(place)
    if key_id in iam.access_keys:
        return
    iam.create_user(place.region, USER)
    key = iam.create_access_key(USER)
    del iam.access_keys[key.access_key_id]
    key.access_key_id = key_id
    iam.access_keys[key_id] = key


def variables(place: Place, endpoint: str) -> dict[str, str]:
    """Return the variables with which any AWS client works against ``endpoint`` as that account."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": access_key_id(place),
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        # A config file may say that endpoints are ignored; the variable has precedence over it.
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    }


# As an owner writes it for EventBridge; see the setting alarms.events_topic_arn.
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": "*",
        }
    ],
}


def create_topics(environment: Environment, place: Place) -> None:
    """Create the topics that the settings name in this place, each heard by a queue."""
    backend = backend_of(place, "sns")
    for arn in filter(None, environment.topics):
        if arn == place.arn("sns", name := arn.rpartition(":")[2]) and arn not in backend.topics:
            backend.create_topic(name)
            backend.set_topic_attribute(arn, "policy", json.dumps(POLICY))
            backend.subscribe(arn, place.arn("sqs", name), "sqs")
