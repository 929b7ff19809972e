"""The page over HTTP: what there is, how it may be kept, and what it may not do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from firstsight import web
from firstsight.runtimes.asgi import create_app
from firstsight.settings import from_dict
from firstsight.web.sources import Sources

FILES = Path(web.__file__).parent


def client_of(photos: Path, made: Path, access: str) -> TestClient:
    settings = from_dict({"source": str(photos), "derivatives": str(made), "access": access})
    return TestClient(create_app(settings), raise_server_exceptions=False)


@pytest.fixture
def client(photos: Path, tmp_path: Path) -> Iterator[TestClient]:
    with client_of(photos, tmp_path, "open") as running:
        yield running


def policy(header: str) -> dict[str, str]:
    return {part.split()[0]: part.strip().partition(" ")[2] for part in header.split(";")}


def test_the_page_loads_nothing_but_what_this_server_has(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    asked = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert asked
    for address in asked:
        assert client.get(address).status_code == 200, address
    for file in (*FILES.glob("*.js"), *FILES.glob("*.css"), *FILES.glob("*.html")):
        assert re.findall(r"https?:|//[a-z]+\.|url\(", re.sub(r"//.*? |http://www.w3.org", "", file.read_text())) == []


def test_every_module_that_a_module_imports_is_served_as_javascript(client: TestClient) -> None:
    for file in FILES.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', file.read_text()):
            answer = client.get(f"/-/{name}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")


@pytest.mark.parametrize(
    "path", ["/", "/-/main.js", "/-/page.css", "/-/tokens.json", "/-/sources.json", "/favicon.ico"]
)
def test_every_answer_forbids_what_the_page_does_not_need_and_can_be_asked_for_again_cheaply(
    client: TestClient, path: str
) -> None:
    answer = client.get(path)
    rules = policy(answer.headers["content-security-policy"])
    assert rules["default-src"] == "'none'"
    assert {rules["script-src"], rules["style-src"], rules["connect-src"]} == {"'self'"}
    assert rules["img-src"] == "'self' blob:"
    assert {rules["frame-ancestors"], rules["base-uri"], rules["form-action"]} == {"'none'"}
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == answer.content


def test_head_gives_the_headers_of_get_without_the_body(client: TestClient) -> None:
    whole, head = client.get("/-/main.js"), client.head("/-/main.js")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert dict(head.headers) == dict(whole.headers)


def test_the_icon_is_a_drawing(client: TestClient) -> None:
    icon = client.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(icon.text).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_images_are_listed_with_their_sizes(client: TestClient, photos: Path) -> None:
    told = client.get("/-/sources.json?limit=2").json()
    names = sorted(path.name for path in photos.iterdir() if path.suffix in (".png", ".jpg"))
    assert told["images"] == [{"key": name, "bytes": (photos / name).stat().st_size} for name in names[:2]]
    assert (told["store"], told["total"], told["next"]) == ("photos", len(names), names[1])
    rest = client.get("/-/sources.json", params={"after": told["next"]}).json()
    assert [image["key"] for image in rest["images"]] == names[2:]
    assert rest["next"] is None
    assert [image["key"] for image in client.get("/-/sources.json?find=FF").json()["images"]] == ["coffee.png"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/-/nothing.js", 404, "no-such-page"),
        ("GET", "/-/", 404, "no-such-page"),
        ("GET", "/-/page.html", 404, "no-such-page"),
        ("GET", "/-/__init__.py", 404, "no-such-page"),
        ("GET", "/-/%2e%2e/errors.py", 404, "no-such-page"),
        ("GET", "/-/sources.json?limit=many", 400, "bad-request"),
        ("POST", "/", 405, "method-not-allowed"),
        ("DELETE", "/-/sources.json", 405, "method-not-allowed"),
    ],
)
def test_what_is_wrong_is_told_as_problem_details(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, client.base_url.copy_with(raw_path=path.encode()))  # as it stands, not tidied up
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["detail"].endswith(".")


def test_a_bug_is_a_problem_that_tells_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(self: Sources, query: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Sources, "page", bug)
    answer = client.get("/-/sources.json")
    assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
    assert json.loads(answer.text)["code"] == "internal-error"
    assert "secret" not in answer.text


@pytest.mark.parametrize("access", ["presets", "signed"])
@pytest.mark.parametrize("path", ["/", "/-/tokens.json", "/-/sources.json", "/-/main.js", "/favicon.ico"])
def test_a_server_that_is_not_open_to_everything_has_no_page(
    photos: Path, tmp_path: Path, access: str, path: str
) -> None:
    with client_of(photos, tmp_path, access) as client:
        assert client.get(path).status_code in (400, 403, 404)
