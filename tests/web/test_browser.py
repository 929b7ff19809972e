"""The page in a real Chromium, against the server on loopback: what a person sees and does."""

import contextlib
import re
import shutil
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
import pyvips
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect, sync_playwright

from firstsight.runtimes.asgi import create_app
from firstsight.settings import from_dict

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TIMES = "\u00d7"
ODD = "with spaces & more/ä+100%.png"


@contextlib.contextmanager
def serving(source: Path, made: Path) -> Iterator[str]:
    """Serve a folder in a thread; the address, without a slash at its end."""
    presets = {"thumb": "200x100-q50"}
    settings = {"source": str(source), "derivatives": str(made), "access": "open", "presets": presets}
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(from_dict(settings)), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def address(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("store") / "photos"
    shutil.copytree(photos, folder)
    (folder / ODD).parent.mkdir()
    shutil.copy(photos / "chelsea.png", folder / ODD)
    with serving(folder, tmp_path_factory.mktemp("made")) as running:
        yield running


@pytest.fixture(scope="module")
def spoilt(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a store of which one image is none."""
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copy(photos / "coffee.png", folder)
    (folder / "words.jpg").write_text("This is no photograph.")
    with serving(folder, tmp_path_factory.mktemp("made")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(require_tool: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=require_tool("chromium"), args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@dataclass
class Seen:
    """What a page did while a test ran."""

    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    #: What the test itself provokes, as a regular expression.
    allowed: str = "(?!)"

    def saw(self, request: Request) -> None:
        self.requests.append(request)

    def results(self) -> list[str]:
        """The paths of the images that were fetched as results."""
        paths = (urlsplit(request.url).path for request in self.requests if request.resource_type == "fetch")
        return [path for path in paths if not path.endswith(".json")]


@contextlib.contextmanager
def opened(browser: Browser, seen: Seen, **options: object) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, **options})  # type: ignore[arg-type]  # options by name
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("console", lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", seen.saw)
    try:
        yield page
    finally:
        context.close()
    assert [text for text in seen.complaints if not re.search(seen.allowed, text)] == []
    hosts = {urlsplit(r.url).hostname for r in seen.requests if not r.url.startswith("blob:http://127.0.0.1:")}
    assert hosts == {"127.0.0.1"}


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def page(browser: Browser, seen: Seen) -> Iterator[Page]:
    with opened(browser, seen) as desktop:
        yield desktop


def bench(page: Page, state: str = "shown") -> Locator:
    """The bench, once it is in a state."""
    found = page.locator("#bench")
    expect(found).to_have_attribute("data-state", state, timeout=15_000)
    return found


def begin(page: Page, address: str, fragment: str, state: str = "shown") -> None:
    page.goto(f"{address}/#{fragment}")
    bench(page, state)


def original_of(page: Page) -> Locator:
    """The original, once it is there to be clicked on."""
    expect(page.locator("#original img")).not_to_have_js_property("naturalWidth", 0)
    return page.locator("#original")


def type_spec(page: Page, spec: str, state: str = "shown") -> None:
    page.locator("#spec").fill(spec)
    expect(page).to_have_url(re.compile(re.escape(quote(spec, safe="")) + "$"))
    bench(page, state)


def section(page: Page, name: str) -> Locator:
    """A section of the form, open."""
    found = page.locator("#form details").filter(has=page.locator("summary", has_text=name))
    found.evaluate("element => (element.open = true)")
    return found


def spec_of(page: Page) -> str:
    return page.locator("#spec").input_value()


def shown_size(page: Page) -> tuple[int, int]:
    """The pixels of the image that is shown as the result."""
    bench(page)
    width, height = page.locator("#result > img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    return width, height


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of a text, with their attributes."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(html)
    return found


def fetched(address: str) -> pyvips.Image:
    """What the server answers to another client, decoded."""
    with urllib.request.urlopen(address, timeout=15) as answer:
        return pyvips.Image.new_from_buffer(answer.read(), "")


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
