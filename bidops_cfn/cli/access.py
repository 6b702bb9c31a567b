"""``--profile`` and ``--region``, as AWS tools have them, for every command that talks to AWS.

Both decide before the shell's variables: with a profile, keys in the shell are not used. A region
other than the settings' is refused, since the template is rendered for that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from bidops_cfn.cli.completion import complete_profile
from bidops_cfn.errors import GuardRefused, UsageError
from bidops_cfn.settings.environment import Environment

if TYPE_CHECKING:
    from bidops_cfn.deploy.boto_client import BotoClient

KEY = "bidops_cfn.access"


@dataclass(frozen=True, slots=True)
class Access:
    """What was typed; ``profiles`` are ``NAME``, or ``ENV=NAME`` for one environment of several."""

    profiles: tuple[str, ...] = ()
    region: str | None = None

    @property
    def profile(self) -> str | None:
        """The profile, once there is only one environment."""
        return self.profiles[0] if self.profiles else None

    def of(self, name: str, names: Sequence[str] = ()) -> Access:
        """Return what holds for the environment ``name`` of ``names``.

        Raises ``UsageError`` where that are two profiles.
        """
        heads = [f"{one}=" for one in (name, *names)]
        own = [one.removeprefix(heads[0]) for one in self.profiles if one.startswith(heads[0])]
        all_ = [one for one in self.profiles if not one.startswith(tuple(heads))]
        chosen = tuple(own or all_)
        if len(chosen) > 1:
            raise UsageError(
                f"{name} has {len(chosen)} profiles",
                ", ".join(chosen),
                hint=f"Name one for each environment: --profile {name}={chosen[0]}",
            )
        return replace(self, profiles=chosen)

    @property
    def words(self) -> tuple[str, ...]:
        """The options as they are typed again, ``--profile night``."""
        given = (("--profile", self.profile), ("--region", self.region))
        return tuple(word for name, value in given if value for word in (name, value))


def access_options() -> list[click.Option]:
    """Return the options ``--profile`` and ``--region``, whose values ``chosen_access`` returns."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        typed = value if isinstance(value, tuple) else (value,)
        if any(one is not None and not one.rpartition("=")[2] for one in typed):
            raise click.BadParameter("it is empty", ctx=context, param=parameter)
        if value:
            context.meta.setdefault(KEY, {})[parameter.name] = value

    return [
        click.Option(
            ["--profile", "profiles"],
            metavar="[ENV=]NAME",
            multiple=True,
            expose_value=False,
            callback=keep,
            shell_complete=complete_profile,
            help="Use the credentials of this profile; ENV=NAME for one environment of several.",
        ),
        click.Option(
            ["--region"],
            metavar="REGION",
            expose_value=False,
            callback=keep,
            help="Call AWS in this region; any other than the settings' is refused.",
        ),
    ]


def chosen_access() -> Access:
    """Return what the command that runs was given."""
    context = click.get_current_context(silent=True)
    return Access(**context.meta.get(KEY, {})) if context else Access()


def require_account_of_sandbox(access: Access) -> None:
    """Raise ``UsageError`` for an option that would lead away from the local AWS."""
    if access.words:
        raise UsageError(
            f"{access.words[0]} and --sandbox exclude each other",
            "the local AWS has credentials and a region of its own",
            hint=f"Leave out one of them: --sandbox, or {' '.join(access.words)}",
        )


def make_client(environment: Environment, access: Access) -> BotoClient:
    """Return a client with what was typed; else in the shell's region; else in the settings'.

    Raises ``GuardRefused`` for a ``--region`` that is not the environment's.
    """
    name = environment.name
    if access.region not in (None, environment.region):
        raise GuardRefused(
            f"--region is {access.region}, and {name} is in {environment.region}",
            "its template is rendered for that region",
            hint=f"Leave out --region, or make an environment for {access.region}:"
            f" bidops-cfn init-env NAME --from {name}",
        )
    from bidops_cfn.deploy.boto_client import BotoClient, find_configured_region

    region = access.region or find_configured_region(access.profile) or environment.region
    return BotoClient(region, access.profile)
