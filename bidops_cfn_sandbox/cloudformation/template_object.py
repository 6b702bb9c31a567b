"""Templates that were put into S3, since they are too large to be sent along."""

from __future__ import annotations

import urllib.parse

from moto.core.exceptions import ServiceException
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from bidops_cfn_sandbox.cloudformation.errors import ValidationError
from bidops_cfn_sandbox.place import Place


def read_object(place: Place, url: str) -> str:
    """Return the text of the object at ``url``, with the bucket in the host or in the path."""
    parts = urllib.parse.urlsplit(url)
    path = urllib.parse.unquote(parts.path.lstrip("/"))
    bucket, dot_s3, _ = (parts.hostname or "").partition(".s3")
    key = path
    if not dot_s3:
        bucket, _, key = path.partition("/")
    try:
        found = s3_backends[place.account_id][place.partition].get_object(bucket, key)
    except (ServiceException, S3ClientError) as error:
        raise ValidationError(f"S3 error: {error}") from error
    if found is None:
        raise ValidationError(f"S3 error: The specified key does not exist: {key}")
    text: bytes = found.value
    return text.decode()
