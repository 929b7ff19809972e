"""The blocks of a GIF."""

from firstsight.image import gif
from tests.image.sources import source


def test_the_blocks_of_a_gif_follow_each_other_from_its_colours_to_its_trailer() -> None:
    data = source("gif moving")
    blocks = list(gif.blocks(data))
    assert blocks[0].start == gif.header_end(data)
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert (blocks[-1].kind, blocks[-1].end) == (gif.TRAILER, len(data))
    assert sum(block.kind == gif.IMAGE for block in blocks) == 5


def test_what_an_extension_holds_is_given_in_one_piece() -> None:
    data = b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\3abc\2de\0" + b";"
    comment = next(gif.blocks(data))
    assert gif.content(data, comment) == b"abcde"
