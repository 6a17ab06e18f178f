"""`@frozen` stands for `@dataclass(frozen=True, slots=True)`, whose classes and values are dear to make.

The standard one compiles seven functions for each class, about 1 ms of CPU: the eighty classes of a server that starts
took 100 ms, a third of its start. And it sets each field of a value through `object.__setattr__`, which takes several
microseconds for a contact, more than all else that an identify call does with it. Ours compiles one function, which
fills a twin that has the same slots and no guard, and then lets it become the value; Python allows that because the two
are laid out alike.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

__all__ = ["frozen"]

T = TypeVar("T")

_MISSING = dataclasses.MISSING


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T], /) -> type[T]: ...


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(*, eq: bool = True, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


def frozen(
    cls: type[T] | None = None, /, *, eq: bool = True, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Return the class as one of frozen, slotted values, which `fields`, `replace` and `asdict` take for a dataclass.

    Args:
        cls: its annotations are the fields, as in a dataclass; a method that it has itself is left alone.
        eq: whether values of equal fields are equal; else a value equals itself alone.
        kw_only: whether fields are given by name only.
    """
    if cls is None:
        return lambda given: _made(given, eq, kw_only)
    return _made(cls, eq, kw_only)


def _made(cls: type[T], eq: bool, kw_only: bool) -> type[T]:
    own = set(vars(cls))
    cls.__doc__ = cls.__doc__ or cls.__name__  # else it would be made of the signature, which takes milliseconds
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    fields = dataclasses.fields(made)
    methods = {"__new__": _constructor(made, fields), "__setattr__": _guard, "__delattr__": _guard}
    methods |= {"__repr__": _shown(fields), "__reduce__": _reduced(fields)}
    compared = [field.name for field in fields if field.compare]
    if eq and compared:
        methods |= _comparison(attrgetter(*compared))
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    result: type[T] = made
    return result


def _constructor(made: Any, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., Any]:
    """Return its `__new__`, which takes what the `__init__` of a dataclass takes."""
    known: dict[str, Any] = {"_MISSING": _MISSING, "_new": object.__new__}
    unguarded = {
        "__slots__": made.__slots__,
        "__setattr__": object.__setattr__,  # where it inherits from a frozen class
        "__orig_bases__": getattr(
            made, "__orig_bases__", made.__bases__
        ),  # without them it cannot inherit from Generic
    }
    known["_Twin"] = type("_Twin", made.__bases__, unguarded)
    words, body = ["_cls"], ["_self = _new(_Twin)"]
    named: list[str] = []
    for field in fields:
        name, word, given = field.name, field.name, field.name
        if field.default is not _MISSING:
            known[f"_default_{name}"] = field.default
            word = f"{name}=_default_{name}"
        elif field.default_factory is not _MISSING:
            known[f"_factory_{name}"] = field.default_factory
            word, given = f"{name}=_MISSING", f"_factory_{name}() if {name} is _MISSING else {name}"
        (named if field.kw_only else words).append(word)
        body.append(f"_self.{name} = {given}")
    if named:
        words += ["*", *named]
    body.append("_self.__class__ = _cls")
    if hasattr(made, "__post_init__"):
        body.append("_self.__post_init__()")
    lines = "\n ".join([*body, "return _self"])
    exec(f"def __new__({', '.join(words)}):\n {lines}", known)  # noqa: S102 - as dataclasses do; names of fields only
    constructor: Callable[..., Any] = known["__new__"]
    constructor.__qualname__ = made.__qualname__  # for its errors
    constructor.__annotations__ = {field.name: field.type for field in fields}
    return constructor


def _comparison(key: attrgetter[Any]) -> dict[str, Callable[..., Any]]:
    def equals(self: object, other: object) -> object:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return key(self) == key(other)

    def hashed(self: object) -> int:
        return hash(key(self))

    return {"__eq__": equals, "__hash__": hashed}


def _shown(fields: tuple[dataclasses.Field[Any], ...]) -> Callable[[object], str]:
    names = [field.name for field in fields if field.repr]

    def shown(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _reduced(fields: tuple[dataclasses.Field[Any], ...]) -> Callable[[object], tuple[Any, ...]]:
    names = [field.name for field in fields]

    def reduced(self: object) -> tuple[Any, ...]:
        return _again, (type(self), {name: getattr(self, name) for name in names})

    return reduced


def _again(cls: type[T], fields: dict[str, Any]) -> T:
    return cls(**fields)


def _guard(_: object, name: str, *_value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")
