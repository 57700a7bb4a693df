"""Parts and the registries that hold them: whatever a config can name is one frozen dataclass in one place."""

from __future__ import annotations

import difflib
from dataclasses import FrozenInstanceError, dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


class _Frozen:
    """What keeps a part as it was made, where its own class adds no setting and so needs no dataclass of its own."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse."""
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse."""
        raise FrozenInstanceError(f"cannot delete field {name!r}")


@dataclass(frozen=True)
class Part(_Frozen):
    """A value that a config can name.

    Its dataclass fields are its settings in YAML, the first line of its docstring is its formula, `str(part)` is its
    label in tables and CSV. Parts are frozen: they compare, hash and pickle. One without settings of its own is a plain class:
    the methods of a dataclass take a quarter of a millisecond to make, at every start, and there are many parts.
    """

    name: ClassVar[str]
    source: ClassVar[str] = ""

    @classmethod
    def formula(cls) -> str:
        """Give the first line of the docstring, which states the part's formula."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def settings(cls) -> Mapping[str, Any]:
        """Give every setting with its default."""
        return _settings(cls)  # type: ignore[arg-type] # mypy takes a class for one of its values

    def label(self, hidden: Collection[str] = ()) -> str:
        """Give the name, and in brackets the settings that differ from their defaults and are not hidden."""
        told = [
            f"{key}={getattr(self, key)}"
            for key, default in self.settings().items()
            if key not in hidden and getattr(self, key) != default
        ]
        return f"{self.name}({', '.join(told)})" if told else self.name

    def spelled_out(self) -> str:
        """Give the name with every setting, default or not."""
        told = ", ".join(f"{key}={getattr(self, key)}" for key in self.settings())
        return f"{self.name}({told})" if told else self.name

    def __str__(self) -> str:
        """Give the label with every setting that differs from its default."""
        return self.label()

    def __hash__(self) -> int:
        """Tell parts without settings apart, which a dataclass would give one hash for all."""
        return hash(type(self))


@cache  # every row of a table has labels in it
def _settings(part: type) -> Mapping[str, Any]:
    return MappingProxyType({field.name: field.default for field in fields(part)})


P = TypeVar("P", bound=Part)


class Registry(Generic[P]):
    """The parts of one kind by name, in the order in which they were added."""

    def __init__(self, kind: str, base: type[P]) -> None:
        """Start empty; `kind` is the word for one of its parts in sentences, `base` the class they share."""
        self.kind = kind
        self.base = base
        self._parts: dict[str, type[P]] = {}

    def add(self, name: str) -> Callable[[type[P]], type[P]]:
        """Register the decorated class under `name`.

        Raises:
            TypeError: if it adds settings and is no dataclass of its own, so that nobody would see them.
            ValueError: if the name is taken.

        """

        def register(part: type[P]) -> type[P]:
            if name in self._parts:
                message = f"two parts of kind {self.kind} are called {name}"
                raise ValueError(message)
            seen = {field.name for field in fields(part)}
            told = (key for key, hint in vars(part).get("__annotations__", {}).items() if "ClassVar" not in str(hint))
            if unseen := [key for key in told if key not in seen]:
                message = f"{part.__name__} has settings ({', '.join(unseen)}): it must be a @dataclass(frozen=True)"
                raise TypeError(message)
            part.name = name
            self._parts[name] = part
            return part

        return register

    def __getitem__(self, name: str) -> type[P]:
        """Give the class called `name`; KeyError if there is none."""
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        """Walk the names."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Count the parts."""
        return len(self._parts)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a part called `name`."""
        return name in self._parts

    def items(self) -> Iterable[tuple[str, type[P]]]:
        """Walk names and classes."""
        return self._parts.items()


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Give the allowed word that `word` is most likely a misspelling of, or None."""
    by_case = {name.casefold(): name for name in allowed}
    close = difflib.get_close_matches(word.casefold(), list(by_case), n=1, cutoff=0.6)
    close = close or [name for name in by_case if len(word) > 1 and name.startswith(word.casefold())]
    return by_case[close[0]] if close else None


def offered(word: str, allowed: Iterable[str]) -> str:
    """End a sentence about a word that is none of the allowed ones: which is meant, if one is, and which there are."""
    allowed = list(allowed)
    close, names = nearest(word, allowed), ", ".join(allowed)
    return f"did you mean {close}? There are {names}" if close else f"there are {names}"
