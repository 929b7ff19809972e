"""Our data classes do what the standard library's do, by whose own classes of the same text they are judged."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from firstsight import records
from firstsight.transform import Colour, Crop, Transform

TEXT = """
@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 3
    seen: dict = field(default_factory=dict, repr=False)

    def __post_init__(self):
        if self.x < 0:
            object.__setattr__(self, "x", 0)

    @property
    def sum(self):
        return self.x + self.y

@dataclass(frozen=True, slots=True)
class Line:
    start: Point
    end: Point

@dataclass(slots=True)
class Counter:
    count: int = 0

@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    name: str
    size: int = 1
"""

DEEDS: list[Callable[[Any], object]] = [
    lambda m: m.Point(1),
    lambda m: m.Point(1, 2, {"a": 1}),
    lambda m: m.Point(y=2, x=1),
    lambda m: m.Point(-5).x,
    lambda m: m.Point(1).sum,
    lambda m: m.Point(1).seen is m.Point(1).seen,
    lambda m: m.Point(),
    lambda m: m.Point(1, 2, {}, 4),
    lambda m: m.Point(1, z=2),
    lambda m: m.Point(1, x=2),
    lambda m: m.Point(1) == m.Point(1),
    lambda m: m.Point(1) == m.Point(2),
    lambda m: m.Point(1) == (1, 3, {}),
    lambda m: {m.Line(1, 2), m.Line(1, 2), m.Line(2, 1)},
    lambda m: hash(m.Point(1)),
    lambda m: setattr(m.Point(1), "x", 2),
    lambda m: delattr(m.Point(1), "x"),
    lambda m: m.replace(m.Point(1), y=9),
    lambda m: m.replace(m.Point(1), z=9),
    lambda m: m.astuple(m.Line(m.Point(1), m.Point(2))),
    lambda m: dataclasses.asdict(m.Line(m.Point(1), m.Point(2))),
    lambda m: dataclasses.astuple(m.Line(m.Point(1), m.Point(2))),
    lambda m: dataclasses.replace(m.Point(1), y=9),
    lambda m: dataclasses.is_dataclass(m.Point),
    lambda m: [(field.name, field.default is dataclasses.MISSING, field.repr) for field in dataclasses.fields(m.Point)],
    lambda m: [field.name for field in m.fields(m.Point)],
    lambda m: [field.name for field in m.fields(m.Point(1))],
    lambda m: m.Point.__match_args__,
    lambda m: m.Point.__slots__,
    lambda m: copy.deepcopy(m.Line(m.Point(1), m.Point(2))),
    lambda m: m.Counter(1) == m.Counter(1),
    lambda m: setattr(m.Counter(1), "count", 2),
    lambda m: hash(m.Counter(1)),
    lambda m: m.Named(name="a"),
    lambda m: m.Named("a"),
]


def made_by(module: Any) -> SimpleNamespace:
    namespace = {name: getattr(module, name) for name in ("dataclass", "field", "fields", "replace", "astuple")}
    exec(compile(TEXT, "text", "exec", dont_inherit=True), namespace)
    return SimpleNamespace(**namespace)


def outcome(deed: Callable[[Any], object], module: Any) -> str:
    try:
        return repr(deed(made_by(module)))
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: inspect.getsource(deed).strip().removeprefix("lambda m: "))
def test_they_do_what_those_of_the_standard_library_do(deed: Callable[[Any], object]) -> None:
    assert outcome(deed, records) == outcome(deed, dataclasses)


def test_one_can_be_sent_to_another_process() -> None:
    transform = Transform(width=300, crop=Crop(0, 0, 10, 10), background=Colour(1, 2, 3))
    assert pickle.loads(pickle.dumps(transform)) == transform
