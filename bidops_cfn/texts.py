"""The kinds of text that settings hold: names, ARNs, tag values."""

from __future__ import annotations

from bidops_cfn.shapes import LETTER, Text

VARIABLE = Text(r"[A-Z][A-Z0-9_]*", "a variable name in capitals, such as DATABASE_URL")
OUTPUT = Text(
    r"[A-Za-z0-9]{1,255}",
    "the name of a SecurityStack output, of letters and digits; never the secret itself",
    private=True,
)
EXPORT = Text(r"[A-Za-z0-9:-]{1,255}", "an export name of letters, digits, colons and hyphens")
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
ANY_TEXT = Text(
    ".*",
    "printable text on one line",
)
SERVICE_NAME = Text(r"[a-z][a-z0-9-]*", "the name of a service, in small letters")
