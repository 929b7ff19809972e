"""An animation over a limit is answered with its first frame, and each answer says so: the first one, and all after."""

from dataclasses import replace

from firstsight.errors import StoreFailed
from firstsight.settings import Limits
from tests.service.places import Place, result

FEW = Limits(frames=2)


def test_a_first_frame_is_told_of_when_it_is_made_when_it_is_stored_and_by_another_process(kept_in: Place) -> None:
    kept_in.restart(limits=FEW)
    for path in ("/moving.gif/30x20.webp", "/moving.gif/30x.gif"):
        made, stored = kept_in.ask(path), kept_in.ask(path)
        kept_in.restart()
        elsewhere = kept_in.ask(path)
        assert [result(response) for response in (made, stored, elsewhere)] == ["made", "stored", "stored"]
        for response in (made, stored, elsewhere):
            assert response.headers["Firstsight-Animation"] == "first of 3 frames"


def test_nothing_is_told_of_what_is_whole_or_was_asked_for_so(kept_in: Place) -> None:
    cases = (
        (Limits(), "/moving.gif/30x20.webp"),
        (FEW, "/moving.gif/30x20-frame2.webp"),
        (FEW, "/moving.gif/30x20.jpg"),
        (FEW, "/still.gif/30x20.webp"),
        (FEW, "/cat.jpg/30x20.webp"),
        (FEW, "/moving.gif/info.json"),
    )
    for limits, path in cases:
        kept_in.restart(limits=limits)
        made = kept_in.ask(path)
        kept_in.restart()
        stored = kept_in.ask(path)
        assert (result(made), result(stored)) == ("made", "stored")
        assert "Firstsight-Animation" not in {**made.headers, **stored.headers}, path


def test_a_source_that_cannot_be_read_again_does_not_spoil_a_stored_answer(kept_in: Place) -> None:
    kept_in.restart(limits=replace(FEW, frames=1))
    assert kept_in.ask("/moving.gif/30x20.webp").status == 200
    kept_in.restart()
    kept_in.sources.fails["get"] = StoreFailed("The store could not be read.")
    assert result(kept_in.ask("/moving.gif/30x20.webp")) == "stored"
