"""Settings: each of every part changes some number of a small training, or nobody would need it."""

import itertools
import json

import pytest

from tests.cases import run_cell
from tests.config.texts import plan
from yann.errors import YannError
from yann.study.catalog import CATALOG
from yann.study.metrics import METRICS

MEASURE = tuple(metric() for _, metric in METRICS.items())
TRIED = [0.3, 0.7, 2, 3, 0.05, -1.5, 0, 1, True, False, [0.25, 0.75], "mean", "fan_out"]
PLACES = {
    "activations": ["network.activation"],
    "inits": ["network.init", "network.bias"],
    "losses": ["loss"],
    "reductions": ["loss.reduction"],
    "optimizers": ["optimizer"],
    "data": ["data.inputs", "data.targets"],
}
BASE = {
    "network": {"depth": 3, "width": 3, "inputs": 2},
    "data": {"inputs": "normal", "targets": "normal", "samples": 6},
    "steps": 4,
    "optimizer": {"name": "sgd", "lr": 0.05},
}
LOSSES = ["mse", "bce_with_logits", "cross_entropy"]  # a generator of classes or bits asks for one of the latter
SETTINGS = {
    f"{kind}-{name}-{setting}": (kind, name, setting)
    for kind, registry in CATALOG.items()
    if kind in PLACES
    for name, part in registry.items()
    for setting in part.settings()
}


def numbers(kind, place, settings):
    """Give every number of a training with a part of these settings there, or None where it cannot be."""
    for loss in [None, *LOSSES]:
        config = json.loads(json.dumps(BASE | ({"loss": loss} if loss and kind != "losses" else {})))
        *outer, last = place.split(".")
        inner = config
        for word in outer:
            inner[word] = {"name": inner[word]} if isinstance(inner.get(word), str) else inner.get(word) or {"name": "mse"}
            inner = inner[word]
        inner[last] = settings
        try:
            (cell,) = plan(json.dumps(config)).experiment.cells
            result = run_cell(cell, MEASURE)
        except (YannError, ValueError):
            continue
        return b"".join([*(losses.tobytes() for losses in result.losses), result.values.tobytes()])
    return None


def accepted(kind, place, part, setting, others):
    """Walk the numbers of a part with this setting at each value that it can have there, its default first."""
    default = [] if part.settings()[setting] is None else [{}]
    for value in [*default, *({setting: value} for value in TRIED)]:
        found = numbers(kind, place, {"name": part.name, **others, **value})
        if found is not None:
            yield found


@pytest.mark.parametrize(("kind", "name", "setting"), SETTINGS.values(), ids=SETTINGS)
def test_every_setting_of_every_part_changes_something(kind, name, setting):
    part = CATALOG[kind][name]
    more = [other for other in part.settings() if other != setting]
    surroundings = [{}, *({other: value} for other, value in itertools.product(more, TRIED[:3]))]  # Nesterov's needs momentum
    assert any(len(set(accepted(kind, place, part, setting, others))) > 1 for place in PLACES[kind] for others in surroundings)
