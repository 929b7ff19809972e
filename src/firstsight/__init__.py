"""
Firstsight makes each size of an image the first time somebody asks for it, keeps it, and serves it from then on.

`render` makes one image from bytes; `Service` is the whole service without a web server.
"""

from firstsight.errors import FirstsightError
from firstsight.http import Request, Response
from firstsight.image import Rendered
from firstsight.library import info, render
from firstsight.service import Service, open_service
from firstsight.settings import Limits, Settings
from firstsight.settings import load as load_settings
from firstsight.transform import Anchor, Colour, Crop, Fit, Focus, Format, Sides, Transform

__version__ = "0.1.0"

__all__ = [
    "Anchor",
    "Colour",
    "Crop",
    "FirstsightError",
    "Fit",
    "Focus",
    "Format",
    "Limits",
    "Rendered",
    "Request",
    "Response",
    "Service",
    "Settings",
    "Sides",
    "Transform",
    "info",
    "load_settings",
    "open_service",
    "render",
]
