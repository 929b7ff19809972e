"""A watermark comes from the store, and what it is laid over changes with it."""

import pytest

from firstsight.errors import FirstsightError
from tests.service.places import Place, noise, result

MARKS = [bytes(noise(8, 8, bands=4, seed=seed).pngsave_buffer()) for seed in (1, 2)]


def test_a_changed_watermark_makes_new_derivatives_and_no_others(kept_in: Place) -> None:
    kept_in.restart(watermark="brand/mark.png")
    kept_in.sources.store.put("brand/mark.png", MARKS[0])
    first = kept_in.ask("/cat.jpg/mark50south.png")
    plain = kept_in.ask("/cat.jpg/full.png")
    assert first.body != plain.body
    assert result(kept_in.ask("/cat.jpg/mark50south.png")) == "stored"
    unchanged = kept_in.ask("/cat.jpg/mark50south.png", if_none_match=first.headers["ETag"])
    assert unchanged.status == 304
    kept_in.sources.store.put("brand/mark.png", MARKS[1])
    second = kept_in.ask("/cat.jpg/mark50south.png", if_none_match=first.headers["ETag"])
    assert (second.status, result(second)) == (200, "made")
    assert second.body != first.body
    assert second.headers["ETag"] != first.headers["ETag"]
    assert result(kept_in.ask("/cat.jpg/full.png")) == "stored"


def test_a_watermark_is_not_looked_at_where_none_is_wanted(local: Place) -> None:
    local.restart(watermark="brand/missing.png")
    assert local.ask("/cat.jpg/full.png").status == 200
    with pytest.raises(FirstsightError) as caught:
        local.ask("/cat.jpg/mark.png")
    assert caught.value.code == "source-not-found"


def test_without_the_setting_it_is_said_what_is_missing(local: Place) -> None:
    with pytest.raises(FirstsightError) as caught:
        local.ask("/cat.jpg/mark.png")
    assert (caught.value.code, "watermark" in caught.value.remedy) == ("not-applicable", True)


def test_another_watermark_may_be_named_where_the_settings_list_it(kept_in: Place) -> None:
    kept_in.restart(watermark="brand/mark.png", watermarks=("brand/partners/", "sale.png"))
    for key, data in {"brand/mark.png": MARKS[0], "brand/partners/a.png": MARKS[1], "sale.png": MARKS[1]}.items():
        kept_in.sources.store.put(key, data)
    own = kept_in.ask("/cat.jpg/mark100south.png")
    other = kept_in.ask("/cat.jpg/mark100south0x0x0xbrandx2fpartnersx2fax2epng.png")
    again = kept_in.ask("/cat.jpg/mark100south0x0x0xsalex2epng.png")
    named = kept_in.ask("/cat.jpg/mark100south0x0x0xbrandx2fmarkx2epng.png")
    assert own.body == named.body != other.body == again.body
    kept_in.sources.store.put("sale.png", MARKS[0])
    changed = kept_in.ask("/cat.jpg/mark100south0x0x0xsalex2epng.png")
    assert (result(changed), changed.body) == ("made", own.body)
    assert result(kept_in.ask("/cat.jpg/mark100south0x0x0xbrandx2fpartnersx2fax2epng.png")) == "stored"


def test_what_is_not_listed_is_refused_and_not_looked_at(local: Place) -> None:
    local.restart(watermark="brand/mark.png", watermarks=("brand/partners/",))
    local.forget()
    for key in ("cat.jpg", "brand/partners", "brand/other.png", "xbrand/partners/a.png"):
        spelled = key.replace("x", "x78").replace("/", "x2f").replace(".", "x2e")
        with pytest.raises(FirstsightError) as caught:
            local.ask(f"/cat.jpg/mark100south0x0x0x{spelled}.png")
        assert (caught.value.status, "watermarks" in caught.value.remedy) == (403, True)
    assert "get" not in local.sources.calls
