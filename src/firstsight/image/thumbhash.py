"""
ThumbHash: an image in some 25 bytes, as a placeholder until the real one arrives.

The algorithm is Evan Wallace's (https://evanw.github.io/thumbhash/, MIT), version 1: the lightness, two colour
differences and the alpha as the first terms of a cosine transform, each rounded to four bits.
"""

import math
from operator import mul

#: The longest side; larger images give no better hash.
MOST = 100
#: What is smaller comes of rounding, and would make the hash of a flat image a matter of chance.
NOISE = 1e-9


def thumbhash(width: int, height: int, pixels: bytes) -> bytes:
    """
    Hash an RGBA image, not premultiplied, of at most 100x100 pixels, given row by row.

    Raises ValueError for a larger one, or when the bytes are not four for each pixel.
    """
    if not (0 < width <= MOST and 0 < height <= MOST and len(pixels) == 4 * width * height):
        raise ValueError(f"expected up to {MOST}x{MOST} RGBA pixels but got {width}x{height} in {len(pixels)} bytes")
    alpha = [value / 255 for value in pixels[3::4]]
    opaque = sum(alpha)
    channels = [pixels[band::4] for band in range(3)]
    means = [sum(map(mul, channel, alpha)) / 255 / opaque if opaque else 0.0 for channel in channels]
    # what is transparent shows the mean colour
    r, g, b = (
        [mean * (1 - a) + a / 255 * value for value, a in zip(channel, alpha, strict=True)]
        for channel, mean in zip(channels, means, strict=True)
    )
    light = [(x + y + z) / 3 for x, y, z in zip(r, g, b, strict=True)]
    yellow = [(x + y) / 2 - z for x, y, z in zip(r, g, b, strict=True)]
    red = [x - y for x, y in zip(r, g, strict=True)]

    has_alpha = opaque < width * height
    most = 5 if has_alpha else 7
    across = max(1, _nearest(most * width / max(width, height)))
    down = max(1, _nearest(most * height / max(width, height)))
    l_mean, l_terms, l_scale = _transform(light, width, height, max(3, across), max(3, down))
    p_mean, p_terms, p_scale = _transform(yellow, width, height, 3, 3)
    q_mean, q_terms, q_scale = _transform(red, width, height, 3, 3)
    landscape = width > height
    head = (
        _nearest(63 * l_mean)
        | _nearest(31.5 + 31.5 * p_mean) << 6
        | _nearest(31.5 + 31.5 * q_mean) << 12
        | _nearest(31 * l_scale) << 18
        | has_alpha << 23
    )
    more = (down if landscape else across) | _nearest(63 * p_scale) << 3 | _nearest(63 * q_scale) << 9 | landscape << 15
    data = head.to_bytes(3, "little") + more.to_bytes(2, "little")
    terms = l_terms + p_terms + q_terms
    if has_alpha:
        a_mean, a_terms, a_scale = _transform(alpha, width, height, 5, 5)
        data += bytes([_nearest(15 * a_mean) | _nearest(15 * a_scale) << 4])
        terms += a_terms
    halves = [_nearest(15 * term) for term in terms]
    halves += [0] * (len(halves) % 2)
    return data + bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))


def _transform(
    channel: list[float], width: int, height: int, across: int, down: int
) -> tuple[float, list[float], float]:
    """Give the mean, the further terms of the cosine transform scaled to 0 to 1, and their scale."""
    rows = [channel[start : start + width] for start in range(0, width * height, width)]
    waves = [[math.cos(math.pi / width * term * (x + 0.5)) for x in range(width)] for term in range(across)]
    columns = [[sum(map(mul, row, wave)) for row in rows] for wave in waves]
    terms = []
    for v in range(down):
        wave = [math.cos(math.pi / height * v * (y + 0.5)) for y in range(height)]
        terms += [
            sum(map(mul, columns[u], wave)) / (width * height) for u in range(across) if u * down < across * (down - v)
        ]
    mean, *rest = terms
    scale = max(map(abs, rest), default=0.0)
    if scale < NOISE:
        return mean, [0.0] * len(rest), 0.0
    return mean, [0.5 + 0.5 / scale * term for term in rest], scale


def _nearest(value: float) -> int:
    return math.floor(value + 0.5)
