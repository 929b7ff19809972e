"""
Which quality a lossy format is written with, found by trying.

Both searches try four times at most. `within` looks for the best that fits into a number of bytes; `alike` for the
least at which a sample of the image is still similar enough to itself before it was encoded.
"""

from collections.abc import Callable

import pyvips

from firstsight.image.similarity import compare

Encode = Callable[[int], bytes]

#: Attempts.
TRIES = 4
#: The least quality that `alike` tries; below it blocks show, whatever the similarity says.
LEAST = 40
#: A sample is a mosaic of so many tiles a side, each so many pixels a side.
TILES, TILE = 3, 96


def within(encode: Encode, most: int, highest: int) -> bytes:
    """
    Give the bytes of the best quality, up to `highest`, that has no more than `most` bytes.

    The second attempt guesses from the size of the first, the third halves what is left, and the fourth is the least
    quality where nothing has been small enough.
    """
    data = encode(highest)
    if len(data) <= most or highest == 1:
        return data
    low, high, found, quality = 1, highest, b"", max(2, min(highest - 1, round(highest * most / len(data))))
    for last in (False, False, True):
        data = encode(1 if last and not found else quality)
        if len(data) <= most:
            low, found = quality, data
        else:
            high = quality
        quality = (low + high) // 2
        if quality <= low and found:
            break
    return found or data


def alike(image: pyvips.Image, encode: Callable[[pyvips.Image, int], bytes], target: float, highest: int) -> int:
    """
    Give the least quality, up to `highest`, at which a sample has the target's similarity (see similarity.py).

    `highest` itself is taken where nothing less will do, so a result is never larger than with that.
    """
    seen = sample(image)
    low, high = min(LEAST, highest), highest
    for _ in range(TRIES):
        if low >= high:
            break
        quality = (low + high) // 2
        again = pyvips.Image.new_from_buffer(encode(seen, quality), "")
        if compare(seen, again) >= target:
            high = quality
        else:
            low = quality + 1
    return high


def sample(image: pyvips.Image) -> pyvips.Image:
    """Take tiles from all over an image, in its own resolution, side by side; all of it where it is small."""
    if image.get_typeof("page-height"):  # an animation is looked at as one picture of all its frames
        image = image.copy()
        image.remove("page-height")
    if image.width <= TILES * TILE or image.height <= TILES * TILE:
        return image
    across, down = (image.width - TILE) // (TILES - 1), (image.height - TILE) // (TILES - 1)
    tiles = [image.crop(x * across, y * down, TILE, TILE) for y in range(TILES) for x in range(TILES)]
    return pyvips.Image.arrayjoin(tiles, across=TILES).copy_memory()
