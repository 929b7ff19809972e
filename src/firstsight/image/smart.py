"""
Which part of a picture a crop should keep, found by looking at it.

Every pixel of a small copy is given a weight: how strong an edge is there, and how close its colour is to skin, of any
shade (in Lab the hues of skin lie together, and apart from orange cloth or wood). A crop to a box cuts along one side
only, so the weights are summed across it, and the window is chosen that holds most of them, where the middle of the
picture and the middle of the window count for more. Without anything to see that is the centre.
"""

import math

import pyvips

#: The longest side of the small copy, in pixels.
SMALL = 96
#: How much skin counts beside edges, each being at most 1.
SKIN = 2.0
#: The mean and the spread of skin in Lab.
TONES = ((65, 25), (14, 8), (18, 10))
#: How much less the ends of the picture count than its middle, as the exponent of a bell, and those of the window.
OUTER, RIM = 2.0, 0.5
#: How much of the least weight of any row or column is taken off all of them: what is everywhere says nothing.
COMMON = 0.5


def window(image: pyvips.Image, width: int, height: int) -> tuple[int, int]:
    """Find the left and top edge of the part of this size that shows most; `image` has 8 bits, in sRGB or gray."""
    weights = _weights(image)
    columns, rows = weights.project()
    left = _place(_numbers(columns), image.width, width)
    top = _place(_numbers(rows), image.height, height)
    return left, top


def _weights(image: pyvips.Image) -> pyvips.Image:
    scale = SMALL / max(image.width, image.height)
    small = image.resize(scale).copy_memory() if scale < 1 else image
    alpha = small.extract_band(small.bands - 1) if small.hasalpha() else None
    seen = small.extract_band(0, n=small.bands - 1) if alpha is not None else small
    lab = (
        seen.copy(interpretation="b-w" if seen.bands == 1 else "srgb")
        .colourspace("srgb")
        .colourspace("lab")
        .copy_memory()
    )
    lightness = lab.extract_band(0)
    down = pyvips.Image.new_from_array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    edges = (lightness.conv(down) ** 2 + lightness.conv(down.rot90()) ** 2) ** 0.5
    far = lab.linear([1 / spread for _, spread in TONES], [-mean / spread for mean, spread in TONES])
    skin = ((far * far).bandmean() * -1.5).exp()  # half the sum of the squares
    weights = (_scaled(edges) + _scaled(skin) * SKIN).gaussblur(1)
    return weights if alpha is None else weights * alpha / 255


def _scaled(image: pyvips.Image) -> pyvips.Image:
    image = image.copy_memory()
    most = image.max()
    return image / most if most else image


def _numbers(line: pyvips.Image) -> list[float]:
    return [float(value) for value in memoryview(line.cast("float").write_to_memory()).cast("f")]


def _place(weights: list[float], room: int, length: int) -> int:
    """Find the start of the best window of this length; `weights` may be of fewer steps than the room has pixels."""
    count, spare = len(weights), room - length
    if spare <= 0:
        return 0
    common = min(weights) * COMMON
    middle = [
        (weight - common) * math.exp(-OUTER * ((step + 0.5) / count * 2 - 1) ** 2)
        for step, weight in enumerate(weights)
    ]
    half = length / room * count / 2

    def score(start: float) -> float:
        return sum(
            middle[step] * (1 - RIM * ((step + 0.5 - start - half) / half) ** 2)
            for step in range(math.ceil(start - 0.5), math.floor(start + 2 * half - 0.5) + 1)
            if 0 <= step < count
        )

    tries = min(spare, max(8, math.ceil(count - 2 * half)))
    starts = [round(spare * number / tries) for number in range(tries + 1)]
    return max(starts, key=lambda start: (round(score(start / room * count), 6), -abs(start - spare / 2)))
