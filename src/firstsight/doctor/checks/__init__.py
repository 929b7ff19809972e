"""CHECKS: every rule, a row each, those first that others follow from."""

from firstsight.doctor.check import CRASHED, Check
from firstsight.doctor.checks import (
    api,
    bucket,
    cdn,
    function,
    keys,
    local,
    region,
    request,
    role,
    running,
    settings,
    url,
    website,
)

CHECKS: tuple[Check, ...] = (
    *settings.CHECKS,
    *local.CHECKS,
    *region.CHECKS,
    *function.CHECKS,
    *running.CHECKS,
    *role.CHECKS,
    *api.CHECKS,
    *url.CHECKS,
    *website.CHECKS,
    *bucket.CHECKS,
    *cdn.CHECKS,
    *keys.CHECKS,
    *request.CHECKS,
)

#: Every code that a finding may have.
CODES = (*(check.code for check in CHECKS), CRASHED)
