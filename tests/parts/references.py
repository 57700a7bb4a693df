"""What the activations and losses are, in mpmath: the slow, obvious reference with as many digits as one asks for.

A reference is one line. Its derivative comes from the line itself, which is worked out on numbers that know their derivative,
and with it the size of the terms that the derivative is a sum of: where terms cancel, no more can be asked than their digits.
"""

from dataclasses import dataclass

import mpmath as mp

DIGITS = 60


@dataclass(frozen=True)
class Jet:
    """A number, its derivative by the variable, and the sum of the sizes of the terms that the derivative is a sum of."""

    value: mp.mpf
    slope: mp.mpf = mp.mpf(0)
    size: mp.mpf = mp.mpf(0)

    def through(self, value, slope):
        """Give g of this number, of which g's value and slope there are given."""
        return Jet(value, slope * self.slope, abs(slope) * self.size)

    def __add__(self, other):
        other = lifted(other)
        return Jet(self.value + other.value, self.slope + other.slope, self.size + other.size)

    def __mul__(self, other):
        u, v = self, lifted(other)
        return Jet(u.value * v.value, u.slope * v.value + u.value * v.slope, u.size * abs(v.value) + abs(u.value) * v.size)

    def __neg__(self):
        return Jet(-self.value, -self.slope, self.size)

    def __sub__(self, other):
        return self + -lifted(other)

    def __rsub__(self, other):
        return lifted(other) + -self

    def __rtruediv__(self, other):
        return lifted(other) * self.through(1 / self.value, -1 / self.value**2)

    def __truediv__(self, other):
        return self * (1 / lifted(other))

    __radd__, __rmul__ = __add__, __mul__


def lifted(number):
    """Give a number that knows its derivative; that of a plain one is 0."""
    return number if isinstance(number, Jet) else Jet(mp.mpf(number))


def variable(z):
    """Give the number that derivatives are taken by."""
    return Jet(mp.mpf(z), mp.mpf(1), mp.mpf(1))


def exp(z):
    e = mp.exp(z.value)
    return z.through(e, e)


def expm1(z):
    return z.through(mp.expm1(z.value), mp.exp(z.value))


def log(z):
    return z.through(mp.log(z.value), 1 / z.value)


def log1p(z):
    return z.through(mp.log1p(z.value), 1 / (1 + z.value))


def tanh(z):
    return z.through(mp.tanh(z.value), mp.sech(z.value) ** 2)


def erfc(z):
    near = max(min(z.value, mp.mpf(1e5)), mp.mpf(-1e5))  # mpmath counts the steps in a float; beyond it is 0 or 2
    return z.through(mp.erfc(near), -2 / mp.sqrt(mp.pi) * mp.exp(-(z.value**2)))


def size_of(z):
    return z.through(abs(z.value), mp.sign(z.value))


def sigmoid(z):
    return 1 / (1 + exp(-z))


def softplus(z):
    return log1p(exp(z))


with mp.workdps(DIGITS):
    ALPHA, SCALE = mp.mpf("1.6732632423543772848170429916717"), mp.mpf("1.0507009873554804934193349852946")
    C, D = 2 * mp.sqrt(2 / mp.pi), mp.mpf("0.044715")


# Each is given the number and the part, whose settings it may have. At a kink it has the slope that is documented.
ACTIVATION = {
    "identity": lambda z, _: z,
    "relu": lambda z, _: z if z.value > 0 else lifted(0),
    "leaky_relu": lambda z, part: z if z.value > 0 else z * part.slope,
    "elu": lambda z, part: z if z.value > 0 else expm1(z) * part.alpha,
    "selu": lambda z, _: z * SCALE if z.value > 0 else expm1(z) * (SCALE * ALPHA),
    "softplus": lambda z, _: softplus(z),
    "sigmoid": lambda z, _: sigmoid(z),
    "tanh": lambda z, _: tanh(z),
    "silu": lambda z, _: z * sigmoid(z),
    "gelu": lambda z, _: z * erfc(-z / mp.sqrt(2)) / 2,
    "gelu_tanh": lambda z, _: z * sigmoid((z + z * z * z * D) * C),  # (1 + tanh u)/2 is σ(2u)
}


def plain(part):
    """Give φ of an activation as a function from numbers to numbers."""
    return lambda z: ACTIVATION[part.name](lifted(z), part).value


def _huber(p, y, part):
    e = size_of(p - y)
    return e * e / 2 if e.value <= part.delta else (e - lifted(part.delta) / 2) * part.delta


def _weigh(weight, value):
    return value() * weight if weight else lifted(0)


# Each is given the prediction, the target and the part
LOSS = {
    "output": lambda p, *_: p,
    "mse": lambda p, y, _: (p - y) * (p - y),
    "half_mse": lambda p, y, _: (p - y) * (p - y) / 2,
    "mae": lambda p, y, _: size_of(p - y),
    "huber": _huber,
    "bce": lambda p, y, _: _weigh(y, lambda: -log(p)) + _weigh(1 - y, lambda: -log1p(-p)),
    "bce_with_logits": lambda z, y, _: _weigh(y, lambda: softplus(-z)) + _weigh(1 - y, lambda: softplus(z)),
}


def cross_entropy(z, y):
    """Give -Σ y·ln softmax(z): each class's share is ln(1 + Σ e^(other - own)), of which nothing is lost."""
    shares = (
        log1p(sum((exp(other - own) for j, other in enumerate(z) if j != k), lifted(0))) * y[k] for k, own in enumerate(z) if y[k]
    )
    return sum(shares, lifted(0))
