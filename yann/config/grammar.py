"""The grammar of a config: every key, its type, its default and what it means. The JSON Schema is written from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from yann.config.grammar_sweep import SweepBlock
from yann.config.types import (
    MOST_BLOCKS,
    AtMost,
    Count,
    Flag,
    Later,
    MatrixRows,
    NameText,
    Number,
    PartOf,
    Section,
    Steps,
    Text,
    Vector,
    Whole,
    one_or_many,
)
from yann.engine.objective import Objective
from yann.parts.activations import ACTIVATIONS, Activation, Identity, Tanh
from yann.parts.datasets import DATASETS, Dataset
from yann.parts.generators import GENERATORS, Generator, NormalData
from yann.parts.initializers import INITIALIZERS, Initializer
from yann.parts.losses import LOSSES, SquaredError
from yann.parts.optimizers import OPTIMIZERS, SGD, Optimizer
from yann.parts.reductions import REDUCTIONS, Mean, Reduction
from yann.study.metrics import METRICS, Metric

MOST_LAYERS = 10_000
"""Of a network: more than anybody has meant, and each takes its time whatever its width."""
MAX_SEED = 2**63 - 1
Name = Annotated[
    NameText,
    BeforeValidator(lambda value: str(value) if type(value) in (int, float) else value, json_schema_input_type=NameText | float),
]


CountOrMiddle = Annotated[
    Annotated[Count, Tag("(number)")] | Annotated[Literal["middle"], Tag("(word)")],
    Discriminator(lambda value: "(word)" if isinstance(value, str) else "(number)"),
]


ACTIVATION, INIT, GENERATOR = PartOf(ACTIVATIONS), PartOf(INITIALIZERS), PartOf(GENERATORS)


def _expected() -> Any:
    from yann.config.grammar_expect import Expected

    return Expected


class OneUnit(Section):
    """Scale one unit; layers and units are counted from 1, middle is ⌈n/2⌉."""

    layer: CountOrMiddle = Field(description="a layer 1 … L, or middle, ⌈L/2⌉")
    unit: CountOrMiddle = Field(description="a unit of that layer, counted from 1, or middle, ⌈f_l/2⌉")
    factor: Number = Field(0.0, description="what its output is multiplied by; 0 makes it dead")


def _kind_of_scale(value: Any) -> str:
    if isinstance(value, int | float):
        return "(number)"
    return "(vectors)" if isinstance(value, list | tuple) else "(unit)"


def _kind_of_bias(value: Any) -> str:
    return "(flag)" if isinstance(value, bool) else "(init)"


class NetworkSection(Section):
    """The network: its widths, its activations, its first weights."""

    inputs: Count | None = Field(None, description="f_0; default: the data's, else width")
    depth: Annotated[Count, Field(le=MOST_LAYERS)] | None = Field(None, description="L, the number of weight layers")
    width: Count | None = Field(None, description="units of every hidden layer")
    outputs: Count | None = Field(None, description="f_L; default: the targets', else width")
    widths: Annotated[tuple[Count, ...], Field(min_length=2), AtMost(MOST_LAYERS + 1)] | None = Field(
        None, description="f_0 … f_L, instead of inputs, depth, width and outputs"
    )
    activation: one_or_many(ACTIVATION, MOST_LAYERS) = Field(  # type: ignore[valid-type]
        Tanh(), description="of the hidden layers: one for all, or a list of L - 1"
    )
    output_activation: Annotated[Activation, ACTIVATION] = Field(Identity(), description="of the last layer")
    init: one_or_many(INIT, MOST_LAYERS) | None = Field(  # type: ignore[valid-type]
        None, description="of the weights: one for all, or a list of L; default xavier_normal"
    )
    bias: (
        Annotated[
            Annotated[Flag, Tag("(flag)")] | Annotated[Initializer, INIT, Tag("(init)")],
            Discriminator(_kind_of_bias),
        ]
        | None
    ) = Field(None, description="false, true (zeros), or an initializer; default false")
    weights: Annotated[tuple[MatrixRows, ...], Field(min_length=1), AtMost(MOST_LAYERS)] | None = Field(
        None, description="explicit matrices, one a layer, instead of init"
    )
    biases: Annotated[tuple[Vector | None, ...], AtMost(MOST_LAYERS)] | None = Field(
        None, description="explicit biases, a vector a layer (null: none)"
    )
    layout: Literal["in_out", "out_in"] = Field(
        "in_out", description="explicit weights are (in, out), or (out, in) as in PyTorch; weights print likewise"
    )
    scale: (
        Annotated[
            Annotated[OneUnit, Tag("(unit)")]
            | Annotated[Number, Tag("(number)")]
            | Annotated[tuple[Vector | None, ...], AtMost(MOST_LAYERS), Tag("(vectors)")],
            Discriminator(_kind_of_scale),
        ]
        | None
    ) = Field(None, description="fixed factors s of the units: one unit's, a number for all, or a list of L vectors (null: ones)")


def _kind_of_source(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "(matrix)" if value and isinstance(value[0], list | tuple) else "(vector)"
    return "(made)"


class MadeDataSection(Section):
    """Data that are generated or written out."""

    inputs: Annotated[
        Annotated[Generator, GENERATOR, Tag("(made)")]
        | Annotated[MatrixRows, Tag("(matrix)")]
        | Annotated[Vector, Tag("(vector)")],
        Discriminator(_kind_of_source),
    ] = Field(NormalData(), description="X: how to make it, or a matrix")
    targets: Annotated[
        Annotated[Generator, GENERATOR, Tag("(made)")]
        | Annotated[MatrixRows, Tag("(matrix)")]
        | Annotated[Vector, Tag("(vector)")],
        Discriminator(_kind_of_source),
    ] = Field(NormalData(), description="Y: how to make it, a matrix, or a list with one number or class index a sample")
    samples: Count | None = Field(None, description="N; default: the matrix's, else 64")
    orientation: Literal["rows", "columns"] = Field("rows", description="whether matrices here have a sample a row or a column")


def _kind_of_data(value: Any) -> str:
    return "(dataset)" if isinstance(value, str) or (isinstance(value, dict) and "name" in value) else "(made)"


def _kind_of_sweep(value: Any) -> str:
    return "(blocks)" if isinstance(value, list | tuple) else "(block)"


def _each_once(metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    for number, metric in enumerate(metrics):
        if metric in metrics[:number]:
            raise PydanticCustomError("twice", "{told}", {"told": f"{metric} stands twice", "at": number})
    return metrics


def _no_flag(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value  # True == 1, and means something else


class ConfigFile(Section):
    """A yann experiment."""

    yann: Annotated[Literal[1], BeforeValidator(_no_flag, json_schema_input_type=Literal[1])] = Field(
        1, description="version of this format"
    )
    name: Name | None = Field(None, description="folder under outputs/; default: the file's stem")
    title: Text = Field("", description="heading of tables and plots")
    about: Text = Field("", description="what the experiment shows and why it is so, for its reader")
    seed: Annotated[Whole, Field(ge=0, le=MAX_SEED)] = Field(0, description="from which every random number comes")
    replicates: Count = Field(1, description="independent draws of weights and made data in every cell")
    dtype: Literal["float64", "float32"] = Field("float64", description="the numbers that everything is reckoned in")
    network: NetworkSection = Field(description="widths, activations, first weights")
    data: Annotated[
        Annotated[Dataset, PartOf(DATASETS), Tag("(dataset)")] | Annotated[MadeDataSection, Tag("(made)")],
        Discriminator(_kind_of_data),
    ] = Field(default_factory=lambda: MadeDataSection.model_validate({}), description="inputs and targets, or a dataset by name")
    loss: Annotated[Objective, PartOf(LOSSES, {"reduction": (Annotated[Reduction, PartOf(REDUCTIONS)], Mean())}, Objective)] = (
        Field(Objective(SquaredError()), description="the loss and its reduction")
    )
    optimizer: Annotated[Optimizer, PartOf(OPTIMIZERS)] = Field(SGD(), description="the rule of an update")
    steps: Steps = Field(0, description="updates to make; 0 measures the first gradients only")
    batch: Count | None = Field(None, description="samples in a mini-batch; null: all")
    every: Count = Field(1, description="updates from one measurement to the next; the last state is always measured")
    measure: (
        Annotated[
            tuple[Annotated[Metric, PartOf(METRICS)], ...],
            Field(min_length=1),
            AtMost(MOST_BLOCKS),
            AfterValidator(_each_once),
        ]
        | None
    ) = Field(None, description="metrics; default: all")
    sweep: (
        Annotated[
            Annotated[SweepBlock, Tag("(block)")]
            | Annotated[list[SweepBlock], Field(min_length=1), AtMost(MOST_BLOCKS), Tag("(blocks)")],
            Discriminator(_kind_of_sweep),
        ]
        | None
    ) = Field(None, description="cells: one block, or a list of blocks joined end to end")
    expect: Annotated[Any, Later(_expected)] | None = Field(
        None, description="figures that this config must reproduce; yann check compares"
    )
