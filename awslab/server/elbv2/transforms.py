"""Take the transforms of a rule, show them and take them away; the rules are `awslab.world.transforms`.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.responses import ELBV2Response

from awslab.server.errors import AWSError
from awslab.world import transforms
from awslab.world.request_error import RequestError

RESPONSES = ["create_rule", "modify_rule"]
_moto_create = ELBV2Response.create_rule
_moto_modify = ELBV2Response.modify_rule


def create_rule(self: ELBV2Response) -> ActionResult:
    """Answer CreateRule, whose transforms moto drops.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    """
    given = _given(self)
    answer = _moto_create(self)
    answer.result["Rules"][0].transforms = given
    return answer


def modify_rule(self: ELBV2Response) -> ActionResult:
    """Answer ModifyRule: transforms that are given replace those of the rule, ResetTransforms takes them away.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
    """
    given, reset = _given(self), self._get_bool_param("ResetTransforms", False)
    if given and reset:
        raise AWSError(
            "ValidationError", "You cannot specify both 'Transforms' and 'ResetTransforms'"
        )
    if not given and not reset:
        return _moto_modify(self)
    answer = _moto_modify(self) if self._get_params().keys() & {"Conditions", "Actions"} else None
    # moto wants conditions or actions; what else it looks at has to be looked at here.
    rule = self.elbv2_backend.describe_rules(None, [self._get_param("RuleArn")])[0]
    if rule.is_default:
        raise AWSError(
            "OperationNotPermitted", f"A transform cannot be added to default rule '{rule.arn}'"
        )
    rule.transforms = given
    return answer or ActionResult({"Rules": [rule]})


def _given(response: ELBV2Response) -> list[dict[str, Any]]:
    given = response._get_param("Transforms") or []
    try:
        transforms.check_transforms(given)
    except RequestError as error:
        raise AWSError(error.code, error.message) from None
    return given
