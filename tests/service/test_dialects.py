"""URLs of other image servers: answered as they are, made once, refused without a signature, gone with their source."""

import base64
import json

import pytest

from firstsight.errors import FirstsightError
from firstsight.grammars.dit import sign as sign_dit
from firstsight.grammars.imgproxy import sign as sign_imgproxy
from firstsight.grammars.thumbor import sign as sign_thumbor
from firstsight.http import Request, Response
from firstsight.records import replace
from firstsight.service import Made, Making
from firstsight.settings import Aws, GrammarName, Topology
from firstsight.settings.dialects import Dialects
from tests.service.places import OTHER_JPEG, Place, presets, result, size

ALL = tuple(GrammarName)
KEYED = Dialects(
    thumbor_oriented=True,
    thumbor_keys=("MY_SECURE_KEY",),
    imgproxy_keys=((b"secret", b"hello"),),
    dit_keys=("secret",),
    sources=(("https://img.example.com/", ""),),
)


def ask(place: Place, path: str, query: str = "", **headers: str) -> Response:
    return place.service.handle(Request(path, headers=headers, query=query))


def base64_of(**request: object) -> str:
    return base64.b64encode(json.dumps(request).encode()).decode()


#: The same derivative in every dialect that can spell it.
ALIKE = [
    ("/cat.jpg/30x20-enlarge.jpg", ""),
    ("/unsafe/30x20/cat.jpg", ""),
    ("/unsafe/30x20/https://img.example.com/cat.jpg", ""),
    ("/_/rs:fill:30:20:1/plain/cat.jpg", ""),
    ("/_/rs:fill:30:20:1/plain/https://img.example.com/cat.jpg", ""),
    ("/_/rs:fill:30:20:1/Y2F0LmpwZw", ""),
    (f"/{base64_of(key='cat.jpg', edits={'resize': {'width': 30, 'height': 20}})}", ""),
    ("/30x20/cat.jpg", ""),
    ("/cat.jpg", "width=30&height=20&flip=0"),
]


def test_dialects_are_other_spellings_of_one_derivative(kept_in: Place) -> None:
    kept_in.restart(grammars=ALL, dialects=KEYED)
    bodies = []
    for index, (path, query) in enumerate(ALIKE):
        response = ask(kept_in, path, query)
        assert response.status == 200
        assert result(response) == ("stored" if index else "made")
        bodies.append(response.body)
    assert size(ask(kept_in, *ALIKE[0])) == (30, 20)
    assert len(set(bodies)) == 1
    assert len(kept_in.kept()) == 1
    assert kept_in.kept()[0].startswith("cat.jpg/30x20-enlarge.jpg")


def test_a_source_that_changes_changes_what_a_dialect_answers(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED)
    before = ask(local, "/unsafe/30x20/cat.jpg")
    assert ask(local, "/unsafe/30x20/cat.jpg", **{"if-none-match": before.headers["ETag"]}).status == 304
    local.sources.store.put("cat.jpg", OTHER_JPEG)
    after = ask(local, "/unsafe/30x20/cat.jpg")
    assert (result(after), after.body != before.body) == ("made", True)


def test_a_runtime_that_is_asked_only_for_what_is_missing_answers_dialects_too(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED)
    made = local.service.first(Request("/_/w:30/plain/cat.jpg"))
    assert not isinstance(made, Response)
    assert made.keep().status == 200
    assert local.kept()[0].startswith("cat.jpg/30x.jpg")


def test_the_key_of_another_server_lets_its_urls_pass_and_no_others(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED, access="signed")
    thumbor = sign_thumbor("30x20/cat.jpg", "MY_SECURE_KEY", local.settings)
    imgproxy = sign_imgproxy("/w:30/plain/cat.jpg", b"secret", b"hello")
    dit = sign_dit("/cat.jpg", {"width": "30"}, "secret")
    passing = [
        (f"/{thumbor}/30x20/cat.jpg", ""),
        (f"/{imgproxy}/w:30/plain/cat.jpg", ""),
        ("/cat.jpg", f"width=30&signature={dit}"),
    ]
    for path, query in passing:
        assert ask(local, path, query).status == 200
    refused = [
        (f"/{thumbor}/31x20/cat.jpg", ""),
        ("/unsafe/30x20/cat.jpg", ""),
        (f"/{imgproxy}/w:31/plain/cat.jpg", ""),
        ("/unsafe/w:30/plain/cat.jpg", ""),
        ("/cat.jpg", f"width=31&signature={dit}"),
        ("/cat.jpg", "width=30"),
        (f"/{imgproxy}/exp:1000/w:30/plain/cat.jpg", ""),
    ]
    for path, query in refused:
        with pytest.raises(FirstsightError) as caught:
            ask(local, path, query)
        assert caught.value.status == 403


