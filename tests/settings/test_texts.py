from __future__ import annotations

import pytest

from bidops_cfn.settings import texts
from bidops_cfn.settings.shapes import Text

ROLE = "arn:aws:iam::111111111111:role"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (texts.VARIABLE, "DATABASE_URL"),
        (texts.OUTPUT, "BffDatabaseUrlParameterArn"),
        (texts.EXPORT, "other-stack:VpcId"),
        (texts.ROLE_ARN, f"{ROLE}/path/name_+=,.@-1"),
        (texts.ROLE_ARN, "arn:aws-us-gov:iam::111111111111:role/x"),
        (texts.POLICY_ARN, "arn:aws:iam::aws:policy/PowerUserAccess"),
        (texts.KEY_ARN, "arn:aws:kms:us-east-1:111111111111:key/0a-1b"),
        (texts.TOPIC_ARN, "arn:aws:sns:us-east-1:111111111111:alarms_1-a"),
        (texts.ALARM_ARN, "arn:aws:cloudwatch:us-east-1:111111111111:alarm:any name: at all"),
        (texts.TAG_VALUE, "team a+b@example.com"),
        (texts.ANY_TEXT, ""),
        (texts.TAG_VALUE, "Équipe plateforme"),
        (texts.TAG_VALUE, "プラットフォーム 4"),
        (texts.ANY_TEXT, "🚀 ok"),
        (texts.HOST, "*.example.com"),
        (texts.PATH_PATTERN, "/api/*"),
    ],
)
def test_these_are_allowed(text: Text, value: str) -> None:
    assert list(text.check(value, "")) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (texts.VARIABLE, "database_url"),
        (texts.VARIABLE, "1_URL"),
        (texts.VARIABLE, "A-B"),
        (texts.OUTPUT, "Some-Output"),
        (texts.OUTPUT, ""),
        (texts.EXPORT, "other_stack"),
        (texts.EXPORT, "x" * 256),
        (texts.ROLE_ARN, f"{ROLE}/"),
        (texts.ROLE_ARN, f"{ROLE}/a b"),
        (texts.ROLE_ARN, "arn:aws:iam::111:role/x"),
        (texts.POLICY_ARN, f"{ROLE}/x"),
        (texts.KEY_ARN, "arn:aws:kms:us-east-1:111111111111:alias/x"),
        (texts.TOPIC_ARN, "arn:aws:sns:us-east-1:111111111111:a.b"),
        (texts.ALARM_ARN, "arn:aws:cloudwatch:us-east-1:111111111111:alarm:two\nlines"),
        (texts.TAG_VALUE, ""),
        (texts.TAG_VALUE, "a\nb"),
        (texts.TAG_VALUE, "x" * 257),
        (texts.TAG_VALUE, "a—b"),
        (texts.TAG_VALUE, "a\u200bb"),
        (texts.ROLE_ARN, f"{ROLE}/{'x' * 65}"),
        (texts.ANY_TEXT, "two\nlines"),
        (texts.ANY_TEXT, "\u001b[20A\u001b[J"),
        (texts.ANY_TEXT, "safe\u202etxt"),
        (texts.HOST, "localhost"),
        (texts.HOST, "10.0.0.1"),
        (texts.HOST, "app.example.c0m"),
        (texts.HOST, "app.example.*"),
        (texts.HOST, f"{'x' * 125}.com"),
        (texts.PATH_PATTERN, "api"),
        (texts.PATH_PATTERN, f"/{'x' * 128}"),
    ],
)
def test_these_are_not(text: Text, value: str) -> None:
    assert [problem.allowed for problem in text.check(value, "")] == [text.allowed]
