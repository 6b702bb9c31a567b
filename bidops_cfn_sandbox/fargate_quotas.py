"""Fargate's quotas, which moto leaves out; one that is asked for is granted at once, up or down."""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

FARGATE = "fargate"
# Code -> name, and the class of AWS/Usage that tells its use.
QUOTAS = {
    "L-3032A538": ("Fargate On-Demand vCPU resource count", "Standard/OnDemand"),
    "L-36FBB829": ("Fargate Spot vCPU resource count", "Standard/Spot"),
}
GRANTED = 4000.0  # vCPU


class ServiceQuotas(ServiceQuotasResponse):
    """moto's Service Quotas with those of Fargate; moto finds an action by its method's name."""

    def get_service_quota(self) -> str:
        """Return a quota's value."""
        asked = json.loads(self.body)
        if asked.get("ServiceCode") != FARGATE:
            return str(super().get_service_quota())
        return json.dumps({"Quota": self._describe(asked.get("QuotaCode", ""))})

    def request_service_quota_increase(self) -> str:
        """Set a quota to the value that is asked for, and call the request approved."""
        asked = json.loads(self.body)
        if asked.get("ServiceCode") != FARGATE:
            raise NotImplementedError
        quota = self._describe(asked["QuotaCode"])
        self._values[quota["QuotaCode"]] = float(asked["DesiredValue"])
        answer = {**quota, "DesiredValue": float(asked["DesiredValue"]), "Status": "APPROVED"}
        kept = ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "DesiredValue", "Status")
        return json.dumps({"RequestedQuota": {key: answer[key] for key in kept}})

    @property
    def _values(self) -> dict[str, float]:
        """The values of this account and region; moto forgets them when it is reset."""
        kept: dict[str, float] = self.backend.__dict__.setdefault("fargate_quotas", {})
        return kept

    def _describe(self, code: str) -> dict[str, Any]:
        if code not in QUOTAS:
            raise NoSuchResource
        name, kind = QUOTAS[code]
        return {
            "ServiceCode": FARGATE,
            "ServiceName": "AWS Fargate",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": self._values.get(code, GRANTED),
            "Adjustable": True,
            "GlobalQuota": False,
            "UsageMetric": {
                "MetricNamespace": "AWS/Usage",
                "MetricName": "ResourceCount",
                "MetricDimensions": {
                    "Class": kind,
                    "Resource": "vCPU",
                    "Service": "Fargate",
                    "Type": "Resource",
                },
                "MetricStatisticRecommendation": "Maximum",
            },
        }
