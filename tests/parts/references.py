"""What the activations and losses are, in mpmath: the slow, obvious reference with as many digits as one asks for."""

import mpmath as mp

DIGITS = 900  # e⁻⁸⁰⁰ beside 1 needs 348, and a difference quotient twice as many


def _sigmoid(z):
    return 1 / (1 + mp.exp(-z))


def _selu(z):
    alpha, scale = mp.mpf("1.6732632423543772848170429916717"), mp.mpf("1.0507009873554804934193349852946")
    return scale * z if z > 0 else scale * alpha * mp.expm1(z)


ACTIVATION = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, mp.mpf(0)),
    "leaky_relu": lambda z: z if z > 0 else mp.mpf(0.01) * z,
    "elu": lambda z: z if z > 0 else mp.expm1(z),
    "selu": _selu,
    "softplus": lambda z: mp.log1p(mp.exp(z)),
    "sigmoid": _sigmoid,
    "tanh": mp.tanh,
    "silu": lambda z: z * _sigmoid(z),
    "gelu": lambda z: z * mp.erfc(-z / mp.sqrt(2)) / 2,
    "gelu_tanh": lambda z: z * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3))) / 2,
}


def _huber(p, y):
    e = abs(p - y)
    return e * e / 2 if e <= 1 else e - mp.mpf(1) / 2


def _weigh(weight, value):
    return weight * value() if weight else mp.mpf(0)


LOSS = {
    "output": lambda p, _: p,
    "mse": lambda p, y: (p - y) ** 2,
    "half_mse": lambda p, y: (p - y) ** 2 / 2,
    "mae": lambda p, y: abs(p - y),
    "huber": _huber,
    "bce": lambda p, y: _weigh(y, lambda: -mp.log(p)) + _weigh(1 - y, lambda: -mp.log(1 - p)),
    "bce_with_logits": lambda z, y: _weigh(y, lambda: -mp.log(_sigmoid(z))) + _weigh(1 - y, lambda: -mp.log(1 - _sigmoid(z))),
}


def cross_entropy(z, y):
    """Give -Σ y·ln softmax(z)."""
    log_sum = mp.log(mp.fsum(mp.exp(value) for value in z))
    return mp.fsum(weight * (log_sum - value) for weight, value in zip(y, z, strict=True))


def slope(f, z):
    """Give f'(z) as a central difference so fine that every digit of float64 is right."""
    h = mp.mpf(10) ** -(DIGITS // 6)
    return (f(z + h) - f(z - h)) / (2 * h)
