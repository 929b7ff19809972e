"""The public names: changing this list is changing what users may rely on."""

import inspect

import firstsight

NAMES = [
    *("Anchor", "Colour", "Crop", "Fit", "Focus", "Format", "Sides", "Transform"),
    *("Limits", "Settings", "load_settings"),
    *("Request", "Response", "Service", "open_service"),
    *("Rendered", "info", "render", "render_many"),
    "FirstsightError",
]


def test_the_public_names_are_these_and_all_there() -> None:
    assert sorted(firstsight.__all__) == sorted(NAMES)
    assert all(hasattr(firstsight, name) for name in NAMES)
    assert firstsight.__version__.count(".") == 2


def test_every_public_name_is_explained() -> None:
    assert [name for name in NAMES if not inspect.getdoc(getattr(firstsight, name))] == []


def test_what_the_signature_of_render_asks_for_can_be_had_by_public_names() -> None:
    parameters = inspect.signature(firstsight.render).parameters.values()
    named = {
        word for parameter in parameters for word in str(parameter.annotation).split(" | ") if "firstsight." in word
    }
    for word in named:
        name = word.rpartition(".")[2].strip("'>]")
        assert name in NAMES, word
