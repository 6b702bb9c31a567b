"""The kinds of text that settings hold: names, ARNs, tag values."""

from __future__ import annotations

from bidops_cfn.shapes import Text

VARIABLE = Text(r"[A-Z][A-Z0-9_]*", "a variable name in capitals, such as DATABASE_URL")
OUTPUT = Text(
    r"[A-Za-z0-9]{1,255}",
    "the name of a SecurityStack output, of letters and digits; never the secret itself",
    private=True,
)
EXPORT = Text(r"[A-Za-z0-9:-]{1,255}", "an export name of letters, digits, colons and hyphens")
ROLE_ARN = Text(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+", "the ARN of an IAM role"
)
POLICY_ARN = Text(
    r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+", "an IAM policy's ARN"
)
KEY_ARN = Text(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+", "the ARN of a KMS key")
TOPIC_ARN = Text(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic"
)
ALARM_ARN = Text(
    r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:[ -~]+", "the ARN of a CloudWatch alarm"
)
TAG_VALUE = Text(r"[A-Za-z0-9_ .:/=+@-]{1,256}", "1 to 256 letters, digits, spaces or _.:/=+-@")
ANY_TEXT = Text(r"[\s\S]*", "a string")
