"""What makes one colour of many neighbours: a Gaussian blur, and squares of their mean."""

import math

import pyvips


def blurred(image: pyvips.Image, sigma: float) -> pyvips.Image:
    """
    Blur by a Gaussian whose ends, below a fifth of its height, are cut off.

    Of the mask that libvips makes of it, its vector code gives a flat picture another colour: each weight is rounded to
    as many bits as it has for the largest one. So these add up to a whole in just those bits.
    """
    mask = pyvips.Image.gaussmat(sigma, 0.2, separable=True, precision="float")
    weights = [float(weight) for weight in mask.tolist()[0]]
    if len(weights) == 1:
        return image
    most = max(weights) / sum(weights)
    total = 128 * 2.0 ** -math.ceil(math.log2(most) + 1)
    rounded = [max(1, math.floor(weight / sum(weights) * total + 0.5)) for weight in weights]
    rounded[len(rounded) // 2] += int(total) - sum(rounded)
    return image.convsep(pyvips.Image.new_from_array([rounded], scale=total), precision="integer")


def pixelated(image: pyvips.Image, side: int) -> pyvips.Image:
    """
    Give all pixels of a square the mean of their colours, weighted by their alpha.

    Squares begin at the top left; of the last ones only what there is counts.
    """
    width, height = image.width, image.height
    side = min(side, max(width, height))
    across, down = -(-width // side) * side, -(-height // side) * side
    seen = image.premultiply() if image.hasalpha() else image
    if (across, down) == (width, height):
        means = seen.shrink(side, side)
    else:
        there = (pyvips.Image.black(width, height) + 1).embed(0, 0, across, down)
        means = seen.cast("float").embed(0, 0, across, down).shrink(side, side) / there.shrink(side, side)
    if image.hasalpha():
        means = means.copy(interpretation=image.interpretation).unpremultiply()
    squares = means.rint().cast("uchar").zoom(side, side).crop(0, 0, width, height)
    return squares.copy(interpretation=image.interpretation)
