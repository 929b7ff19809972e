"""Whether a profile is that of sRGB."""

import pyvips
from hypothesis import given
from hypothesis import strategies as st

from firstsight.image.profiles import is_srgb
from tests.image import colour
from tests.image.made import icc
from tests.image.sources import TINTED


def test_profiles_of_srgb_are_known_and_no_others() -> None:
    image = pyvips.Image.black(2, 2, bands=3).copy(interpretation="srgb")
    made = {
        name: image.icc_transform(name, input_profile="srgb").get("icc-profile-data") for name in ("srgb", "p3", "cmyk")
    }
    assert is_srgb(made["srgb"])
    assert is_srgb(icc.rgb(colour.SRGB, table=True))
    others = [made["p3"], made["cmyk"], icc.rgb(colour.P3, table=True), icc.rgb(colour.ADOBE), icc.gray(2.2), TINTED]
    assert not any(map(is_srgb, others))
    near = colour.Space(colour.SRGB.primaries, gamma=2.2)  # right primaries, another curve
    assert not is_srgb(icc.rgb(near))
    assert not is_srgb(icc.rgb(near, table=True))


@given(st.integers(0, 2_000), st.binary(max_size=20))
def test_a_damaged_profile_is_no_error(cut: int, noise: bytes) -> None:
    profile = icc.rgb(colour.SRGB, table=True)
    assert isinstance(is_srgb(profile[:cut] + noise), bool)
    assert is_srgb(noise) is False
