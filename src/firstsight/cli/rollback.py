"""`firstsight rollback`: the version before the live one."""

from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.settings import load


def rollback(*, config: Config = None) -> None:
    """
    Make the version before the live one live again, in seconds.

    Only the function goes back; the next deploy goes forward again.

    [dim]firstsight rollback[/]
    """
    from firstsight.aws import apply, names, reading, remembered
    from firstsight.aws.plan import PlanRefused
    from firstsight.aws.state import State

    settings = load(config)
    cloud = reading.connect(settings)
    name = names.stack_name(settings)
    account = cloud.account()
    artefacts = names.artefacts_bucket(account, cloud.region)
    state = remembered.read(cloud, artefacts, name, account)
    if state.unknown:
        raise PlanRefused(f"What is remembered cannot be read: {state.unknown}.")
    version = apply.roll_back(cloud, artefacts, name, state.value or State(""))
    terminal.out().print(f"Version {version} is live.")
