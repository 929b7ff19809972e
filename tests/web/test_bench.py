"""The page in a real Chromium, against the server on loopback: what a person chooses, sees and takes away."""

import time
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import pyvips
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import (
    ODD,
    TIMES,
    Seen,
    begin,
    bench,
    fetched,
    opened,
    serving,
    shown_size,
    spec_of,
    tags,
    type_spec,
)


def test_a_photo_is_chosen_its_width_changed_and_the_new_image_seen(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="coffee.png").click()
    assert shown_size(page) == (400, 300)
    expect(page.locator("#original-facts")).to_have_text(f"600 {TIMES} 400 · 467 KB · png")
    page.get_by_label("Width", exact=True).last.fill("320")
    expect(page.locator("#facts")).to_contain_text(f"320 {TIMES} 300")
    assert shown_size(page) == (320, 300)
    assert spec_of(page) == "320x300.webp"
    url = page.locator("#url").input_value()
    assert url == f"{address}/coffee.png/320x300.webp"
    image = fetched(url)
    assert (image.width, image.height) == (320, 300)


def test_what_is_told_of_a_result_is_what_the_server_says(page: Page, address: str) -> None:
    begin(page, address, "rocket.jpg/256x.webp")
    with urllib.request.urlopen(f"{address}/rocket.jpg/256x.webp") as answer:
        size = len(answer.read())
    facts = page.locator("#facts")
    expect(facts).to_contain_text(f"{size / 1000:.1f} KB")
    expect(facts).to_contain_text(f"{100 * size / 112_525:.1f} % of the original")
    expect(facts).to_contain_text(f"256 {TIMES} 171")
    expect(facts).to_contain_text("made")
    stages = facts.get_by_role("list", name="Milliseconds by stage")
    expect(stages).to_contain_text("encode")
    page.reload()
    bench(page)
    expect(facts).to_contain_text("stored")
    expect(stages).not_to_contain_text("encode")


@pytest.mark.parametrize(
    ("key", "spec", "sentence", "remedy"),
    [
        ("coffee.png", "400x300-blrr3.webp", "Expected a known token but got 'blrr3'.", "Did you mean 'blur"),
        ("coffee.png", "400x0.webp", "sides from 1 to 16383 but got '400x0'.", ""),
        ("coffee.png", "400x300.webm", "Expected a format", ""),
        ("words.jpg", "400x300.webp", "The source is not an image of a known kind.", "Read are jpeg"),
        ("nowhere.jpg", "400x300.webp", "There is no image of that name.", ""),
    ],
)
def test_what_is_wrong_is_said_in_place_with_its_remedy(
    page: Page, spoilt: str, seen: Seen, key: str, spec: str, sentence: str, remedy: str
) -> None:
    seen.allowed = r"Failed to load resource: .* (400|404|415)"
    begin(page, spoilt, f"{key}/{spec}", "wrong")
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text(sentence)
    expect(trouble).to_contain_text(remedy)
    expect(page.locator("#spec")).to_have_attribute("aria-invalid", "true")
    if key == "coffee.png":
        type_spec(page, "300x200.webp")
        expect(trouble).to_be_hidden()
        assert shown_size(page) == (300, 200)


def test_a_server_that_has_gone_is_told(page: Page, address: str, seen: Seen) -> None:
    seen.allowed = "Failed to load resource: net::ERR_CONNECTION_REFUSED"
    begin(page, address, "coffee.png/400x300.webp")
    page.route("**/coffee.png/**", lambda route: route.abort("connectionrefused"))
    page.locator("#spec").fill("410x300.webp")
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")


def test_a_copied_picture_has_the_size_of_the_image_and_not_of_the_screen(browser: Browser, address: str) -> None:
    narrow = {"width": 900, "height": 700}
    with opened(browser, Seen(), viewport=narrow, permissions=["clipboard-read", "clipboard-write"]) as page:
        begin(page, address, "rocket.jpg/600x100.webp")
        drawn = page.locator("#result > img").bounding_box()
        assert drawn is not None
        assert drawn["width"] < 600, "the screen is not too narrow for the image"
        page.get_by_role("button", name="Copy <picture>").click()
        expect(page.locator("#copied")).to_have_text("<picture> copied.")
        img = tags(page.evaluate("() => navigator.clipboard.readText()"))[-1][1]
        assert (img["width"], img["height"]) == ("600", "100")


