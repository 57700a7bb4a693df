"""Where parts are held to their digits: numbers of all sizes and both signs, and dense where something happens."""

import numpy as np

# What happens somewhere: kinks and huber's delta, minima and the zeros of slopes (silu, gelu, gelu_tanh), where an exponential
# or a normal tail becomes subnormal and where it is gone, where 1 - tanh² and σ(1 - σ) round to 0
EVENTS = (
    0.5, 1.0, 1.278464542761, 0.7517915246935645, 0.7524614220710163, 18.7, 19.06, 20.0, 36.7, 37.5, 38.4, 38.6, 40.0,
    7.3, 9.4, 10.2, 14.3, 87.4, 103.97, 354.2, 372.6, 600.0, 708.4, 709.78, 744.44, 745.13, 745.14, 800.0, 1490.0,
)  # fmt: skip
EXTREMES = {"float64": (5e-324, 1e-323, 1e-310, 2.2250738585072014e-308, 1e308), "float32": (1e-45, 1e-40, 1.1754944e-38, 3e38)}


def both_signs(sizes):
    return [sign * size for size in sizes for sign in (1.0, -1.0)]


def points(dtype):
    """Give about 1,000 different numbers, 0 and -0 among them, in the precision that is asked for."""
    rng = np.random.default_rng(7)
    least, most = (-300, 301) if dtype == "float64" else (-44, 38)
    near = [at * (1 + offset) for at in EVENTS for offset in (0.0, 1e-15, -1e-15, 1e-7, -1e-7, 1e-3, -1e-3)]
    sizes = [
        *EXTREMES[dtype],
        *(10.0**k for k in np.linspace(least, most, 120)),
        *near,
        *np.abs(rng.standard_normal(80)),
        *rng.uniform(0, 40, 80),
        *rng.uniform(0, 800, 60),
    ]
    Z = np.array([0.0, *both_signs(sizes)]).astype(dtype)
    return np.concatenate([np.array([-0.0], dtype), np.unique(Z[np.isfinite(Z)])])


def pairs(dtype, *, probable_targets=False, probabilities=False):
    """Give about 1,500 pairs of a prediction and a target, near to each other and far, in two arrays."""
    rng = np.random.default_rng(11)
    predictions, targets = points(dtype), points(dtype)
    if probabilities:
        tiny = np.finfo(dtype).smallest_subnormal
        predictions = np.abs(predictions[np.abs(predictions) < 1])
        predictions = np.concatenate([predictions, 1 - predictions, rng.random(200).astype(dtype), rng.random(200).astype(dtype)])
        predictions = predictions[(predictions >= tiny) & (predictions < 1)]
    if probable_targets:
        targets = np.abs(targets[np.abs(targets) <= 1])
        targets = np.concatenate([targets, (1 - targets)[::3], rng.random(300).astype(dtype)])
        targets = np.concatenate([targets, np.resize(np.array([0, 1], dtype), targets.size)])  # mostly it is one or the other
    P = rng.permutation(np.resize(predictions, max(predictions.size, 1000)))
    near = np.resize(P, P.size // 2)
    return (
        np.concatenate([P, near]),
        np.concatenate([rng.permutation(np.resize(targets, P.size)), _beside(near, rng, probable_targets)]),
    )


def _beside(P, rng, probable):
    with np.errstate(over="ignore"):
        beside = P * (1 + rng.choice([0, 1e-15, 1e-6, 0.3, -0.3], P.size)).astype(P.dtype)
    return np.clip(beside, 0, 1) if probable else np.clip(beside, -np.finfo(P.dtype).max, np.finfo(P.dtype).max)


def rows(dtype):
    """Give rows of logits of several widths, from alike to 10,000 apart, each with targets of one class or of several."""
    rng = np.random.default_rng(13)
    for width in (1, 2, 3, 10, 40):
        for spread in (0.0, 1e-300, 1e-9, 0.1, 1.0, 30.0, 37.0, 400.0, 745.0, 1e4):
            for target in ("first", "least", "greatest", "certain", "soft"):
                z = (rng.standard_normal(width) * spread + rng.choice([0, 1e4, -40])).astype(dtype)
                z[: width // 2 : 2] = z[0]  # some tie
                y = np.zeros(width, dtype)
                y[{"first": 0, "least": z.argmin(), "greatest": z.argmax()}.get(target, 0)] = 1
                if target == "soft":
                    y = rng.dirichlet(np.ones(width)).astype(dtype)
                if target == "certain" and width > 1:  # but not quite
                    y[0], y[1] = 1 - 2.0**-20, 2.0**-20
                yield z, y
