"""Access to Bedrock's models, which moto leaves out: everything is granted until it is taken away.

``aws bedrock delete-foundation-model-agreement`` takes the agreement of a model away,
``create-foundation-model-agreement`` gives it back.
"""

from __future__ import annotations

import json
from urllib.parse import unquote

from moto.bedrock.responses import BedrockResponse


class Bedrock(BedrockResponse):
    """moto's Bedrock with three actions more; moto finds an action by the name of its method."""

    def get_foundation_model_availability(self) -> str:
        """Return what the account may do with a model; every model is one of Bedrock's."""
        model = unquote(self.path.rpartition("/")[2])
        agreed = "NOT_AVAILABLE" if model in self._left else "AVAILABLE"
        return json.dumps(
            {
                "modelId": model,
                "agreementAvailability": {"status": agreed},
                "authorizationStatus": "AUTHORIZED",
                "entitlementAvailability": agreed,
                "regionAvailability": "AVAILABLE",
            }
        )

    def delete_foundation_model_agreement(self) -> str:
        """Take the account's agreement for a model away."""
        self._left.add(json.loads(self.body)["modelId"])
        return "{}"

    def create_foundation_model_agreement(self) -> str:
        """Give the account's agreement for a model."""
        model = json.loads(self.body)["modelId"]
        self._left.discard(model)
        return json.dumps({"modelId": model})

    @property
    def _left(self) -> set[str]:
        """The models without agreement; moto forgets them when it is reset."""
        kept: set[str] = self.bedrock_backend.__dict__.setdefault("without_agreement", set())
        return kept
