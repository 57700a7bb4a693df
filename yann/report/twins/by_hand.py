"""The formulas of the NumPy twin, forward and back; where a textbook has two forms it is the one that keeps its digits."""

from __future__ import annotations

from yann.report.twins.base import BINARY_CROSS_ENTROPY

ACTIVATIONS = {
    "identity": "{Z}",
    "relu": "np.maximum({Z}, 0)",
    "leaky_relu": "np.where({Z} > 0, {Z}, {slope} * {Z})",
    "elu": "np.where({Z} > 0, {Z}, {alpha} * np.expm1(np.minimum({Z}, 0)))",
    "selu": "SCALE * np.where({Z} > 0, {Z}, ALPHA * np.expm1(np.minimum({Z}, 0)))",
    "softplus": "np.logaddexp(0, {Z})",
    "sigmoid": "sigmoid({Z})",
    "tanh": "np.tanh({Z})",
    "silu": "{Z} * sigmoid({Z})",
    "gelu": "{Z} * normal_cdf({Z})",
    "gelu_tanh": "gelu_tanh({Z})",
}
BACK = {
    "identity": ("{dA}", "the slope of the identity is 1"),
    "relu": ("{dA} * ({Z} > 0)", "relu' is 1 above 0, else 0"),
    "leaky_relu": ("np.where({Z} > 0, {dA}, {slope} * {dA})", "leaky_relu' is 1 above 0, else {slope}"),
    "elu": ("{dA} * np.where({Z} > 0, 1, {alpha} * np.exp(np.minimum({Z}, 0)))", "elu' is 1 above 0, else {alpha} exp(z)"),
    "selu": (
        "{dA} * SCALE * np.where({Z} > 0, 1, ALPHA * np.exp(np.minimum({Z}, 0)))",
        "selu' is SCALE above 0, else SCALE ALPHA exp(z)",
    ),
    "softplus": ("{dA} * sigmoid({Z})", "softplus' = sigmoid"),
    "sigmoid": ("{dA} * sigmoid({Z}) * sigmoid(-{Z})", "sigmoid' = sigmoid(z) (1 - sigmoid(z))"),
    "tanh": ("{dA} / np.cosh({Z}) ** 2", "tanh' = 1 / cosh^2 = 1 - tanh^2"),
    "silu": ("{dA} * sigmoid({Z}) * (1 + {Z} * sigmoid(-{Z}))", "silu' = sigmoid(z) + z sigmoid'(z)"),
    "gelu": ("{dA} * (normal_cdf({Z}) + {Z} * normal_density({Z}))", "gelu' = cdf(z) + z density(z)"),
    "gelu_tanh": ("{dA} * gelu_tanh_slope({Z})", "gelu_tanh' by the product and the chain rule"),
}
"""dZ = dA ∘ φ'(Z), and what φ' is."""
LOSSES = {
    "output": "{Y_hat}",
    "mse": "({Y_hat} - Y) ** 2",
    "half_mse": "({Y_hat} - Y) ** 2 / 2",
    "mae": "np.abs({Y_hat} - Y)",
    "huber": "huber({Y_hat} - Y, {delta})",
    "bce": "-Y * np.log({Y_hat}) - (1 - Y) * np.log1p(-{Y_hat})",
    "bce_with_logits": "Y * np.logaddexp(0, -{Y_hat}) + (1 - Y) * np.logaddexp(0, {Y_hat})",
    "cross_entropy": "-(Y * log_softmax({Y_hat})).sum(axis=1)",
}
SLOPES = {
    "output": ("np.ones_like({Y_hat})", "a prediction grows with itself"),
    "mse": ("2 * ({Y_hat} - Y)", "the derivative of e^2"),
    "half_mse": ("{Y_hat} - Y", "the derivative of e^2 / 2"),
    "mae": ("np.sign({Y_hat} - Y)", "the derivative of |e|"),
    "huber": ("np.clip({Y_hat} - Y, -{delta}, {delta})", "e, but no further than delta = {delta}"),
    "bce": ("({Y_hat} - Y) / ({Y_hat} * (1 - {Y_hat}))", "-y / p + (1 - y) / (1 - p)"),
    "bce_with_logits": ("(1 - Y) * sigmoid({Y_hat}) - Y * sigmoid(-{Y_hat})", "sigmoid(z) - y, digits kept"),
    "cross_entropy": ("softmax({Y_hat}) - Y", "softmax(z) - y"),
}
"""∂ℓ/∂Ŷ, to be divided further, and what it is."""
SPELLED = {"bce": ("binary_cross_entropy({Y_hat}, Y)", "")}
SPELLED_SLOPES = {
    "bce": ("binary_cross_entropy_slope({Y_hat}, Y)", "-y / p + (1 - y) / (1 - p)"),
    "cross_entropy": ("softmax({Y_hat}) * Y.sum(axis=1, keepdims=True) - Y", "softmax(z) sum(y) - y"),
}
SUMS = ("half_mse", "bce_with_logits", "cross_entropy")
"""Losses whose slope is a sum, to be bracketed where it is divided."""
DIVISORS = {
    "mean": " / {losses}.size",
    "sum": "",
    "batch_mean": " / len({losses})",
    "feature_mean": " / {losses}.shape[1]",
    "none": "",
    "per_sample": " / {losses}.shape[1]",
}
HELPERS = {
    "sigmoid": """\
def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))""",
    "normal_cdf": """\
def normal_cdf(Z):
    return np.vectorize(math.erfc, otypes=[Z.dtype])(-Z / math.sqrt(2)) / 2""",
    "normal_density": """\
def normal_density(Z):
    return np.exp(-(Z**2) / 2) / math.sqrt(2 * math.pi)""",
    "gelu_tanh": """\
def gelu_tanh(Z):
    return Z * (1 + np.tanh(math.sqrt(2 / math.pi) * (Z + 0.044715 * Z**3))) / 2""",
    "gelu_tanh_slope": """\
def gelu_tanh_slope(Z):
    tanh = np.tanh(math.sqrt(2 / math.pi) * (Z + 0.044715 * Z**3))
    inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * Z**2)
    return (1 + tanh) / 2 + Z / 2 * (1 - tanh**2) * inner""",
    "huber": """\
def huber(E, delta):
    return np.where(np.abs(E) <= delta, E**2 / 2, delta * (np.abs(E) - delta / 2))""",
    "binary_cross_entropy": BINARY_CROSS_ENTROPY.format(np="np"),
    "binary_cross_entropy_slope": """\
def binary_cross_entropy_slope(P, Y):
    return (1 - Y) / np.where(Y == 1, 1.0, 1 - P) - Y / np.where(Y == 0, 1.0, P)""",
    "softmax": """\
def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)""",
    "log_softmax": """\
def log_softmax(Z):
    Z = Z - Z.max(axis=1, keepdims=True)
    return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))""",
}
