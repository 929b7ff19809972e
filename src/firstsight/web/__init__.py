"""The page of the local server."""

from starlette.routing import BaseRoute

from firstsight.service import Service


def routes(service: Service) -> list[BaseRoute]:
    """Give what the page is made of."""
    return []
