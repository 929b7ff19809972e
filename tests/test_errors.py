"""Every error has what a runtime, a log and the reference page need, and the tree at the top of errors.py is true."""

import inspect
import pickle
import re
import traceback
from collections.abc import Iterator

import pytest

from firstsight import errors
from firstsight.errors import BadSettings, BadToken, FirstsightError, InternalError, StoreFailed

ALL = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, FirstsightError)]
#: What is raised; the others only group.
LEAVES = [found for found in ALL if not any(found in other.__bases__ for other in ALL)]


def drawn() -> Iterator[tuple[int, str, int | None, str]]:
    """Each line of the tree in the module's docstring: depth, class, status if it has one, code if it has one."""
    for line in (errors.__doc__ or "").splitlines():
        found = re.fullmatch(r"    ([│├└─ ]*)([A-Z]\w+)(?: +(\d{3}))?(?: +([a-z-]+))?", line)
        if found:
            branch, name, status, code = found.groups()
            yield len(branch) // 4, name, int(status) if status else None, code or ""


def test_the_tree_in_the_docstring_shows_every_class_below_its_base_with_its_status_and_code() -> None:
    path: list[tuple[str, int | None]] = []
    seen = []
    for depth, name, status, code in drawn():
        path = path[:depth]
        kind = getattr(errors, name)
        assert [base.__name__ for base in kind.__bases__] == [path[-1][0] if path else "Exception"], name
        inherited = next((s for _, s in reversed(path) if s is not None), None)
        if kind in LEAVES:
            assert (name, kind.status, kind.code) == (name, status or inherited, code)
        path.append((name, status))
        seen.append(kind)
    assert sorted(seen, key=lambda kind: kind.__name__) == ALL


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_that_is_raised_says_what_it_means_and_what_to_do(kind: type[FirstsightError]) -> None:
    for member in ("code", "title"):
        assert member in vars(kind) or kind is InternalError, f"{kind.__name__} inherits its {member}"
    assert inspect.getdoc(kind)
    assert kind.remedy.endswith(".")
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)


def test_codes_and_titles_are_unique() -> None:
    assert len({kind.code for kind in LEAVES}) == len({kind.title for kind in LEAVES}) == len(LEAVES)


@pytest.mark.parametrize("kind", ALL)
def test_a_failure_of_ours_is_never_kept_by_a_cache_and_a_mistake_of_theirs_not_for_long(
    kind: type[FirstsightError],
) -> None:
    if kind.status >= 500:
        assert kind.max_age is None
    else:
        assert kind.max_age is not None
        assert 0 < kind.max_age <= 60


def test_an_error_gives_the_remedy_of_its_class_unless_it_knows_better() -> None:
    assert StoreFailed("It failed.").remedy == "Ask again in a moment; the log says what the store answered."
    assert StoreFailed("It failed.", remedy="Turn it on.").remedy == "Turn it on."


def test_a_problem_shows_message_and_remedy_but_never_what_is_for_the_log() -> None:
    error = StoreFailed("It failed.", remedy="Turn it on.", log="s3://secret-place said 418")
    assert error.problem() == {
        "type": "urn:firstsight:error:store-failed",
        "title": "Store failed",
        "status": 502,
        "code": "store-failed",
        "detail": "It failed.",
        "remedy": "Turn it on.",
    }
    assert "secret-place" not in str(error)
    assert "secret-place" not in repr(error)
    assert "secret-place" not in "".join(traceback.format_exception(error))


def test_a_bad_token_keeps_the_token_and_what_was_expected_apart_and_says_both() -> None:
    error = BadToken("2000xx", "a size", remedy="Write 2000x.")
    assert (error.token, error.expected, str(error)) == ("2000xx", "a size", "Expected a size but got '2000xx'.")


def test_a_very_long_token_is_shown_in_part() -> None:
    error = BadToken("a" * 5000, "a known token")
    assert str(error) == f"Expected a known token but got '{'a' * 37}...'."
    assert error.token == "a" * 5000


@pytest.mark.parametrize("error", [BadToken("q0", "'q' with a number"), BadSettings("No.", remedy="Yes.", log="l")])
def test_an_error_crosses_from_one_process_to_another_as_it_is(error: FirstsightError) -> None:
    there = pickle.loads(pickle.dumps(error))
    assert (type(there), vars(there)) == (type(error), vars(error))