def test_a_description_cannot_be_copied_as_a_picture_and_the_page_says_so(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/info.json")
    page.get_by_role("button", name="Copy <picture>").click()
    expect(page.locator("#copied")).to_contain_text("no picture")


def test_an_image_that_is_not_there_has_no_url_of_the_one_before(page: Page, address: str, seen: Seen) -> None:
    seen.allowed = "Failed to load resource: .* 404"
    begin(page, address, "coffee.png/400x300.webp")
    begin(page, address, "nosuch.png/400x300.webp", "wrong")
    expect(page.locator("#url")).to_have_value("")
    assert page.locator("#open").get_attribute("href") is None


def test_the_url_and_the_picture_are_copied(browser: Browser, address: str) -> None:
    with opened(browser, Seen(), permissions=["clipboard-read", "clipboard-write"]) as page:
        begin(page, address, f"{quote(ODD)}/200x100-smart-q60.webp")
        page.get_by_role("button", name="Copy URL").click()
        expect(page.locator("#copied")).to_have_text("URL copied.")
        copied = page.evaluate("() => navigator.clipboard.readText()")
        assert (fetched(copied).width, fetched(copied).height) == (200, 100)

        page.get_by_role("button", name="Copy <picture>").click()
        expect(page.locator("#copied")).to_have_text("<picture> copied.")
        elements = tags(page.evaluate("() => navigator.clipboard.readText()"))
        assert [tag for tag, _ in elements] == ["picture", "source", "source", "img"]
        img = elements[-1][1]
        assert (img["width"], img["height"], img["alt"]) == ("200", "100", "")
        for _, attributes in elements[1:]:
            for candidate in (attributes["srcset"] or "").split(", "):
                path, _, ratio = candidate.partition(" ")
                with urllib.request.urlopen(f"{address}{path}") as answer:
                    assert answer.url == f"{address}{path}", "a URL that is pasted is canonical"
                    assert answer.headers["Content-Type"] == attributes.get("type", "image/jpeg")
                    data = answer.read()
                assert pyvips.Image.new_from_buffer(data, "").width == (400 if ratio == "2x" else 200)


def test_before_and_after_are_the_same_cut(page: Page, address: str) -> None:
    begin(page, address, "chelsea.png/200x100-smart-blur9-grayscale-q5.jpg")
    page.get_by_label("Before and after").check()
    before = page.locator(".two .before")
    expect(before).to_have_js_property("naturalWidth", 200)
    assert urlsplit(before.get_attribute("src") or "").path == "/chelsea.png/200x100-smart.png"
    boxes = [page.locator(f".two > img{name}").bounding_box() for name in (".before", ":not(.before)")]
    assert boxes[0] == boxes[1]
    page.get_by_role("slider", name="Where one ends").fill("25")
    assert page.locator(".two").evaluate("two => two.style.getPropertyValue('--split')") == "25%"
    page.get_by_label("Before and after").uncheck()
    assert shown_size(page) == (200, 100)


def test_the_state_is_in_the_address_so_that_it_can_be_shared_and_gone_back_from(
    page: Page, browser: Browser, address: str
) -> None:
    page.goto(address)
    page.get_by_role("link", name="rocket.jpg").click()
    bench(page)
    type_spec(page, "300x200-grayscale.avif")
    with opened(browser, Seen()) as other:
        other.goto(page.url)
        assert shown_size(other) == (300, 200)
        assert spec_of(other) == "300x200-grayscale.avif"
        assert other.title() == "rocket.jpg · Firstsight"
        expect(other.get_by_role("heading", level=1)).to_have_text("rocket.jpg")
    page.go_back()
    expect(page.locator("#gallery")).to_be_visible()
    expect(page.locator("#bench")).to_be_hidden()
    page.get_by_role("link", name="chelsea.png").click()
    bench(page)
    assert spec_of(page) == "300x200-grayscale.avif", "the next photo is seen with the same spec"


def test_what_another_spelling_means_is_shown_under_its_canonical_url(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/q080-300x200-cover.jpeg")
    assert page.locator("#url").input_value() == f"{address}/coffee.png/300x200-q80.jpg"
    assert spec_of(page) == "q080-300x200-cover.jpeg", "what is typed stays as it was typed"
    expect(page.locator("#notice")).to_have_text("Left out of the URL, as it changes nothing here: cover.")


def test_a_description_is_shown_as_text(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/info.json")
    expect(page.locator("#result pre")).to_contain_text('"width": 600')


def test_a_source_that_cannot_be_shown_says_so_in_the_grid(page: Page, spoilt: str, seen: Seen) -> None:
    seen.allowed = "Failed to load resource: .* 415"
    page.goto(spoilt)
    expect(page.locator("a[data-key='words.jpg'] .broken")).to_be_visible()
    expect(page.locator("a[data-key='coffee.png'] .thumb:not(.broken)")).to_be_visible()


def test_a_key_that_is_not_listed_opens_when_it_is_typed_whole(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("link", name="coffee.png")).to_be_visible()
    page.locator("#find").fill(f"/{ODD}")
    page.locator("#find").press("Enter")
    assert shown_size(page) == (400, 300)
    expect(page.locator("#key")).to_have_text(ODD)


def test_many_images_come_a_page_at_a_time_and_only_those_in_sight_are_made(
    browser: Browser, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    small = pyvips.Image.black(24, 18).pngsave_buffer()
    for number in range(150):
        (tmp_path / "photos" / f"{number:03}.png").write_bytes(small)
    seen = Seen()
    with serving(tmp_path / "photos", tmp_path / "made") as address, opened(browser, seen) as page:
        page.goto(address)
        tiles = page.locator("#tiles a")
        expect(tiles).to_have_count(60)
        expect(page.locator("#count")).to_have_text("150")
        expect(tiles.first.locator("img")).to_have_js_property("complete", True)
        assert sum(request.resource_type == "image" for request in seen.requests) <= 61
        for _ in range(40):
            page.mouse.wheel(0, 2_000)
            if tiles.count() == 150:
                break
            time.sleep(0.05)
        expect(tiles).to_have_count(150)
        assert [tile.get_attribute("data-key") for tile in tiles.all()] == [f"{n:03}.png" for n in range(150)]
        expect(page.get_by_role("button", name="Show more")).to_be_hidden()
