"""Sequences of things that are much alike, made one by one as they are asked for: 100,000 of them are few bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, overload

import numpy as np

from yann.shapes import Array

T_co = TypeVar("T_co", covariant=True)


class OneByOne(Sequence[T_co]):
    """A sequence whose things are made as they are asked for; it says how many there are, and makes one."""

    def made(self, at: int) -> T_co:
        """Make the one at a position from 0."""
        raise NotImplementedError

    @overload
    def __getitem__(self, at: int) -> T_co: ...
    @overload
    def __getitem__(self, at: slice) -> list[T_co]: ...
    def __getitem__(self, at: int | slice) -> T_co | list[T_co]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        count = len(self)
        if not -count <= at < count:
            raise IndexError(at)
        return self.made(at if at >= 0 else at + count)

    def __iter__(self) -> Iterator[T_co]:
        return map(self.made, range(len(self)))


class Column(Protocol):
    """One thing of every row."""

    def append(self, value: Any, /) -> None:  # noqa: ANN401 - what a column takes
        """Add a row."""

    def __getitem__(self, row: int, /) -> Any:  # noqa: ANN401 - what was added
        ...


class Shared:
    """Objects of which many are one and the same: a number a row says which."""

    def __init__(self, value: object = None, rows: int = 0) -> None:
        """Begin with so many rows of one and the same."""
        self.different = [value] if rows else []
        """The objects, each once, in the order in which they came."""
        self._number = {id(value): 0} if rows else {}
        self._numbers = array("I", [0]) * rows

    def append(self, value: object, /) -> None:
        """Add a row."""
        number = self._number.setdefault(id(value), len(self.different))
        if number == len(self.different):
            self.different.append(value)
        self._numbers.append(number)

    def __getitem__(self, row: int, /) -> Any:  # noqa: ANN401 - what was added
        return self.different[self._numbers[row]]

    @property
    def numbers(self) -> Array:
        """Give for each row which of the objects it has."""
        return np.frombuffer(self._numbers, dtype=self._numbers.typecode)


class Texts:
    """Strings of bytes, one behind the other."""

    def __init__(self) -> None:
        """Begin with no row."""
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def append(self, value: bytes, /) -> None:
        """Add a row."""
        self._bytes += value
        self._ends.append(len(self._bytes))

    def __getitem__(self, row: int, /) -> bytes:
        return bytes(self._bytes[self._ends[row] : self._ends[row + 1]])


def integers() -> array[int]:
    """Give a column of integers of 64 bits."""
    return array("q")


class Rows(OneByOne[T_co]):
    """Things that are made of a value of each column; the one that was made last is kept, for it is soon asked for again.

    A column that has none of its own takes any object, and no room as long as that is the same in every row.
    """

    def __init__(self, make: Callable[..., T_co], columns: Sequence[Column | None]) -> None:
        """Begin with no row; `make` takes a value of each column."""
        self._make = make
        self._columns = {at: column for at, column in enumerate(columns) if column is not None}
        self._same = [at for at, column in enumerate(columns) if column is None]
        self._first: list[Any] = [None] * len(columns)
        self._rows = 0
        self._last: tuple[int, T_co] | None = None

    def append(self, *values: object) -> None:
        """Add a row by its values."""
        for at, column in self._columns.items():
            column.append(values[at])
        for at in self._same:
            if values[at] is not self._first[at]:
                self._tell_apart(at, values[at])
        self._rows += 1

    def _tell_apart(self, at: int, value: object) -> None:
        if not self._rows:
            self._first[at] = value
            return
        column = self._columns[at] = Shared(self._first[at], self._rows)
        column.append(value)
        self._same = [other for other in self._same if other != at]

    def __len__(self) -> int:
        return self._rows

    def made(self, at: int) -> T_co:
        """Make a row, or give it if it was the last that was made."""
        last = self._last
        if last is None or last[0] != at:
            values = self._first.copy()
            for column_at, column in self._columns.items():
                values[column_at] = column[at]
            self._last = last = at, self._make(*values)
        return last[1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # rows are added, as to a list
