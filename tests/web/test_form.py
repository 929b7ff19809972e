"""The form and the original in a real Chromium: what is changed there, and what is asked for then."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import pyvips
from playwright.sync_api import Locator, Page, expect

from tests.web.browser import Seen, begin, bench, fetched, original_of, section, shown_size, spec_of, type_spec


def test_a_slider_that_moves_asks_for_one_image_when_it_has_come_to_rest(page: Page, address: str, seen: Seen) -> None:
    page.clock.install(time=0)
    begin(page, address, "coffee.png/400x300.webp")
    page.clock.pause_at(3_600)
    asked = len(seen.results())
    slider = page.get_by_role("slider", name="Width")
    for width in range(100, 160, 5):
        slider.fill(str(width))
        page.clock.run_for(150)
        expect(page.locator("#spec")).to_have_value(f"{width}x300.webp")
    assert seen.results()[asked:] == []
    page.clock.run_for(100)
    expect(page.locator("#url")).to_have_value(f"{address}/coffee.png/155x300.webp")
    assert seen.results()[asked:] == ["/coffee.png/155x300.webp"]


def test_a_request_that_is_no_longer_wanted_is_given_up(page: Page, address: str) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(urlsplit(request.url).path))
    begin(page, address, "coffee.png/400x300.webp")
    page.route("**/coffee.png/111x300.webp", lambda route: None)  # never answered
    with page.expect_request("**/coffee.png/111x300.webp"):
        page.locator("#spec").fill("111x300.webp")
    page.locator("#spec").fill("222x300.webp")
    expect(page.locator("#url")).to_have_value(f"{address}/coffee.png/222x300.webp")
    assert shown_size(page) == (222, 300)
    assert failed == ["/coffee.png/111x300.webp"]


def test_a_spec_typed_by_hand_fills_the_fields(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/400x300.webp")
    type_spec(page, "thumb-320x200-contain-northeast-trim-rotate90-flop-pad4x8-bgffcc00-blur1.5-q70-still.avif")
    form = page.locator("#form")
    for name, value in {
        "Width": "320",
        "Height": "200",
        "Trim": "10",
        "Rotate": "90",
        "Blur": "1.5",
        "Quality": "70",
    }.items():
        expect(form.locator(f"#field-{name.lower()}")).to_have_value(value)
    for name in ("contain", "northeast", "avif"):
        expect(form.locator(f"input[value={name}]")).to_be_checked()
    expect(form.locator("label", has_text="Flop").locator("input")).to_be_checked()
    expect(form.locator("label", has_text="Flip").locator("input")).not_to_be_checked()
    expect(form.locator("#field-frame")).to_have_value("1")
    expect(form.locator("#field-pad")).to_have_value("4x8")
    expect(form.locator("input[type=color]")).to_have_value("#ffcc00")
    expect(form.locator("#field-preset")).to_have_value("thumb")


FIELDS: dict[str, dict[str, Callable[[Locator], object]]] = {
    "Size": {
        "thumb-100x80.webp": lambda form: form.locator("#field-preset").select_option("thumb"),
        "100x.webp": lambda form: form.locator("#field-height").fill(""),
        "100x80-inside.webp": lambda form: form.locator("input[value=inside]").check(),
        "100x80-southwest.webp": lambda form: form.locator("input[value=southwest]").check(),
        "100x80-focus0.5x0.25.webp": lambda form: form.get_by_label("Focus down").fill("0.25"),
        "100x80-enlarge.webp": lambda form: form.get_by_label("Enlarge").check(),
        "100x80-dpr2.webp": lambda form: form.get_by_role("slider", name="DPR").fill("2"),
    },
    "Output": {
        "100x80.png": lambda form: form.locator("input[value=png]").check(),
        "100x80": lambda form: form.locator("input[value=auto]").check(),
        "100x80-q33.webp": lambda form: form.locator("#field-quality").fill("33"),
    },
    "Cut": {"100x80-trim5.webp": lambda form: form.locator("#field-trim").fill("5")},
    "Turn": {
        "100x80-rotate90.webp": lambda form: form.locator("#field-rotate").fill("90"),
        "100x80-flop.webp": lambda form: form.get_by_label("Flop").check(),
    },
    "Border": {
        "100x80-pad3x4.webp": lambda form: form.locator("#field-pad").fill("3x4"),
        "100x80-bgffcc0080.webp": lambda form: form.get_by_label("Background", exact=True).fill("FFCC0080"),
        "100x80-bg123456.webp": lambda form: form.locator("input[type=color]").fill("#123456"),
    },
    "Look": {
        "100x80-grayscale.webp": lambda form: form.get_by_label("Grayscale").check(),
        "100x80-blur2.5.webp": lambda form: form.get_by_role("slider", name="Blur").fill("2.5"),
        "100x80.webp": lambda form: form.locator("#field-brightness").fill("100"),
    },
}


@pytest.mark.parametrize("group", FIELDS)
def test_a_field_writes_its_token(page: Page, address: str, group: str) -> None:
    begin(page, address, "chelsea.png/100x80.webp")
    form = section(page, group)
    for spec, act in FIELDS[group].items():
        page.locator("#spec").fill("100x80.webp")
        act(form)
        expect(page.locator("#spec")).to_have_value(spec)
    expect(page).to_have_url(f"{address}/#chelsea.png/{spec}")
    bench(page)
    expect(page.locator("#trouble")).to_be_hidden()


def test_four_numbers_make_a_cut_and_clearing_it_takes_it_away(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/full.png")
    cut = section(page, "Cut")
    for name, value in (("left", "60"), ("top", "40"), ("width", "300"), ("height", "200")):
        cut.get_by_label(f"Crop {name}").fill(value)
    expect(page.locator("#spec")).to_have_value("crop60x40x300x200.png")
    expect(page).to_have_url(re.compile("crop60x40x300x200.png$"))
    assert shown_size(page) == (300, 200)
    box, original = page.locator("#original .cut").bounding_box(), original_of(page).bounding_box()
    assert box is not None
    assert original is not None
    assert (box["x"] - original["x"]) / original["width"] == pytest.approx(0.1, abs=0.01)
    assert box["height"] / original["height"] == pytest.approx(0.5, abs=0.01)
    cut.get_by_label("Clear crop").click()
    expect(page.locator("#spec")).to_have_value("full.png")


def test_a_click_on_the_original_sets_the_focus_point_and_changes_the_crop(
    page: Page, address: str, photos: Path
) -> None:
    begin(page, address, "astronaut.png/512x128.png")
    whole = pyvips.Image.new_from_file(str(photos / "astronaut.png"))
    middle = whole.crop(0, 192, 512, 128).numpy()[..., :3].astype(float)
    assert np.abs(fetched(page.locator("#url").input_value()).numpy()[..., :3] - middle).mean() < 0.5
    original = original_of(page)
    area = original.bounding_box()
    assert area is not None
    original.click(position={"x": area["width"] * 0.4, "y": area["height"] * 0.1})
    expect(page.locator("#spec")).to_have_value("512x128-focus0.4x0.1.png")
    expect(page.locator("#url")).to_have_value(re.compile("focus"))
    top = whole.crop(0, 0, 512, 128).numpy()[..., :3].astype(float)
    assert np.abs(fetched(page.locator("#url").input_value()).numpy()[..., :3] - top).mean() < 0.5
    assert np.abs(top - middle).mean() > 10
    expect(page.locator("#original .focus")).to_be_visible()


def test_a_drag_on_the_original_cuts_and_a_focus_point_then_counts_within_the_cut(page: Page, address: str) -> None:
    begin(page, address, "hubble_deep_field.jpg/full.png")
    original = original_of(page)
    area = original.bounding_box()
    assert area is not None
    at = [(area["x"] + area["width"] * x, area["y"] + area["height"] * y) for x, y in ((0.75, 0.25), (0.25, 0.75))]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=5)
    page.mouse.up()
    expect(page.locator("#url")).to_have_value(re.compile("crop"))
    numbers = [float(n) for n in spec_of(page).removeprefix("crop").removesuffix(".png").split("x")]
    assert numbers == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=0.01)
    assert shown_size(page) == pytest.approx((500, 436), abs=8)
    original.click(position={"x": area["width"] * 0.375, "y": area["height"] * 0.5})
    expect(page.locator("#spec")).to_have_value(re.compile(r"^focus0\.25x0\.5-crop"))
    expect(page.locator("#notice")).to_have_text(re.compile("changes nothing here: focus0.25x0.5"))
