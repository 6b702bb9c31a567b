"""Credentials of each account: moto finds the account by the access key of a user in it."""

from __future__ import annotations

from moto.iam.models import iam_backends

from bidops_cfn_sandbox.place import Place

USER = "sandbox"
# Nothing checks it; it only has to look like one to the clients that sign with it.
SECRET = "sandbox/secret/that/opens/nothing/anywhere"  # noqa: S105 - a secret of nothing


def access_key_id(place: Place) -> str:
    """Return the access key id of an account: the same in every run, 20 characters as on AWS."""
    return f"AKIA{place.account_id}SBOX"


def open_account(place: Place) -> None:
    """Let a user with the account's access key live in the account of ``place``."""
    iam = iam_backends[place.account_id][place.partition]
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
    }
