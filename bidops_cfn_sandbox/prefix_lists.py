"""EC2's DescribePrefixLists, which moto leaves out: the prefix lists of AWS's own services."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response


class Ec2(EC2Response):
    """moto's EC2 with one action more; moto finds an action by the name of its method."""

    def describe_prefix_lists(self) -> Any:
        """Return AWS's managed prefix lists of this region, as the older of two calls does."""
        found = self.ec2_backend.describe_managed_prefix_lists(
            prefix_list_ids=self._get_param("PrefixListIds", []),
            filters=self._filters_from_querystring(),
        )
        lists = [
            {
                "PrefixListId": item.id,
                "PrefixListName": item.prefix_list_name,
                "Cidrs": [entry["Cidr"] for entry in item.entries[1]],
            }
            for item in found
            if item.owner_id == "AWS"
        ]
        return ActionResult({"PrefixLists": lists})