def test_a_wrong_signature_is_noticed_even_where_anybody_may_ask(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED)
    for path in (f"/{'A' * 27}=/30x20/cat.jpg", "/AAAA/w:30/plain/cat.jpg"):
        with pytest.raises(FirstsightError) as caught:
            ask(local, path)
        assert caught.value.code == "bad-signature"
    with pytest.raises(FirstsightError) as caught:
        ask(local, "/_/exp:1000/w:30/plain/cat.jpg")
    assert caught.value.code == "signature-expired"


def test_a_preset_may_be_asked_for_in_a_dialect(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED, access="presets", presets=presets(thumb="20x20"))
    assert size(ask(local, "/_/pr:thumb/plain/cat.jpg")) == (20, 20)
    with pytest.raises(FirstsightError) as caught:
        ask(local, "/_/pr:thumb/q:3/plain/cat.jpg")
    assert caught.value.code == "not-allowed"


def test_the_sample_of_image_optimization_finds_what_is_stored_under_its_key(local: Place) -> None:
    local.restart(grammars=(GrammarName.IMAGE_OPTIMIZATION, GrammarName.NATIVE))
    asked = ask(local, "/cat.jpg", "format=webp&width=30")
    assert local.kept()[0].startswith("cat.jpg/format=webp,width=30/")
    stored = ask(local, "/cat.jpg/format=webp,width=30")
    assert (result(stored), stored.body) == ("stored", asked.body)
    moved = ask(local, "/cat.jpg/width=30,format=webp")
    assert (moved.status, moved.headers["Location"]) == (308, "/cat.jpg/format=webp,width=30")


def test_auto_of_image_optimization_is_stored_once_for_each_format(local: Place) -> None:
    local.restart(grammars=(GrammarName.IMAGE_OPTIMIZATION, GrammarName.NATIVE))
    webp = ask(local, "/cat.jpg", "format=auto&width=30", accept="image/webp")
    jpeg = ask(local, "/cat.jpg", "format=auto&width=30")
    assert (webp.headers["Content-Type"], jpeg.headers["Content-Type"]) == ("image/webp", "image/jpeg")
    assert webp.headers["Vary"] == "Accept"
    assert [key.rpartition("/")[0] for key in local.kept()] == [
        "cat.jpg/format=jpeg,width=30",
        "cat.jpg/format=webp,width=30",
    ]


@pytest.mark.parametrize(
    "path",
    ["/unsafe/a/../b.jpg", "/unsafe//a//b.jpg", "/_/plain/..%2Fa.jpg", "/_/plain/a%00b.jpg", "/unsafe/" + "a" * 3000],
)
def test_no_dialect_names_a_key_that_no_store_could_hold(local: Place, path: str) -> None:
    local.restart(grammars=ALL, dialects=KEYED)
    local.forget()
    with pytest.raises(FirstsightError) as caught:
        ask(local, path)
    assert caught.value.status == 400
    assert local.sources.calls == []


def test_without_its_grammar_a_dialect_is_not_understood(local: Place) -> None:
    for path in ("/unsafe/30x20/cat.jpg", "/_/w:30/plain/cat.jpg"):
        with pytest.raises(FirstsightError):
            ask(local, path)


def test_a_source_as_it_is_is_for_who_may_ask_for_anything_and_stays_byte_for_byte(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED, presets=presets(thumb="20x20"))
    for path in ("/_/raw:1/plain/cat.jpg", "/unsafe/filters:raw()/cat.jpg", "/_/skp:jpg/w:9/plain/cat.jpg"):
        response = ask(local, path)
        assert (result(response), response.body) == ("untouched", local.sources.store.get("cat.jpg").read())
    assert result(ask(local, "/_/skp:jpg/w:9/plain/cat.jpg@png")) == "made"
    local.restart(access="presets")
    for path in ("/_/raw:1/plain/cat.jpg", "/_/pr:thumb/raw:1/plain/cat.jpg", "/_/pr:thumb/skp:jpg/plain/cat.jpg"):
        with pytest.raises(FirstsightError) as caught:
            ask(local, path)
        assert caught.value.status == 403


