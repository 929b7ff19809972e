"""
The page of a local server: every image of the store, and what can be made of each.

    /               the page                        page.html
    /-/<file>       its style and its modules       *.css, *.js
    /-/tokens.json  the language of specs           language.py
    /-/sources.json the images of the source store  sources.py
    /favicon.ico    the sign on the door            favicon.svg

The page knows no rule of its own: its form is drawn from the language, and whether a spec is right it learns by asking
for the image. It exists only where everything may be asked for, and none of it is on the way to an image.
"""

from starlette.routing import BaseRoute, Route

from firstsight.service import Service
from firstsight.web.page import Page


def routes(service: Service) -> list[BaseRoute]:
    """Give the routes of the page, for a server that is open to everything."""
    page = Page(service)
    return [Route(path, page) for path in ("/", "/favicon.ico", "/-/{rest:path}")]
