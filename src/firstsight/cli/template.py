"""`firstsight template`: the stack alone."""

from typing import Annotated

import typer

from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.settings import load


def template(
    *,
    code: Annotated[
        str, typer.Option("--code", metavar="S3URL", help="Where the pipeline puts the bundle, s3://BUCKET/KEY.")
    ],
    region: Annotated[str, typer.Option("--region", help="The region of the bucket.")],
    config: Config = None,
) -> None:
    """
    Print the CloudFormation template, for a pipeline of your own.

    Its alias follows the code: each key of a bundle publishes a version.
    The bucket's policy, website and notifications are not in it; firstsight plan shows what they have to be.

    [dim]firstsight template --code s3://my-bundles/firstsight.zip --region eu-central-1[/]
    """
    from firstsight.aws.pipeline import text

    terminal.out().print(text(load(config), code, region), soft_wrap=True)
