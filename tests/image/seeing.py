"""What is to be seen in an encoded image, as numbers that can be compared."""

from typing import Any

import numpy as np
import pyvips

from tests.image.sources import PATCH

Array = np.ndarray[Any, Any]


def decoded(data: bytes) -> list[Array]:
    """Decode each frame, as 8-bit RGBA in floats; by libvips alone, with none of our code."""
    image = pyvips.Image.new_from_buffer(data, "")
    frames = image.get("n-pages") if image.get_typeof("n-pages") else 1
    image = pyvips.Image.new_from_buffer(data, "", n=-1) if frames > 1 else image
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    image = image if image.hasalpha() else image.addalpha()
    return list(np.split(image.numpy().astype(float), frames))


def middles(picture: Array, size: int = PATCH) -> Array:
    """Take the middle of each patch, where no encoder blurs two colours: rows x columns x pixels x channels."""
    height, width, channels = picture.shape
    patches = picture.reshape(height // size, size, width // size, size, channels)
    inner = patches[:, size // 3 : -size // 3, :, size // 3 : -size // 3]
    return inner.swapaxes(1, 2).reshape(height // size, width // size, -1, channels)


def on(picture: Array, background: tuple[int, int, int]) -> Array:
    """Put an opaque background behind a picture."""
    alpha = picture[..., 3:] / 255
    shown = picture[..., :3] * alpha + np.array(background) * (1 - alpha)
    return np.concatenate([shown, np.full_like(alpha, 255)], -1)


def cut_out(picture: Array) -> Array:
    """Make each pixel wholly opaque or wholly transparent, as GIF has to."""
    return np.concatenate([picture[..., :3], np.where(picture[..., 3:] >= 128, 255.0, 0.0)], -1)


def difference(one: Array, other: Array) -> float:
    """Give the largest difference of any channel, with colours weighted by alpha: what is unseen does not count."""
    weighted = [np.concatenate([p[..., :3] * p[..., 3:] / 255, p[..., 3:]], -1) for p in (one, other)]
    return float(np.abs(weighted[0] - weighted[1]).max())


def told(data: bytes, field: str) -> object:
    """Give a field of the header, by libvips."""
    options = {"n": -1} if field == "page-height" else {}
    return pyvips.Image.new_from_buffer(data, "", **options).get(field)
