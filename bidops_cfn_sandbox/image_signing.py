"""ECR's signing, which moto leaves out: the registry signs nothing that is pushed."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError
from moto.ecr.responses import ECRResponse


class Ecr(ECRResponse):
    """moto's ECR with one action more; moto finds an action by the name of its method."""

    def get_signing_configuration(self) -> str:
        """Say that signing is not set up."""
        raise JsonRESTError(
            "SigningConfigurationNotFoundException",
            f"The signing configuration of registry '{self.current_account}' does not exist",
        )