def test_a_name_to_save_it_under_is_of_the_answer_and_not_of_the_derivative(kept_in: Place) -> None:
    kept_in.restart(grammars=ALL, dialects=KEYED)
    saved = ask(kept_in, "/_/w:30/att:1/fn:kitten/plain/cat.jpg")
    assert saved.headers["Content-Disposition"] == "attachment; filename*=UTF-8''kitten.jpg"
    shown = ask(kept_in, "/_/w:30/plain/cat.jpg")
    assert (result(shown), shown.body) == ("stored", saved.body)
    assert "Content-Disposition" not in shown.headers
    again = ask(kept_in, "/_/w:30/att:1/plain/cat.jpg")
    assert (result(again), again.headers["Content-Disposition"]) == ("stored", "attachment; filename*=UTF-8''cat.jpg")
    raw = ask(kept_in, "/_/raw:1/att:1/plain/cat.jpg")
    assert raw.headers["Content-Disposition"] == "attachment; filename*=UTF-8''cat.jpg"


def test_one_making_answers_those_alone_who_save_it_under_the_same_name(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED)
    paths = (
        "/_/w:30/plain/cat.jpg",
        "/_/w:30/att:1/plain/cat.jpg",
        "/_/w:30/att:1/fn:cat/plain/cat.jpg",
        "/cat.jpg/30x.jpg",
    )
    found = [local.service.lookup(Request(path)) for path in paths]
    plain, saved, named, native = (making.identity for making in found if isinstance(making, Making))
    assert plain == native != saved == named


def test_what_is_passed_over_makes_the_same_derivative(local: Place) -> None:
    local.restart(grammars=ALL, dialects=KEYED)
    for path, query in LEFT_OUT:
        with pytest.raises(FirstsightError) as caught:
            ask(local, path, query)
        assert caught.value.code == "bad-token"
    local.restart(dialects=replace(KEYED, lenient=True))
    for path, query in LEFT_OUT:
        assert size(ask(local, path, query)) == (30, 20)
    assert len(local.kept()) == 1


#: A word in each dialect that nothing here means, beside a size.
LEFT_OUT = [
    ("/unsafe/30x20/filters:equalize()/cat.jpg", ""),
    ("/_/rs:fill:30:20:1/msr:5/plain/cat.jpg", ""),
    ("/30x20/filters:nosuch(1)/cat.jpg", "flip=0"),
    (f"/{base64_of(key='cat.jpg', edits={'resize': {'width': 30, 'height': 20}, 'median': 3})}", ""),
]


@pytest.mark.parametrize(
    ("path", "query", "key"),
    [
        ("/unsafe/30x20/cat.jpg", "", "cat.jpg/30x20-enlarge.jpg"),
        ("/_/rs:fill:30:20:1/plain/cat.jpg", "", "cat.jpg/30x20-enlarge.jpg"),
        ("/fit-in/30x0/cat.jpg", "", "cat.jpg/30x-enlarge.jpg"),
        ("/cat.jpg", "format=webp&width=30", "cat.jpg/30x-enlarge.webp"),
    ],
)
def test_on_a_website_a_dialect_is_stored_under_the_native_key_and_found_there_again(
    local: Place, path: str, query: str, key: str
) -> None:
    grammars = tuple(name for name in ALL if name is not GrammarName.IMAGE_OPTIMIZATION)
    local.restart(grammars=grammars, dialects=KEYED, aws=Aws(topology=Topology.WEBSITE, public_url="http://site"))
    made = local.service.first(Request(path, query=query, headers={"accept": "image/avif,image/webp"}))
    assert isinstance(made, Made)
    assert made.key == key
    made.keep()
    again = local.service.first(Request(path, query=query))
    assert isinstance(again, Response)
    assert (again.status, result(again)) == (200, "stored")
    assert again.body == local.service.handle(Request(f"/{key}")).body
