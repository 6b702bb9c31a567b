"""The HTTP side: a request of CloudFormation's query protocol in, its XML answer out.

moto reads the request and writes the answer from botocore's own description of the service; what
happens in between is ``Calls``.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any

from botocore import xform_name
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from bidops_cfn_sandbox.cloudformation.calls import Calls
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.stacks import Stacks
from bidops_cfn_sandbox.cloudformation.template import read_object
from bidops_cfn_sandbox.engine.answers import AwsError, ValidationError
from bidops_cfn_sandbox.engine.engine import Engine
from bidops_cfn_sandbox.resource_type import Place, ResourceType

# What would have an effect on AWS that it does not have here, unless it has its default.
NOT_MODELLED = frozenset(
    {
        "DeletionMode",
        "DeploymentConfig",
        "DeploymentMode",
        "ForceRollback",
        "ImportExistingResources",
        "ResourceTypes",
        "ResourcesToImport",
        "RetainExceptOnCreate",
        "StackPolicyDuringUpdateBody",
        "StackPolicyDuringUpdateURL",
        "StackPolicyURL",
        "TimeoutInMinutes",
    }
)
DEFAULTS: tuple[Any, ...] = (False, [], "STANDARD")


class CloudFormation:
    """CloudFormation in every account and region of one sandbox."""

    def __init__(self, types: Mapping[str, ResourceType], engine: Engine) -> None:
        self._types = types
        self.engine = engine
        self._places: dict[Place, Calls] = {}
        # One operation at a time: the models change several of moto's backends in turn.
        self._lock = RLock()

    def at(self, place: Place) -> Calls:
        """Return the calls on the stacks of one place."""
        if place not in self._places:
            stacks = Stacks(
                place, self._types, self.engine, elsewhere=lambda other: self.at(other).stacks
            )
            self._places[place] = Calls(ChangeSets(stacks), lambda url: read_object(place, url))
        return self._places[place]

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        with self._lock:
            self.engine.clock.catch_up()

    def respond(self, request: Any, url: str, headers: Any) -> Any:
        """Answer a request as moto's dispatcher passes it on."""
        with self._lock:
            return Response(self).dispatch_request(request, url, headers)

    def act(self, place: Place, action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Do what ``action`` of the API says.

        Raise AwsError where it refuses, NotImplementedError for an action of AWS that
        is not modelled.
        """
        known = action in get_service_model("cloudformation").operation_names
        call = getattr(self.at(place), xform_name(action), None)
        if call is None or not known:
            raise NotImplementedError(action)
        given = (key for key in parameters if parameters[key] not in DEFAULTS)
        if other := sorted(NOT_MODELLED.intersection(given)):
            raise ValidationError(f"The sandbox does not model {', '.join(other)}")
        self.engine.clock.catch_up()  # also for what the sandbox itself deploys before it serves
        answer: dict[str, Any] = call(**parameters)
        return answer


class Response(BaseResponse):
    """One request: moto's reading and writing around ``CloudFormation.act``."""

    def __init__(self, cloudformation: CloudFormation) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True
        self._cloudformation = cloudformation

    def dispatch_request(self, request: Any, url: str, headers: Any) -> Any:
        """Return status, headers and body of the answer."""
        self.setup_class(request, url, headers)
        place = Place(self.current_account, self.region)
        try:
            answer = self._cloudformation.act(place, self._get_action(), self.params)
            result = ActionResult(answer)
        except AwsError as error:
            result = ActionResult(error)
        return self.serialized(result)
