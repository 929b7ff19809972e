"""Which GIF is complete."""

from firstsight.image.gif import is_complete
from tests.image.sources import source


def test_a_gif_is_complete_until_a_block_of_it_is_cut() -> None:
    data = source("gif moving")
    assert is_complete(data)
    assert is_complete(data[:-1])  # no trailer
    assert is_complete(data + b"anything")
    assert not any(is_complete(data[:cut]) for cut in range(0, len(data) - 1, 97))
