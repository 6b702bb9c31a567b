"""The kinds of text that settings hold: names, ARNs, tag values."""

from __future__ import annotations

from bidops_cfn.settings.shapes import LETTER, Text


def _arn(service: str, rest: str, allowed: str, account: str = "[0-9]{12}") -> Text:
    region = "" if service == "iam" else "[a-z0-9-]+"
    return Text(f"arn:aws[a-z-]*:{service}:{region}:{account}:{rest}", allowed)


VARIABLE = Text(r"[A-Z][A-Z0-9_]*", "a variable name in capitals, such as DATABASE_URL")
OUTPUT = Text(
    r"[A-Za-z0-9]{1,255}",
    "the name of a SecurityStack output, of letters and digits; never the secret itself",
    private=True,
)
EXPORT = Text(r"[A-Za-z0-9:-]{1,255}", "an export name of letters, digits, colons and hyphens")
STACK_NAME = Text(r"[A-Za-z][A-Za-z0-9-]{0,127}", "a stack name")
STACK_OUTPUT = Text(r"[A-Za-z0-9]{1,255}", "an output's name of letters and digits")
_ID = "([0-9a-f]{8}|[0-9a-f]{17})"
PREFIX_LIST_ID = Text(f"pl-{_ID}", "a prefix list id, such as pl-63a5400a")
VPC_ID = Text(f"vpc-{_ID}", "a VPC's id")
GROUP_ID = Text(f"sg-{_ID}", "a security group's id")
SUBNET_ID = Text(f"subnet-{_ID}", "a subnet's id")
SUBNET_IDS = Text(
    rf"(subnet-{_ID}) *, *(?!\1$)subnet-{_ID}",
    "two different subnets' ids with a comma between them",
)
_BALANCER = r"app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}"
LOAD_BALANCER_ARN = _arn(
    "elasticloadbalancing", f"loadbalancer/{_BALANCER}", "an application load balancer's ARN"
)
LISTENER_ARN = _arn(
    "elasticloadbalancing",
    f"listener/{_BALANCER}/[0-9a-f]{{16}}",
    "the ARN of an application load balancer's listener",
)
REPOSITORY_URI = Text(
    r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+",
    "an ECR repository's URI without a tag",
)
BUCKET = Text(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name")
SECURITY_ARN = Text(
    r"arn:aws[a-z-]*:(ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+"
    r"|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+"
    r"|kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+)",
    "the ARN of an SSM parameter, of a Secrets Manager secret or of a KMS key; never a secret "
    "itself",
    private=True,
)
_PATH = "([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]"
ROLE_ARN = _arn("iam", f"role/{_PATH}{{1,64}}", "the ARN of an IAM role")
POLICY_ARN = _arn("iam", f"policy/{_PATH}{{1,128}}", "an IAM policy's ARN", "([0-9]{12}|aws)")
KEY_ARN = _arn("kms", "key/[0-9a-f-]+", "the ARN of a KMS key")
REPOSITORY_ARN = _arn("ecr", "repository/[a-z0-9._/-]+", "the ARN of an ECR repository")
LOG_GROUP = Text(r"[A-Za-z0-9_./#-]{1,512}", "the name of a log group, such as /audit/ecs-exec")
ACCOUNT = Text(r"[0-9]{12}", "twelve digits, in quotes")
UNIT = Text(
    r"(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})",
    "the id of an organizational unit, such as ou-ab12-34567890, or of the root",
)
STACK_SET_ARN = _arn(
    "cloudformation", "stackset/[A-Za-z][A-Za-z0-9-]{0,127}:[a-f0-9-]+", "the ARN of a stack set"
)
TOPIC_ARN = _arn("sns", "[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic")
ALARM_ARN = _arn("cloudwatch", "alarm:.{1,255}", "the ARN of a CloudWatch alarm")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
HOST = Text(
    r"(?=.{3,128}$)[A-Za-z0-9.*?-]+\.[A-Za-z]+",
    "a host name of at most 128 letters, digits, hyphens, dots and the wildcards * and ?, "
    "with letters alone after its last dot",
)
PATH_PATTERN = Text(
    r"""/[A-Za-z0-9_.$/~"'@:+&*?-]{0,127}""",
    """a path of at most 128 letters, digits, _-.$/~"'@:+& and the wildcards * and ?""",
)
# AWS's own pattern: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
TAG_VALUE = Text(
    rf"({LETTER}|[_ .:/=+@-]){{1,256}}",
    "1 to 256 letters and digits of any language, spaces or _.:/=+-@",
)
ANY_TEXT = Text(".*", "printable text on one line")
ENVIRONMENT = Text(
    "[a-z][a-z0-9-]{0,15}", "1 to 16 small letters, digits and hyphens, the first a letter"
)
SERVICE_NAME = Text(r"[a-z][a-z0-9-]*", "the name of a service, in small letters")
