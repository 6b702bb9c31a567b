"""The kinds of text that settings hold: names, ARNs, tag values."""

from __future__ import annotations

from bidops_cfn.settings.shapes import LETTER, Text

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
VPC_ID = Text(f"vpc-{_ID}", "a VPC's id")
GROUP_ID = Text(f"sg-{_ID}", "a security group's id")
SUBNET_ID = Text(f"subnet-{_ID}", "a subnet's id")
SUBNET_IDS = Text(
    rf"(subnet-{_ID}) *, *(?!\1$)subnet-{_ID}",
    "two different subnets' ids with a comma between them",
)
_BALANCING = r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}"
_BALANCER = r"app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}"
LOAD_BALANCER_ARN = Text(
    f"{_BALANCING}:loadbalancer/{_BALANCER}", "an application load balancer's ARN"
)
LISTENER_ARN = Text(
    f"{_BALANCING}:listener/{_BALANCER}/[0-9a-f]{{16}}",
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
ROLE_ARN = Text(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
    "the ARN of an IAM role",
)
POLICY_ARN = Text(
    r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,128}",
    "an IAM policy's ARN",
)
KEY_ARN = Text(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+", "the ARN of a KMS key")
REPOSITORY_ARN = Text(
    r"arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/-]+",
    "the ARN of an ECR repository",
)
LOG_GROUP = Text(r"[A-Za-z0-9_./#-]{1,512}", "the name of a log group, such as /audit/ecs-exec")
ACCOUNT = Text(r"[0-9]{12}", "twelve digits, in quotes")
UNIT = Text(
    r"(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})",
    "the id of an organizational unit, such as ou-ab12-34567890, or of the root",
)
STACK_SET_ARN = Text(
    r"arn:aws[a-z-]*:cloudformation:[a-z0-9-]+:[0-9]{12}:stackset/[A-Za-z][A-Za-z0-9-]{0,127}:[a-f0-9-]+",
    "the ARN of a stack set",
)
TOPIC_ARN = Text(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic"
)
ALARM_ARN = Text(
    r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:.{1,255}",
    "the ARN of a CloudWatch alarm",
)
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
SERVICE_NAME = Text(r"[a-z][a-z0-9-]*", "the name of a service, in small letters")
