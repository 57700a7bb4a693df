"""Random configs, made from the registries: whatever a person could write, and what comes of typing errors."""

import copy
import dataclasses
import typing
from itertools import pairwise

from annotated_types import Ge, Gt, Lt
from hypothesis import strategies as st

from yann.parts.activations import ACTIVATIONS
from yann.parts.generators import GENERATORS
from yann.parts.initializers import INITIALIZERS
from yann.parts.losses import LOSSES
from yann.parts.optimizers import OPTIMIZERS
from yann.parts.reductions import REDUCTIONS
from yann.study.metrics import METRICS

FLOATS = st.sampled_from([0.25, 1e-3, 0.5, 0.75, 1 / 3, 0.1 + 0.2]) | st.floats(0.001, 0.999)


def setting(hint):
    """Give a strategy for one setting of a part, within its bounds."""
    base, *bounds = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
    if base is bool:
        return st.booleans()
    if base is float:
        loose = not any(isinstance(bound, Ge | Gt | Lt) for bound in bounds)
        return FLOATS | st.integers(1, 3).filter(lambda _: loose or not any(isinstance(b, Lt) for b in bounds))
    raise NotImplementedError(hint)


@st.composite
def part(draw, registry, names=None):
    """Give a part by its name, or as a mapping with some of its settings."""
    name = draw(st.sampled_from(names or list(registry)))
    hints = typing.get_type_hints(registry[name], include_extras=True)
    chosen = {field.name: draw(setting(hints[field.name])) for field in dataclasses.fields(registry[name]) if draw(st.booleans())}
    if "low" in hints:  # the lower one is the lower one
        low, high = sorted((chosen.get("low", 0.0), chosen.get("high", 1.0)))
        chosen = {"low": low, "high": high} if chosen else {}
    return {"name": name, **chosen} if chosen or draw(st.booleans()) else name


@st.composite
def networks(draw):
    """Give a network, and its depth."""
    depth = draw(st.integers(1, 4))
    widths = draw(st.lists(st.integers(1, 4), min_size=depth + 1, max_size=depth + 1))
    net = {}
    form = draw(st.sampled_from(["keys", "widths", "weights"]))
    if form == "keys":
        net |= {"depth": depth, "width": draw(st.integers(1, 4))}
        net |= {key: draw(st.integers(1, 4)) for key in ("inputs", "outputs") if draw(st.booleans())}
        widths = [net.get("inputs", net["width"]), *[net["width"]] * (depth - 1), net.get("outputs", net["width"])]
    elif form == "widths":
        net["widths"] = widths
    else:
        layout = draw(st.sampled_from(["in_out", "out_in"]))
        shapes = [(m, n) if layout == "in_out" else (n, m) for m, n in pairwise(widths)]
        net |= {"weights": [[[draw(FLOATS) for _ in range(n)] for _ in range(m)] for m, n in shapes], "layout": layout}
    if form != "weights" and draw(st.booleans()):
        net["init"] = draw(part(INITIALIZERS) | st.lists(part(INITIALIZERS), min_size=depth, max_size=depth))
    own = [
        init["name"] if isinstance(init, dict) else init
        for init in (net.get("init") if isinstance(net.get("init"), list) else [net.get("init")])
    ]
    kind = draw(st.sampled_from(["none", "flag", "init", "vectors"]))
    if kind == "flag":
        net["bias"] = True if "mean_field" in own else draw(st.booleans())
    elif kind == "init":
        net["bias"] = draw(part(INITIALIZERS, [name for name in INITIALIZERS if not INITIALIZERS[name].matrices_only]))
    elif kind == "vectors":
        net["biases"] = [draw(st.none() | st.just([draw(FLOATS) for _ in range(n)])) for n in widths[1:]]
    if draw(st.booleans()):
        net["activation"] = draw(part(ACTIVATIONS) | st.lists(part(ACTIVATIONS), min_size=depth - 1, max_size=depth - 1))
    if draw(st.booleans()):
        net["output_activation"] = draw(part(ACTIVATIONS))
    if draw(st.integers(0, 3)) == 0:
        net["scale"] = draw(
            st.just([draw(st.none() | st.just([draw(FLOATS) for _ in range(n)])) for n in widths[1:]])
            | st.fixed_dictionaries({"layer": st.sampled_from(["middle", 1, depth]), "unit": st.sampled_from(["middle", 1])},
                                    optional={"factor": FLOATS})
        )  # fmt: skip
    return net, widths


