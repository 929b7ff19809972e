"""The page in a real Chromium for everyone: by keyboard, on a phone, in light and dark, and safe from its own text."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser import ODD, PHONE, Seen, begin, bench, opened, section, shown_size


def test_all_of_it_works_by_keyboard(page: Page, address: str) -> None:
    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"Tab never comes to {selector}")

    page.goto(address)
    expect(page.get_by_role("link", name="coffee.png")).to_be_visible()
    tab_to("#find")
    page.keyboard.type("coff")
    expect(page.locator("#tiles a")).to_have_count(1)
    tab_to("#tiles a")
    page.keyboard.press("Enter")
    assert shown_size(page) == (400, 300)
    tab_to("#original")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#spec")).to_have_value("400x300-focus0.52x0.5.webp")
    page.keyboard.press("Delete")
    expect(page.locator("#spec")).to_have_value("400x300.webp")
    tab_to("#compare")
    page.keyboard.press("Space")
    tab_to(".two input")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".two input")).to_have_value("49.5")
    tab_to("#field-width")
    page.keyboard.press("Control+A")
    page.keyboard.type("200")
    expect(page.locator("#url")).to_have_value(f"{address}/coffee.png/200x300.webp")
    tab_to("summary:has(+ .field [aria-label='Crop left'])")
    page.keyboard.press("Enter")
    tab_to("[aria-label='Crop left']")
    tab_to("#back")
    page.keyboard.press("Enter")
    expect(page.locator("#gallery")).to_be_visible()
    expect(page.get_by_role("link", name="coffee.png")).to_be_focused()


def test_what_has_the_focus_can_be_seen_to_have_it(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/400x300.webp")
    hidden = []
    for _ in range(60):
        page.keyboard.press("Tab")
        ring = page.evaluate(
            """() => {
                 const styled = (element) => element && getComputedStyle(element);
                 const active = document.activeElement;
                 const around = [active, active.nextElementSibling, active.closest(".address"), active.closest(".two")];
                 const outlined = around.some((each) => each && styled(each).outlineStyle !== "none");
                 const framed = active.closest(".address") && styled(active.closest(".address")).boxShadow !== "none";
                 const name = active.id || active.outerHTML.slice(0, 60);
                 return [name, outlined || Boolean(framed), active === document.body];
               }"""
        )
        if ring[2]:
            break
        if not ring[1]:
            hidden.append(ring[0])
    assert hidden == []


def test_a_field_that_has_the_focus_says_what_it_does(page: Page, address: str) -> None:
    begin(page, address, "coffee.png/400x300.webp")
    field = page.locator(".field", has=page.get_by_label("Least width"))
    said = "element => getComputedStyle(element, '::after').content"
    assert field.evaluate(said) == "none"
    field.locator("input").focus()
    assert "box" in field.evaluate(said)


@pytest.mark.parametrize(
    ("fragment", "state"),
    [
        ("", ""),
        ("coffee.png/400x300-smart.webp", "shown"),
        (f"{quote(ODD)}/1200x900-enlarge-focus0.1234x0.5678-pad20x30-bgffcc00ff-blur1.5.webp", "shown"),
        ("coffee.png/" + "-".join(["400x300", *["nonsense"] * 20]), "wrong"),
    ],
)
def test_on_a_phone_nothing_scrolls_sideways(browser: Browser, address: str, fragment: str, state: str) -> None:
    seen = Seen(allowed="Failed to load resource: .* 400")
    with opened(browser, seen, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        page.goto(f"{address}/#{fragment}")
        if state:
            bench(page, state)
            for group in ("Cut", "Turn", "Border", "Look"):
                section(page, group)
        else:
            expect(page.get_by_role("link", name="coffee.png")).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_on_a_phone_the_result_stays_in_sight_while_the_form_is_used(browser: Browser, address: str) -> None:
    seen = Seen(allowed="Failed to load resource: .* 400")
    with opened(browser, seen, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        begin(page, address, "coffee.png/400x300.webp")
        field = section(page, "Look").locator("#field-blur")
        field.tap()
        field.fill("4")
        expect(page.locator("#url")).to_have_value(re.compile("blur4"))
        expect(page.locator("#result > img")).to_be_in_viewport(ratio=0.95)
        box, pane = field.bounding_box(), page.locator("#result-pane").bounding_box()
        assert box is not None
        assert pane is not None
        assert box["y"] > pane["y"] + pane["height"], "the field is not behind the result"
        field.fill("4000")
        bench(page, "wrong")
        expect(page.get_by_role("alert")).to_be_in_viewport(ratio=0.95)


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(r, g, b)` (WCAG 2, 1.4.3)."""
    channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_in_dark(browser: Browser, address: str, scheme: str) -> None:
    seen = Seen(allowed="Failed to load resource: .* 400")
    with opened(browser, seen, color_scheme=scheme) as page:
        begin(page, address, "coffee.png/400x300-nonsense", "wrong")
        pairs = page.evaluate(
            """() => ["#key", "#original-facts", "#back", ".trouble strong", ".trouble span", "#copy-url", ".said",
                      "label[for=field-width]", "input[value=auto] + span", "#spec"].map((selector) => {
                 const element = document.querySelector(selector);
                 let behind = element;
                 while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
                 return [selector, getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
               })"""
        )
        dark = luminance(page.evaluate("() => getComputedStyle(document.body).backgroundColor")) < 0.2
    assert dark == (scheme == "dark")
    for selector, ink, paper in pairs:
        lighter, darker = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, selector


def test_text_is_never_taken_for_markup(page: Page, address: str, seen: Seen) -> None:
    seen.allowed = "TrustedHTML|Failed to load resource: .* 400"
    begin(page, address, f"coffee.png/{quote('<img src=x onerror=alert(1)>', safe='')}", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("<img src=x")
    assert page.locator("#trouble img").count() == 0
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>' } catch (error) { return error.name } }"
    )
    assert refused == "TypeError"
