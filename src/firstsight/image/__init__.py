"""The only code that touches pixels."""

import os

# that it is set at all, before libvips is loaded, has libvips keep its warnings to itself
os.environ["VIPS_WARNING"] = "0"

from firstsight.image.engine import hold_memory, use_threads, warm
from firstsight.image.family import render_many
from firstsight.image.formats import FORMATS
from firstsight.image.picture import Facts, Picture
from firstsight.image.render import cut_short, finish, render, resolve, start
from firstsight.image.rendered import Rendered

__all__ = [
    "FORMATS",
    "Facts",
    "Picture",
    "Rendered",
    "cut_short",
    "finish",
    "hold_memory",
    "render",
    "render_many",
    "resolve",
    "start",
    "use_threads",
    "warm",
]
