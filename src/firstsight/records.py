"""
Data classes that cost nothing to define.

The standard library writes the methods of a data class as text and compiles it while the module is loaded, and loads
`inspect` for that. For the classes on the way to a first image this is a fifth of a cold start. Here the same methods
are closures over the names of the fields, for a microsecond more at each construction.

`dataclass`, `field`, `fields`, `replace` and `astuple` mean what they mean in `dataclasses`, of which the type checker
takes them for; so do that module's own functions for these classes. All of them have slots.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import astuple, dataclass, field, fields, replace
else:
    from operator import attrgetter, itemgetter

    class Field:
        """One field: its name, its default or what makes one, and whether it is shown."""

        __slots__ = ("default", "default_factory", "name", "repr")

        def __init__(self, default, default_factory, repr):
            self.name, self.default, self.default_factory, self.repr = "", default, default_factory, repr

    #: What stands for a default that is not there.
    MISSING = object()

    def field(*, default=MISSING, default_factory=MISSING, repr=True):
        """Describe a field by more than its default."""
        return Field(default, default_factory, repr)

    def dataclass(*, frozen=False, slots, kw_only=False):
        """Make a class of named values, with slots."""
        return lambda cls: _made(cls, frozen, kw_only)

    def fields(record):
        """Give the fields of a class or of one of its objects."""
        return tuple(record._fields.values())

    def replace(record, /, **changes):
        """Give a copy with other values."""
        return type(record)(**dict(zip(record._fields, record._given(record), strict=True)) | changes)

    def astuple(record):
        """Give the values, and those of data classes among them, as tuples."""
        return record._values()

    def _made(cls, frozen, kw_only):
        described = {name: _field(cls, name) for name in cls.__annotations__}
        names, count = tuple(described), len(described)
        own = {name: value for name, value in vars(cls).items() if name not in (*names, "__dict__", "__weakref__")}
        post_init = own.get("__post_init__")

        def init(self, *args, **given):
            if not args and given.keys() == described.keys():
                args = in_order(given)
            elif given or len(args) != count:
                args = _complete(cls, described, () if kw_only else args, given)
            for put, value in zip(slots, args, strict=True):
                put(self, value)
            if post_init is not None:
                post_init(self)

        def equals(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def hashed(self):
            return hash(values(self))

        def shown(self):
            parts = (f"{name}={getattr(self, name)!r}" for name in names if described[name].repr)
            return f"{self.__class__.__qualname__}({', '.join(parts)})"

        def reduced(self):
            return _again, (self.__class__, values(self))

        methods = {"__init__": init, "__eq__": equals, "__repr__": shown, "__reduce__": reduced}
        unchanging = {"__hash__": hashed, "__setattr__": _refuse, "__delattr__": _refuse}
        methods |= unchanging if frozen else {"__hash__": None}
        told = {"__slots__": names, "__match_args__": names, "__replace__": replace, "_fields": described}
        told["__dataclass_fields__"] = _Standard()
        made = type(cls)(cls.__name__, cls.__bases__, methods | own | told)
        slots = [getattr(made, name).__set__ for name in names]
        values = attrgetter(*names) if count > 1 else lambda self: tuple(getattr(self, name) for name in names)
        in_order = itemgetter(*names) if count > 1 else lambda given: tuple(given[name] for name in names)
        made._given = staticmethod(values)
        made._values = lambda self: tuple(map(_as_tuple, values(self)))
        return made

    def _field(cls, name):
        default = vars(cls).get(name, MISSING)
        found = default if isinstance(default, Field) else Field(default, MISSING, True)
        found.name = name
        return found

    def _complete(cls, described, args, given):
        names = iter(described.values())
        complete = list(args)
        for _ in complete:
            if next(names, None) is None:
                raise TypeError(f"{cls.__qualname__} takes {len(described)} values at most, but got {len(args)}")
        for each in names:
            if each.name in given:
                complete.append(given.pop(each.name))
            elif each.default is not MISSING:
                complete.append(each.default)
            elif each.default_factory is not MISSING:
                complete.append(each.default_factory())
            else:
                raise TypeError(f"{cls.__qualname__} lacks a value for {each.name!r}")
        if given:
            raise TypeError(f"{cls.__qualname__} has no room for {', '.join(map(repr, given))}")
        return complete

    def _refuse(self, name, *value):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _as_tuple(value):
        return value._values() if hasattr(type(value), "__dataclass_fields__") else value

    def _again(cls, values):
        made = cls.__new__(cls)
        for name, value in zip(cls._fields, values, strict=True):
            getattr(cls, name).__set__(made, value)
        return made

    class _Standard:
        """What the functions of `dataclasses` look for in a class, made when they do."""

        def __get__(self, record, cls):
            import dataclasses

            parts = []
            for each in cls._fields.values():
                given = {name: getattr(each, name) for name in ("default", "default_factory")}
                known = {name: value for name, value in given.items() if value is not MISSING}
                parts.append((each.name, cls.__annotations__[each.name], dataclasses.field(repr=each.repr, **known)))
            standard = dataclasses.make_dataclass(cls.__name__, parts, kw_only=True)
            cls.__dataclass_fields__ = standard.__dataclass_fields__
            return cls.__dataclass_fields__


__all__ = ["astuple", "dataclass", "field", "fields", "replace"]
