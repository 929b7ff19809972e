"""Damaged files of every kind: each is made into an image or refused, and nothing else happens."""

import collections

import pytest

from tests.image.mutations import damaged, outcome
from tests.image.sources import KINDS

COUNT, PIECES = 600, 6
EXPECTED = {"made", "damaged-image", "unsupported-format", "too-many-pixels", "not-applicable"}


@pytest.mark.parametrize("piece", range(PIECES))
def test_a_damaged_file_is_made_or_refused(piece: int) -> None:
    found = collections.Counter(outcome(number) for number in range(piece, COUNT, PIECES))
    assert set(found) <= EXPECTED
    assert found["made"] > COUNT / PIECES / 20  # the damage is not so great that nothing is ever decoded
    assert found["damaged-image"] > COUNT / PIECES / 20


def test_the_cases_are_of_every_kind_and_the_same_each_time() -> None:
    assert {damaged(number)[0] for number in range(COUNT)} == set(KINDS)
    assert damaged(7) == damaged(7)
    assert len({damaged(number)[1] for number in range(COUNT)}) > COUNT * 0.95
