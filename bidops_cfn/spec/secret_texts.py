"""What a secret in plain text looks like: by the name that it goes by, and by the text itself.

The formats are facts that their issuers publish and that scanners such as detect-secrets and
gitleaks look for; ADR 0016 says why they stand here. A text without a format of its own is found by
how random it is, in the few places where only words and numbers are at home.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache, lru_cache

NAMES = (
    r"SECRET|PASSW|PASSPHRASE|PASSCODE|CREDENTIAL|CREDS|BEARER|HMAC|CONNECTION_?STRING",
    r"API_?KEY|(PRIVATE|ACCESS|SIGNING|ENCRYPTION|MASTER|LICENSE|ACCOUNT|SHARED|SERVICE)_?KEY",
    r"(?<!PUBLIC)(?<!PRIMARY)(?<!FOREIGN)(?<!PARTITION)(?<!SORT)_KEYS?$|^KEYS?$",
    r"(^|_)(PWD|PASS|PAT|PIN|OTP|JWT|SALT|PEPPER|DSN|COOKIE|SESSION_?ID|SAS)(_|$)|WEB_?HOOK|_HOOK(_URL)?$",
    r"(PW|TOKEN)$|(^|_)(TOKEN|AUTH)(_|$)|BASIC_?AUTH|AUTH_?HEADER",
)

# By kind: what is in every such text, in small letters, and how the whole of it looks.
FORMATS = {
    "an AWS access key": (
        "a3t abia acca akia asia",
        r"\b(A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}\b",
    ),
    "an API key of Bedrock": (
        "absk bedrock-api-key-",
        r"\b(ABSK|bedrock-api-key-)[A-Za-z0-9+/=]{20,}",
    ),
    "a private key": (
        "private age-secret",
        r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAGE-SECRET-KEY-1",
    ),
    "a password in a URL": ("://", r"(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@$]*:[^/\s@]+@"),
    "a password in a connection string": (
        "=",
        (
            r"(?i)(^|[\s;?&,'\"])(password|passwd|pwd|accountkey|sharedaccesskey|sslpassword)\s*=\s*"
            r"[^\s;&$%<{(]"
        ),
    ),
    "a JSON web token": ("eyj", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}"),
    "an authorization header": (
        "bearer basic",
        r"(?i)\b(bearer|basic)\s+[a-z0-9+/._~-]{16,}",
    ),
    "a signed URL": (
        "? &",
        (r"(?i)[?&](x-amz-signature|sig|signature|token|api_?key|access_token)=[^&\s]{8,}"),
    ),
    "a webhook": (
        "hook pagerduty telegram ifttt chat.googleapis",
        (
            r"(?i)\bhooks\.slack\.com/|\bdiscord(app)?\.com/api/webhooks/|\.webhook\.office\.com/"
            r"|\bhooks\.zapier\.com/|\bchat\.googleapis\.com/v1/spaces/|\bhook\.\w+\.make\.com/"
            r"|\bmaker\.ifttt\.com/|\bevents\.pagerduty\.com/integration/|\bapi\.telegram\.org/bot"
        ),
    ),
    "a token of GitHub": (
        "gho_ ghp_ ghu_ ghs_ ghr_ github_pat_",
        r"\b(gh[opusr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    "a token of GitLab": ("gl", r"\bgl(pat|dt|ft|soat|rt|cbt|agent|ptt|oas)-[A-Za-z0-9_-]{20,}"),
    "a token of Slack": (
        "xox xapp-",
        r"\bxox[a-z]-[0-9A-Za-z-]{10,}|\bxapp-\d-[A-Z0-9-]{10,}",
    ),
    "a token of npm": (
        "npm_ _authtoken",
        r"\bnpm_[A-Za-z0-9]{36}\b|:_authToken=",
    ),
    "a token of PyPI": ("pypi-", r"\bpypi-AgE[A-Za-z0-9_-]{16,}"),
    "a key of Stripe": (
        "sk_ rk_ whsec_",
        r"\b([rs]k_(live|test)|whsec)_[0-9A-Za-z]{16,}",
    ),
    "a key of Square": ("sq0", r"\bsq0(csp|atp|idp)-[0-9A-Za-z_-]{22,}"),
    "a key of SendGrid": ("sg.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    "a key of Mailchimp or Mailgun": (
        "-us key-",
        r"\b[0-9a-f]{32}-us[0-9]{1,2}\b|\bkey-[0-9a-z]{32}\b",
    ),
    "a key of Twilio": (
        "ac sk",
        r"\b(AC|SK)[0-9a-f]{32}\b",
    ),
    "a key of a model provider": (
        "sk- hf_ gsk_",
        r"\bsk-[A-Za-z0-9_-]{20,}|\bhf_[A-Za-z0-9]{30,}|\bgsk_\w{30,}",
    ),
    "a key of Google": (
        "aiza ya29 gocspx",
        r"\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[\w-]{20,}",
    ),
    "a bot's token": (
        ": .",
        (r"\b\d{8,10}:[0-9A-Za-z_-]{35}\b|\b[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27}"),
    ),
    "a token of Vault or Terraform": (
        "hv atlasv1",
        r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|\.atlasv1\.[\w=-]{20,}",
    ),
    "a token of a service": (
        "_ - akcp dapi nrak atatt3 dp.pt eaac",
        (
            r"\b(dop_v1_|dapi|shp(at|ca|pa|ss)_|glsa_|PMAK-|NRAK-|ATATT3|lin_api_|ntn_|dp\.pt\.|AKCp"
            r"|figd_|sntrys_|sbp_|rnd_|pul-|tfp_|EAAC)[A-Za-z0-9_=-]{16,}"
        ),
    ),
}
# A run of letters and digits as long and as mixed as a generated key, by Shannon's measure.
RANDOM_RUN = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9+/_-]{28,}={0,2}(?![\w.-])")
RANDOM_BITS = 4.2


@cache
def _names() -> re.Pattern[str]:
    return re.compile("|".join(NAMES))


@cache
def _format(what: str) -> re.Pattern[str]:
    return re.compile(FORMATS[what][1])


def named_like_a_secret(name: str) -> bool:
    """Tell whether what goes by ``name`` should be secret, whatever the letter case."""
    return bool(_names().search(name.upper()))


@lru_cache(maxsize=10_000)  # the same texts stand in every case of a template, and in others
def secret_in(text: str) -> str:
    """Return what kind of secret stands in ``text``, such as ``a private key``; empty for none."""
    small = text.lower()
    found = (
        what
        for what, (hints, _) in FORMATS.items()
        # Most texts have no hint of most kinds, and no pattern is compiled for them (ADR 0008).
        if any(hint in small for hint in hints.split()) and _format(what).search(text)
    )
    return next(found, "")


def random_in(text: str) -> str:
    """Return ``a text as random as a key`` where ``text`` holds one; empty for none.

    For places where words, numbers and names are at home, not for ARNs, digests or code.
    """
    for match in RANDOM_RUN.finditer(text):
        run = match.group().rstrip("=")
        mixed = all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
        if mixed and entropy(run) >= RANDOM_BITS:
            return "a text as random as a key"
    return ""


def entropy(text: str) -> float:
    """Return the bits that a character of ``text`` carries, by how often each is there."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
