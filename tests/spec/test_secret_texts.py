"""Secrets in plain text, by their name and by their format. No key here is a real one."""

from __future__ import annotations

import pytest

from bidops_cfn.spec.secret_texts import named_like_a_secret, random_in, secret_in


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "STRIPE_KEY",
        "DB_PW",
        "DBPW",
        "GITHUB_PAT",
        "apiKey",
        "SENTRY_DSN",
        "SLACK_WEBHOOK_URL",
        "JWT",
        "SALT",
        "BASIC_AUTH",
        "sessionToken",
        "AUTH_TOKEN",
        "MASTER_KEY",
        "CONNECTION_STRING",
        "SESSION_COOKIE",
        "AWS_CREDS",
        "KEY",
    ],
)
def test_a_name_tells_a_secret(name: str) -> None:
    assert named_like_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "LOG_LEVEL",
        "PORT",
        "HOSTNAME",
        "AGENTCORE_URL",
        "NODE_ENV",
        "AWS_REGION",
        "CACHE_KEY_PREFIX",
        "MAX_TOKENS",
        "TOKENIZER",
        "PUBLIC_KEY",
        "DB_HOST",
        "KEYBOARD",
        "MONKEY",
        "AUTHOR",
        "PATIENCE",
        "PASSENGER",
        "PARTITION_KEY",
    ],
)
def test_a_name_that_only_sounds_alike_does_not(name: str) -> None:
    assert not named_like_a_secret(name)


TEXTS = {
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "an API key of Bedrock": "ABSK" + "QmVkcm9ja0FQSUtleS1leGFtcGxl",
    "a private key": "-----BEGIN OPENSSH PRIVATE " + "KEY-----",
    "a password in a URL": "postgres://app:hunter2" + "@db.example/app",
    "a password in a connection string": "Server=db;User Id=app;Password" + "=hunter2;",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "an authorization header": "Authorization: Bearer " + "0123456789abcdefghij",
    "a signed URL": "https://b.s3.amazonaws.com/x?X-Amz-" + "Signature=0123456789abcdef",
    "a webhook": "https://hooks.slack" + ".com/services/T000/B000/xxxx",
    "a token of GitHub": "gh" + "p_" + "a1B2" * 9,
    "a token of GitLab": "gl" + "pat-" + "a1B2c3D4e5F6g7H8i9J0",
    "a token of Slack": "xo" + "xb-123456789012-abcdefabcdef",
    "a token of npm": "np" + "m_" + "a1B2" * 9,
    "a token of PyPI": "pypi-" + "AgEIcHlwaS5vcmcCJDAwMDA",
    "a key of Stripe": "sk_" + "live_" + "a1B2" * 6,
    "a key of Square": "sq0" + "csp-" + "a1B2c" * 5,
    "a key of SendGrid": "S" + "G." + "a" * 22 + "." + "b" * 43,
    "a key of Mailchimp or Mailgun": "0123456789abcdef" * 2 + "-us12",
    "a key of Twilio": "A" + "C" + "0123456789abcdef" * 2,
    "a key of a model provider": "sk-" + "ant-api03-abcdefghijklmnop",
    "a key of Google": "AI" + "za" + "a1B2c" * 7,
    "a bot's token": "123456789:" + "a1B2c" * 7,
    "a token of Vault or Terraform": "hv" + "s.CAESIJ1234567890abcdef",
    "a token of a service": "dop_" + "v1_0123456789abcdef",
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_is_told_by_its_format(what: str) -> None:
    assert secret_in(f"before {TEXTS[what]} after") == what


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/a:b@c",
        "http://agentcore.dev.bidopsai.internal:8080",
        "fetch('http://127.0.0.1:3000/api/health').then(r=>process.exit(r.ok?0:1))",
        "arn:aws:sns:us-east-1:111111111111:bidopsai-alarms",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "https://${User}:${Password}@x",
        "a token and a password",
        "sk-learn",
    ],
)
def test_an_ordinary_text_is_no_secret(text: str) -> None:
    assert secret_in(text) == ""
    assert random_in(text) == ""


def test_a_key_without_a_format_is_told_by_how_random_it_is() -> None:
    assert random_in("wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYEXAMPLEKEY")
    assert not random_in("BffSessionSecretParameterArn")
    assert not random_in("0123456789abcdef" * 4), "a digest, which anybody may see"