@st.composite
def configs(draw):
    """Give a config that holds together, as plain values."""
    net, widths = draw(networks())
    config = {"network": net}
    loss = draw(part(LOSSES))
    if draw(st.booleans()):
        loss = {**(loss if isinstance(loss, dict) else {"name": loss}), "reduction": draw(st.sampled_from(list(REDUCTIONS)))}
    name = loss["name"] if isinstance(loss, dict) else loss
    data = {}
    if LOSSES[name].classes:
        data["targets"] = "classes"
    elif LOSSES[name].probabilities:
        data["targets"] = draw(st.sampled_from(["bits", "ones", "zeros", {"name": "bits"}]))
    elif draw(st.booleans()):
        data["targets"] = draw(part(GENERATORS))
    samples = draw(st.integers(1, 5))
    if draw(st.booleans()):
        data["inputs"] = draw(part(GENERATORS, [n for n in GENERATORS if not GENERATORS[n].targets_only]))
    elif draw(st.booleans()):
        data["inputs"] = [[draw(FLOATS) for _ in range(widths[0])] for _ in range(samples)]
    if draw(st.booleans()) or isinstance(data.get("inputs"), list):
        data["samples"] = samples
    config |= {"data": data, "loss": loss}
    more = {
        "yann": st.just(1),
        "name": st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,9}", fullmatch=True),
        "title": st.sampled_from(["", "a: b # c", "010", "true", "[/bold]", "é\u2028x", "- x", "'\"", "~"]),
        "seed": st.integers(0, 2**63 - 1),
        "replicates": st.integers(1, 3),
        "dtype": st.sampled_from(["float64", "float32"]),
        "optimizer": part(OPTIMIZERS),
        "steps": st.integers(0, 3),
        "batch": st.just(1) | st.none(),
        "every": st.integers(1, 3),
        "measure": st.lists(st.sampled_from(list(METRICS)), min_size=1, max_size=3, unique=True),
    }
    config |= {key: draw(value) for key, value in more.items() if draw(st.booleans())}
    if draw(st.booleans()):
        config["sweep"] = draw(sweeps(net))
    return config


@st.composite
def sweeps(draw, net):
    """Give a block, or a few, of axes that suit a network."""
    one = {
        "seed": st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
        "optimizer.lr": st.just({"logspace": [1e-3, 1.0], "num": 3}) | st.just({"linspace": [0.5, 1], "num": 2}),
        "network.output_activation": st.just(["tanh", {"name": "leaky_relu", "slope": 0.5}]),
        "steps": st.just({"range": [0, 3], "step": 2}),
        "dtype": st.just(["float32", "float64"]),
    }
    if "init" not in net and "weights" not in net:
        one["network.init"] = st.just(["ones", {"name": "normal", "std": 0.05}])
    blocks = []
    for _ in range(draw(st.integers(1, 2))):
        keys = draw(st.lists(st.sampled_from(sorted(one)), min_size=1, max_size=3, unique=True))
        grid = {key: draw(one[key]) for key in keys}
        block = {"grid": grid}
        if "replicates" not in grid and draw(st.booleans()):
            block["zip"] = {"pair": {"replicates": [1, 2], "every": [2, 1]}}
        if draw(st.booleans()) and isinstance(grid[keys[0]], list) and len(grid[keys[0]]) > 1:
            block["exclude"] = [{keys[0]: grid[keys[0]][0]}]
        blocks.append(block)
    return blocks[0] if len(blocks) == 1 and draw(st.booleans()) else blocks


JUNK = [
    None, True, False, 0, -1, 1.5, 10**9, 10**30, -(10**30), float("nan"), float("inf"),
    "", "x", "[/]", "relu", "normal", "1e3", "\x1b[2J",
    "middle", [], [[]], [1], [[1, 2], [3]], [None], {}, {"name": "normal"}, {"name": None}, {"range": [1, 2]}, {"a": {"b": {}}},
]  # fmt: skip
WORDS = [
    "depth",
    "width",
    "widths",
    "name",
    "range",
    "grid",
    "zip",
    "file",
    "exclude",
    "std",
    "lr",
    "",
    ".",
    "a.b",
    "network.depth",
    "\u202e",
    "weights",
    "scale",
]


def places(value, path=()):
    """Walk the paths of every value within a value."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


@st.composite
def mutations(draw):
    """Give a config in which a few values have been replaced, taken out, or added."""
    config = copy.deepcopy(draw(configs()))  # what was drawn must stay as it is
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(config))))
        here = config
        for key in path[:-1]:
            here = here[key]
        what = draw(st.sampled_from(["replace", "remove", "add", "wrap"]))
        if not path:
            config = {**config, draw(st.sampled_from(WORDS)): copy.deepcopy(draw(st.sampled_from(JUNK)))}
        elif what == "remove":
            del here[path[-1]]
        elif what == "add" and isinstance(here[path[-1]], dict):
            here[path[-1]] = {**here[path[-1]], draw(st.sampled_from(WORDS)): copy.deepcopy(draw(st.sampled_from(JUNK)))}
        elif what == "wrap":
            here[path[-1]] = [here[path[-1]]]
        else:
            here[path[-1]] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return config
