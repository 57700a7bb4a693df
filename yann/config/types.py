"""How pydantic reads the values of a config: strict scalars, paths beside the config, matrices, and parts by name."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le
from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    StringConstraints,
    Tag,
    TypeAdapter,
)
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from yann.registry import Part, Registry

Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Ge(1)]
Number = Annotated[float, Strict(), AllowInfNan(allow_inf_nan=False)]
MOST_STEPS = 10**9
"""Of a training: with the smallest network there is, two days of them."""
Steps = Annotated[int, Strict(), Ge(0), Le(MOST_STEPS)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Strict()]
NAME = r"^[A-Za-z0-9_](\.?[A-Za-z0-9_-])*\.?$"  # no two dots in a row
NameText = Annotated[str, StringConstraints(strict=True, pattern=NAME, max_length=100)]


class Section(BaseModel):
    """A mapping of the config: known keys only."""

    # defer_build: a command that reads a few keys does not pay for the validators of all
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


class Later:
    """Marks a value whose type is looked up when a config has it, or when its JSON schema is asked for: it is slow to load."""

    def __init__(self, find: Callable[[], Any]) -> None:
        """Keep what gives the annotation."""
        self._adapter = cache(lambda: TypeAdapter(find()))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a value as what is found reads it, with the same mistakes in the same places."""
        return core_schema.with_info_plain_validator_function(
            lambda value, info: self._adapter().validate_python(value, context=info.context)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give the JSON schema of what is found."""
        return handler(self._adapter().core_schema)


MOST_BLOCKS = 1000
"""Blocks of a sweep, or of expected figures, that a person can have meant."""


class AtMost:
    """Marks a list or a mapping of at most so many entries, counted before any is looked at: there may be 100,000 wrong ones."""

    def __init__(self, count: int) -> None:
        """Keep the bound."""
        self.count = count

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Count the entries of what is given."""
        schema: Any = handler(source)
        return core_schema.no_info_before_validator_function(self._counted, {**schema, "max_length": self.count})

    def _counted(self, value: Any) -> Any:
        if isinstance(value, list | dict) and len(value) > self.count:
            told = {"field_type": "List", "max_length": self.count, "actual_length": len(value)}
            raise PydanticKnownError("too_long", told)
        return value


class BesideTheConfig:
    """Marks a path: text, taken from the config's own folder, which the validation context has as `folder`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read text and join it to the folder."""
        text = core_schema.str_schema(strict=True, min_length=1)
        return core_schema.with_info_after_validator_function(
            lambda path, info: Path(info.context["folder"]).absolute() / path, text
        )


def strictly(hint: Any) -> Any:
    """Give the type of a part's setting as a config must spell it: no text for numbers, no numbers for flags."""
    if get_origin(hint) is Annotated:
        base, *bounds = get_args(hint)
        return Annotated[(strictly(base), *bounds)]
    if get_origin(hint) is tuple:
        return tuple[tuple(item if item is ... else strictly(item) for item in get_args(hint))]  # type: ignore[misc]
    return {float: Number, int: Whole, bool: Flag, str: Text, Path: Annotated[Path, BesideTheConfig()]}.get(hint, hint)


class PartOf:
    """Marks a part of one registry: its name, or a mapping with `name` and its settings.

    `extra` are keys that stand among the settings without being the part's own; `build` makes the value from all of them.
    """

    def __init__(
        self, registry: Registry[Any], extra: dict[str, tuple[Any, Any]] | None = None, build: Callable[..., Any] | None = None
    ) -> None:
        """Keep what the schema is made from; `extra` maps a key to its type and default."""
        self.registry = registry
        self.extra = extra or {}
        self.build = build or (lambda part: part)
        self._made: CoreSchema | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Choose the part by its name, check its settings, and make it; what several keys ask for is made once."""
        if self._made is None:
            self._made = self._schema(handler)
        return self._made

    def _schema(self, handler: GetCoreSchemaHandler) -> CoreSchema:
        by_name = core_schema.tagged_union_schema(
            {name: self._settings(name, part, handler) for name, part in self.registry.items()}, discriminator="name"
        )
        alone = [name for name, part in self.registry.items() if dataclasses.MISSING not in part.settings().values()]
        return core_schema.no_info_before_validator_function(
            lambda value: {"name": value} if isinstance(value, str) else value,
            by_name,
            json_schema_input_schema=core_schema.union_schema([core_schema.literal_schema(alone), by_name]),
        )

    def _settings(self, name: str, part: type[Part], handler: GetCoreSchemaHandler) -> CoreSchema:
        hints = get_type_hints(part, include_extras=True) if part.settings() else {}
        fields = {"name": core_schema.typed_dict_field(core_schema.literal_schema([name]), required=True)}
        for field in dataclasses.fields(part):
            schema = handler.generate_schema(strictly(hints[field.name]))
            required = field.default is dataclasses.MISSING
            if not required:
                schema = core_schema.with_default_schema(schema, default=field.default)
            fields[field.name] = core_schema.typed_dict_field(schema, required=required)
        for key, (hint, default) in self.extra.items():
            fields[key] = core_schema.typed_dict_field(
                core_schema.with_default_schema(handler.generate_schema(hint), default=default), required=False
            )

        def make(settings: dict[str, Any]) -> Any:
            own = {key: value for key, value in settings.items() if key != "name" and key not in self.extra}
            return self.build(part(**own), **{key: settings[key] for key in self.extra})

        return core_schema.no_info_after_validator_function(
            make, core_schema.typed_dict_schema(fields, extra_behavior="forbid", cls_name=part.__name__)
        )


def one_or_many(part: PartOf, most: int) -> Any:
    """Give the type of a part, or of a list of so many parts at most."""
    one, many = Annotated[Any, part, Tag("(one)")], Annotated[tuple[Annotated[Any, part], ...], AtMost(most), Tag("(many)")]
    return Annotated[one | many, Discriminator(lambda value: "(many)" if isinstance(value, list | tuple) else "(one)")]


def _even(rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    for number, row in enumerate(rows):
        if not row:
            raise PydanticCustomError("rows", "row {row} of the matrix is empty", {"row": number + 1, "at": number})
        if len(row) != len(rows[0]):
            told = {"row": number + 1, "has": len(row), "first": len(rows[0]), "at": number}
            raise PydanticCustomError(
                "rows", "the rows of a matrix must be equally long: row 1 has {first} numbers, row {row} has {has}", told
            )
    return rows


Vector = Annotated[tuple[Number, ...], Field(min_length=1)]
MatrixRows = Annotated[tuple[tuple[Number, ...], ...], Field(min_length=1), AfterValidator(_even)]


def _irregular(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("regular", "{told}", {"told": sentence})


def _regular(value: list[Any]) -> list[Any]:
    """Check that nested lists have numbers in them and are equally long at every depth."""
    level: list[Any] = [value]
    while level:  # the lists of one depth, wherever they stand
        items = [item for items in level for item in items]
        kinds = {isinstance(item, list) for item in items}
        if not items or len(kinds) > 1 or len({len(items) for items in level}) > 1:
            raise _irregular("lists within a list must be equally long, and none of them empty")
        level = items if kinds == {True} else []
        for item in items if not level else ():
            if isinstance(item, bool) or not isinstance(item, int | float) or not abs(item) <= sys.float_info.max:
                raise _irregular("has an entry that is no finite number")
    return value


Numbers = Annotated[list[Any], AfterValidator(_regular)]
"""An array of any number of axes, as nested lists."""
NumberOrNumbers = Annotated[
    Annotated[Number, Tag("(number)")] | Annotated[Numbers, Tag("(array)")],
    Discriminator(lambda value: "(array)" if isinstance(value, list | tuple) else "(number)"),
]
