"""The policies of people and pipelines: to look (``reader``), to plan, and to deploy.

Written from the closed list of calls; a call that is added is in the policy at once. ``ARNS`` says
what a ``Resource`` of the list is in an account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bidops_cfn.deploy.calls import Call, Need, Resource
from bidops_cfn.deploy.preflight.quotas import NAMES as QUOTAS
from bidops_cfn.permissions.cloudformation import list_reading, match_scopes
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Condition, Statement

CHANGE_SETS = "bidops-cfn-*"
TEMPLATES = "bidops-cfn/*"

NOT_NARROWER: Mapping[Resource, str] = {
    Resource.REPOSITORY: "the repositories are StorageStack's, whose exports hold their names; "
    "one of another account has to allow it too",
    Resource.MANAGED: "the secrets are SecurityStack's, whose exports hold their ARNs",
    Resource.EXPERIMENT: "AWS FIS makes the ids of experiments; the settings name the template",
    Resource.DISCOVERY: "Cloud Map makes the ids of the entries",
    Resource.NAMESPACE: "Cloud Map makes the namespace's id",
    Resource.ALARM: "Application Auto Scaling names the alarms of its policies",
    Resource.KNOWLEDGE_BASE: "the bucket is StorageStack's, whose export holds its name",
    Resource.VPC: "the VPC is NetworkStack's, whose export holds its id",
    Resource.BUCKET: "without --s3-bucket NAME: any bucket of the account, below bidops-cfn/",
}
"""Why a resource is as wide as it is, where a name stays open."""

NOT_NARROWER_CALL: Mapping[Call, str] = {
    Call.DESCRIBE_EVERY_STACK: "init-env --neighbours looks for stacks that nothing names yet; "
    "it is in no policy",
    Call.LIST_TASKS: "IAM scopes it to container instances, which Fargate has not; "
    "the cluster narrows it",
    Call.GET_DISCOVERY_OPERATION: "only its answer tells which entry it is about",
    Call.DESCRIBE_ALARMS: "AWS returns composite alarms only to a permission on everything",
}
"""Why a call is granted on everything although the catalogue knows a resource for it."""

# All that a plan does beside reading: a change set of ours is made, shown and deleted.
PLANNING = frozenset({Call.CREATE_CHANGE_SET, Call.DELETE_CHANGE_SET, Call.PUT_OBJECT})

GLOBAL = ("iam", "route53", "sts")
"""Services without regions: the region of a request says nothing there."""


def map_arns(place: Place, bucket: str | None) -> Mapping[Resource, tuple[str, ...]]:
    """Return what each resource of the calls is; ``bucket`` None stands for any."""
    named, partition = f"{place.stack}-*", place.environment.partition
    service = place.arn("ecs", f"service/{named}/{named}")
    return {
        Resource.ANY: ("*",),
        Resource.STACK: (
            place.arn("cloudformation", f"changeSet/{CHANGE_SETS}/*"),
            place.arn("cloudformation", f"stack/{place.stack}/*"),
        ),
        Resource.OTHER_STACKS: place.other_stacks or (place.arn("cloudformation", "stack/*/*"),),
        Resource.CLUSTER: (place.arn("ecs", f"cluster/{named}"),),
        Resource.SERVICE: (service,),
        Resource.SERVICE_DEPLOYMENT: (
            service,
            place.arn("ecs", f"service-deployment/{named}/{named}/*"),
        ),
        Resource.SERVICE_REVISION: (
            service,
            place.arn("ecs", f"service-revision/{named}/{named}/*"),
        ),
        Resource.TASK: (place.arn("ecs", f"task/{named}/*"),),
        Resource.LOG_GROUP: (place.arn("logs", f"log-group:{named}"),),
        Resource.LOG_STREAM: (place.arn("logs", f"log-group:{named}:log-stream:*"),),
        Resource.REPOSITORY: (f"arn:{partition}:ecr:{place.environment.region}:*:repository/*",),
        Resource.MANAGED: (place.arn("secretsmanager", "secret:*"),),
        Resource.SERVICE_LINKED_ROLE: place.linked_roles,
        Resource.STACK_ROLE: (place.global_arn("iam", f"role/{place.role_prefix}*"),),
        Resource.STACK_SET: list_stack_set_arns(place),
        Resource.EXPERIMENT: (
            place.arn("fis", f"experiment-template/{place.environment.drill.fis_template or '*'}"),
            place.arn("fis", "experiment/*"),
        ),
        Resource.DISCOVERY: (place.arn("servicediscovery", "service/*"),),
        Resource.NAMESPACE: (place.arn("servicediscovery", "namespace/*"),),
        Resource.ALARM: (place.arn("cloudwatch", f"alarm:TargetTracking-service/{named}"),),
        Resource.KNOWLEDGE_BASE: (place.foreign_arn("s3", "*"),),
        Resource.QUOTA: tuple(place.arn("servicequotas", f"fargate/{code}") for code in QUOTAS),
        Resource.VPC: (place.arn("ec2", "vpc/*"),),
        Resource.TOPIC: tuple(sorted(place.environment.topics)) or (place.arn("sns", "*"),),
        Resource.BUCKET: (f"arn:{partition}:s3:::{bucket or '*'}/{TEMPLATES}",),
    }


def list_stack_set_arns(place: Place) -> tuple[str, ...]:
    """Return the stack set, its targets, and the types, which StackSets asks for too.

    They stand in the account that administers stack sets.
    """
    environment, settings = place.environment, place.environment.stackset
    own = f":{environment.account_id}:"
    administrator = f":{settings.administrator or environment.account_id}:"
    named = (f"stackset/{settings.name}:*", f"stackset-target/{settings.name}:*")
    here = tuple(place.arn("cloudformation", one).replace(own, administrator) for one in named)
    types = f"arn:{environment.partition}:cloudformation:{environment.region}::type/resource/*"
    return (*here, types)


def choose_condition(place: Place, call: Call) -> Condition:
    """Return what else must hold for a call to be allowed."""
    if call in (Call.CREATE_CHANGE_SET, Call.DELETE_CHANGE_SET, Call.EXECUTE_CHANGE_SET):
        names = [CHANGE_SETS, place.arn("cloudformation", f"changeSet/{CHANGE_SETS}/*")]
        return {"StringLike": {"cloudformation:ChangeSetName": names}}
    if call is Call.UPDATE_SERVICE:
        # A restart changes nothing else; IfExists, since a request need not name what stays.
        families = [place.arn("ecs", f"task-definition/{one}:*") for one in place.families]
        return {
            "ArnLikeIfExists": {"ecs:task-definition": families},
            "BoolIfExists": {"ecs:auto-assign-public-ip": "false"},
            "StringEqualsIfExists": {"ecs:enable-execute-command": "false"},
        }
    if call in (Call.LIST_TASKS, Call.STOP_TASK):
        return {"ArnLike": {"ecs:cluster": place.arn("ecs", f"cluster/{place.stack}-*")}}
    if call.value.resource in (Resource.BUCKET, Resource.KNOWLEDGE_BASE):
        return {"StringEquals": {"aws:ResourceAccount": place.environment.account_id}}
    if call.value.resource is Resource.ANY and call.text.partition(":")[0] not in GLOBAL:
        return {"StringEquals": {"aws:RequestedRegion": place.environment.region}}
    return {}


def _list_calls(place: Place) -> Iterator[Call]:
    alone = not place.environment.stackset.organizational_units
    needless = {
        Resource.MANAGED: not any(
            one.secrets_manager for one in place.environment.services.values()
        ),
        Resource.STACK_SET: alone,
        Resource.EXPERIMENT: place.environment.drill.fis_template is None,
        Resource.TOPIC: not place.environment.topics,
        Resource.OTHER_STACKS: not place.other_stacks,
    }
    for call in Call:
        unused = alone and call is Call.CREATE_STACK_SET
        if not unused and not needless.get(call.value.resource):
            yield call


def build_statements(
    place: Place,
    needs: Sequence[Need],
    bucket: str | None = None,
    changing: Collection[Call] | None = None,
) -> tuple[Statement, ...]:
    """Return the statements for ``needs``, one per need, resource and condition.

    ``changing`` are the calls that change something and are granted; None stands for all.
    """
    where = map_arns(place, bucket)
    groups: dict[tuple[Need, Resource, str], list[Call]] = {}
    for need in needs:
        for call in _list_calls(place):
            left_out = need is Need.DEPLOY and changing is not None and call not in changing
            if call.value.need is need and not left_out:
                key = (need, call.value.resource, repr(choose_condition(place, call)))
                groups.setdefault(key, []).append(call)
    found = [
        Statement(
            _name_statement(need, calls),
            list_actions(calls),
            where[resource],
            choose_condition(place, calls[0]),
        )
        for (need, resource, _), calls in groups.items()
    ]
    if Need.READ in needs:
        found += list_for_drift(place)
    if Need.DEPLOY in needs:
        found += list_further(place, where)
    return tuple(found)


def _name_statement(need: Need, calls: Sequence[Call]) -> str:
    resource = calls[0].value.resource
    word = {Need.READ: "Look", Need.DEPLOY: "Deploy"}[need]
    if resource is not Resource.ANY:
        what = "".join(part.capitalize() for part in resource.value.split())
    elif len(calls) == 1:
        what = calls[0].value.name
    else:
        what = "Anywhere"
    narrowed = Call.CREATE_CHANGE_SET in calls
    return f"{word}{what}" + ("ByOurChangeSets" if narrowed else "")


# What AWS asks of the caller beside a call's own action.
BESIDE = {
    # CreateChangeSet reads the object of its TemplateURL as the caller (copilot-cli#1695).
    Call.PUT_OBJECT: "s3:GetObject",
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    Call.DETECT_STACK_DRIFT: "cloudformation:DetectStackResourceDrift",
}


def list_actions(calls: Iterable[Call]) -> frozenset[str]:
    """Return the actions that calls take."""
    return frozenset(one for call in calls for one in (call.text, BESIDE.get(call)) if one)


def list_for_drift(place: Place) -> Iterator[Statement]:
    """Yield what a drift detection takes: CloudFormation reads every resource as the caller.

    On what each action is granted is decided once, for the role that CloudFormation acts with.
    """
    region = place.environment.region
    found: dict[str, Statement] = {}
    reading = {type_: list_reading(type_, region) for type_ in place.types}
    for scope, actions in match_scopes(place, reading):
        where = repr((scope.resources, scope.condition))
        known = found.get(where)
        sid = known.sid if known else f"DriftOf{scope.sid}"
        every = actions | (known.actions if known else frozenset())
        found[where] = Statement(sid, every, scope.resources, scope.condition)
    yield from found.values()


def list_further(place: Place, where: Mapping[Resource, tuple[str, ...]]) -> Iterator[Statement]:
    """Yield what CloudFormation asks of the caller although no call of ours has its name."""
    yield Statement(
        "TagOurStack",
        frozenset({"cloudformation:TagResource", "cloudformation:UntagResource"}),
        where[Resource.STACK],
    )
    role = place.environment.deploy.role_arn
    if role:
        yield Statement(
            "PassTheRoleToCloudFormation",
            frozenset({"iam:PassRole"}),
            (role,),
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        )
