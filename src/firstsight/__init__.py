"""
Firstsight makes each size of an image the first time somebody asks for it, keeps it, and serves it from then on.

`render` makes one image from bytes; `Service` is the whole service without a web server.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firstsight.errors import FirstsightError
    from firstsight.http import Request, Response
    from firstsight.image import Rendered
    from firstsight.library import info, render, render_many
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
    "render_many",
]

#: The same for Python as the imports above are for type checkers, but a module is loaded when a name of it is asked for
#: (PEP 562): who asks for one of them, as the Lambda function does, waits for no other.
_HOMES = {
    "errors": ("FirstsightError",),
    "http": ("Request", "Response"),
    "image": ("Rendered",),
    "library": ("info", "render", "render_many"),
    "service": ("Service", "open_service"),
    "settings": ("Limits", "Settings", "load_settings"),
    "transform": ("Anchor", "Colour", "Crop", "Fit", "Focus", "Format", "Sides", "Transform"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'firstsight' has no attribute '{name}'")
    module = importlib.import_module(f"firstsight.{_HOME[name]}")
    value = globals()[name] = getattr(module, "load" if name == "load_settings" else name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
