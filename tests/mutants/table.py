"""Mistakes that the tests must notice: each a small patch of one module, under a name that says what it breaks.

To add one, add an entry below: the module, a text that stands in it once, and the plausible mistake to put there. It must change
what the module does. `pytest --mutant ID tests/engine` runs tests with one of them in place.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FORWARD = "yann.engine.forward"
NETWORK = "yann.engine.network"
BACKWARD = "yann.engine.backward"
SCALING = "yann.engine.scaling"
OBJECTIVE = "yann.engine.objective"
PER_SAMPLE = "yann.engine.per_sample"
STEP = "yann.engine.step"
PIECEWISE = "yann.parts.activations.piecewise"
SMOOTH = "yann.parts.activations.smooth"
LOSSES = "yann.parts.losses"
DIGITS = "yann.parts.digits"
REDUCTIONS = "yann.parts.reductions"
OPTIMIZERS = "yann.parts.optimizers"

# The tests that are run against a mistake in each module: a quick group and, if that does not notice it, a thorough one. None of
# them compares with a framework: a mistake must be noticed where none is installed.
BY_HAND = ("tests/engine/test_by_hand.py", "tests/engine/test_closed_form.py")
ENGINE = (
    "tests/explain/test_chain.py::test_a_batch_is_told_to_be_averaged_or_summed_whatever_its_size",
    "tests/engine/test_published.py",
    "tests/engine/test_gradients.py",
    "tests/engine/test_replicates.py",
)
TESTS = {
    FORWARD: (BY_HAND, ENGINE),
    NETWORK: (BY_HAND, ENGINE),
    BACKWARD: (BY_HAND, ENGINE),
    OBJECTIVE: (BY_HAND, ENGINE),
    SCALING: (("tests/engine/test_beyond.py",), ENGINE),
    PER_SAMPLE: (BY_HAND, ENGINE),
    STEP: (("tests/parts/test_optimizers.py",), ENGINE),
    PIECEWISE: (("tests/parts/test_activations.py",), ("tests/parts/test_digits.py", *ENGINE)),
    SMOOTH: (("tests/parts/test_activations.py",), ("tests/parts/test_digits.py", *ENGINE)),
    LOSSES: (("tests/parts/test_losses.py",), ("tests/parts/test_digits.py", *ENGINE)),
    DIGITS: (("tests/parts/test_digits.py",), ENGINE),
    REDUCTIONS: (("tests/parts/test_reductions.py",), ENGINE),
    OPTIMIZERS: (("tests/parts/test_optimizers.py",), ENGINE),
}


@dataclass(frozen=True)
class Mutant:
    """A mistake: `new` in place of `old`."""

    module: str
    old: str
    new: str

    def source(self):
        """Give the module as it is on disk."""
        return Path(find_spec(self.module).origin).read_text("utf-8")

    def patched(self, source):
        """Give the module with the mistake in it."""
        found = source.count(self.old)
        if found != 1:
            raise ValueError(f"{self.module} has this {found} times, not once: {self.old}")
        return source.replace(self.old, self.new)


# A patch of a docstring, with which every test passes: to be planted is no failure by itself.
HARMLESS = Mutant(REDUCTIONS, "Reductions: how", "Reductions, that is: how")

FORWARD_MUTANTS = {
    "forward: the bias is left out": Mutant(FORWARD, "Z += b\n", "pass\n"),
    "forward: the scale is left out": Mutant(FORWARD, "A = layer.scaled(phi)", "A = phi"),
    "forward: the scale stands in front of the activation": Mutant(
        FORWARD,
        "phi = layer.activation.f(Z)\n            A = layer.scaled(phi)",
        "phi = layer.activation.f(layer.scaled(Z))\n            A = phi",
    ),
    "forward: the activations are kept as Z": Mutant(FORWARD, "LayerTrace(A_in, Z, phi,", "LayerTrace(A_in, phi, phi,"),
    "forward: every replicate has the bias of the first": Mutant(FORWARD, "Z += b\n", "Z += b[:1]\n"),
    "network: the slope is without the scale": Mutant(
        NETWORK, "return self.scaled(self.activation.df(Z, phi))", "return self.activation.df(Z, phi)"
    ),
    "network: the slope is taken at A": Mutant(NETWORK, "self.activation.df(Z, phi)", "self.activation.df(phi, phi)"),
    "network: the scale turns single precision into double": Mutant(
        NETWORK, "np.array(self.scale, dtype=M.dtype)", "np.array(self.scale)"
    ),
}

BACKWARD_MUTANTS = {
    "backward: dZ is without the slope": Mutant(BACKWARD, "dZ = dA * slope", "dZ = dA"),
    "backward: the last dZ goes by way of dA": Mutant(BACKWARD, "top.slope, top.dZ,", "top.slope, top.dA * top.slope,"),
    "backward: dW is transposed": Mutant(BACKWARD, "seen.A_in.mT @ dZ", "dZ.mT @ seen.A_in"),
    "backward: dW is made of dA": Mutant(BACKWARD, "seen.A_in.mT @ dZ", "seen.A_in.mT @ dA"),
    "backward: db is the share of the first sample": Mutant(
        BACKWARD, "ones @ self.dZ.astype", "ones[:, :1] @ self.dZ[..., :1, :].astype"
    ),
    "backward: db is a mean": Mutant(BACKWARD, "ones @ self.dZ.astype", "ones / ones.size @ self.dZ.astype"),
    "backward: db is summed over the outputs": Mutant(
        BACKWARD, "ones @ self.dZ.astype", "ones @ self.dZ.sum(axis=-1, keepdims=True).astype"
    ),
    "backward: db is added up in single precision": Mutant(
        BACKWARD, "ones @ self.dZ.astype(np.float64, copy=False)", "ones.astype(self.dZ.dtype) @ self.dZ"
    ),
    "backward: db is always double": Mutant(BACKWARD, ").astype(self.dZ.dtype, copy=False)", ")"),
    "backward: db beyond range has lost its power of two": Mutant(
        BACKWARD, "times(self.carried.db, self.carried.exponent)", "self.carried.db"
    ),
    "backward: dA is carried without the slope": Mutant(BACKWARD, "kept(dZ @ transposed", "kept(dA @ transposed"),
    "backward: dA is carried by W untransposed": Mutant(
        BACKWARD, "kept(dZ @ transposed(params[number].W)", "kept(dZ @ params[number].W"
    ),
    "backward: dA is carried by the W of another layer": Mutant(BACKWARD, "params[number].W)", "params[number - 1].W)"),
    "backward: dA is carried by the W of the first replicate": Mutant(BACKWARD, "params[number].W)", "params[number].W[:1])"),
    "backward: a narrow W is only given another shape": Mutant(
        BACKWARD, "np.ascontiguousarray(W.mT)", "np.ascontiguousarray(W).reshape(W.mT.shape)"
    ),
    "backward: the slope is that of the layer above": Mutant(
        BACKWARD, "layers[number - 1].slope(below", "layers[number].slope(below"
    ),
    "backward: the gradients come out last layer first": Mutant(BACKWARD, "top, reach))[::-1]", "top, reach))"),
    "backward: only the last power of two is kept": Mutant(
        BACKWARD, "params[number].W), exponent, reach)", "params[number].W), None, reach)"
    ),
    "backward: dW has the exponent of dZ alone": Mutant(BACKWARD, "added(exponent, seen.exponent_in)", "exponent"),
    "scaling: a large array hides a small one beside it": Mutant(
        SCALING, "np.minimum.reduce(squares", "np.maximum.reduce(squares"
    ),
    "scaling: the power of two has the other sign": Mutant(SCALING, "np.where(out, -own,", "np.where(out, own,"),
    "scaling: the largest entry is looked for among the positive": Mutant(
        SCALING, "np.maximum(M.max(axis=BOTH), -M.min(axis=BOTH))", "M.max(axis=BOTH)"
    ),
    "scaling: one power of two for all replicates": Mutant(
        SCALING, "np.maximum(M.max(axis=BOTH), -M.min(axis=BOTH))", "np.full(M.shape[:-2], np.abs(M).max())"
    ),
    "scaling: what comes back into range stays as it was": Mutant(SCALING, "return times(M, e), None", "return M, None"),
    "scaling: a bias is not brought to the exponent of Z": Mutant(SCALING, "times(b, -common), common", "b, common"),
    "scaling: φ counts as straight though it is not 0 at 0": Mutant(SCALING, "& from_zero)", ")"),
    "scaling: what is level far out counts as straight": Mutant(SCALING, "(np.abs(z) > far) & (slope != 0)", "(np.abs(z) > far)"),
    "scaling: the sign of what is too small is lost": Mutant(
        SCALING, "np.copysign(floats.smallest_normal, Z)", "floats.smallest_normal"
    ),
    "per_sample: the shares are of a mean": Mutant(PER_SAMPLE, "dZ[..., None, :]", "dZ[..., None, :] / dZ.shape[-2]"),
    "per_sample: a share is transposed": Mutant(
        PER_SAMPLE, "A_in[..., :, None] * dZ[..., None, :]", "A_in[..., None, :] * dZ[..., :, None]"
    ),
}

OBJECTIVE_MUTANTS = {
    "objective: N stands for K and K for N": Mutant(
        OBJECTIVE,
        "factor(last.A.shape[-2], self.losses_per_sample(network))",
        "factor(self.losses_per_sample(network), last.A.shape[-2])",
    ),
    "objective: N is the number of replicates": Mutant(OBJECTIVE, "last.A.shape[-2]", "last.A.shape[0]"),
    "objective: K of a loss of classes is their number": Mutant(
        OBJECTIVE, "1 if self.loss.classes else network.widths[-1]", "network.widths[-1]"
    ),
    "objective: K is always 1": Mutant(OBJECTIVE, "1 if self.loss.classes else network.widths[-1]", "1"),
    "objective: dA is without the factor": Mutant(OBJECTIVE, "self.loss.df(A, Y) * c", "self.loss.df(A, Y)"),
    "objective: dZ on logits is without the factor": Mutant(OBJECTIVE, "logits.df(last.Z, Y) * c", "logits.df(last.Z, Y)"),
    "objective: dZ is without the slope": Mutant(
        OBJECTIVE, "return Top(dA, slope, dA * slope, exponent)", "return Top(dA, slope, dA, exponent)"
    ),
    "objective: dZ on logits is given probabilities": Mutant(OBJECTIVE, "logits.df(last.Z, Y)", "logits.df(last.A, Y)"),
    "objective: losses are never on logits": Mutant(
        OBJECTIVE, "self.loss.f(last.output(), Y) if logits is None else logits.f(last.Z, Y)", "self.loss.f(last.output(), Y)"
    ),
    "objective: dZ is never on logits": Mutant(
        OBJECTIVE, "if logits is None:\n            return Top", "if True:\n            return Top"
    ),
    "objective: dA on logits is that of a rounded probability": Mutant(
        OBJECTIVE, "np.divide(dZ, slope, out=dA, where=slope != 0)", "dA"
    ),
    "objective: on logits in spite of a scale": Mutant(OBJECTIVE, "None if scaled else self.loss", "self.loss"),
    "objective: not on logits because of a scale of 1": Mutant(
        OBJECTIVE, "layer.scale is not None and any(factor != 1 for factor in layer.scale)", "layer.scale is not None"
    ),
    "objective: a sample alone counts as its share": Mutant(OBJECTIVE, "float(N) if self", "1 / N if self"),
    "objective: every reduction averages": Mutant(OBJECTIVE, "factor(2, K) < self", "factor(2, K) <= self"),
}

ACTIVATION_MUTANTS = {
    "activation identity: the slope is the input": Mutant(PIECEWISE, "np.ones_like(Z)", "Z"),
    "activation identity: the slope is always double": Mutant(PIECEWISE, "np.ones_like(Z)", "np.ones(Z.shape)"),
    "activation relu: the slope at the kink is 1": Mutant(PIECEWISE, "(Z > 0).astype", "(Z >= 0).astype"),
    "activation relu: nan becomes 0": Mutant(PIECEWISE, "np.maximum(Z, 0)  #", "np.where(Z > 0, Z, Z.dtype.type(0))  #"),
    "activation leaky_relu: the slope is taken to the right": Mutant(
        PIECEWISE, "np.maximum(Z, 0) + np.minimum(Z, 0) * self.slope", "np.minimum(Z, 0) + np.maximum(Z, 0) * self.slope"
    ),
    "activation leaky_relu: a maximum, wrong for slopes above 1": Mutant(
        PIECEWISE, "np.maximum(Z, 0) + np.minimum(Z, 0) * self.slope", "np.maximum(Z, Z * self.slope)"
    ),
    "activation elu: the slope is A + alpha, 0 far out": Mutant(
        PIECEWISE, "decayed(self.alpha, -np.minimum(Z, 0))", "np.where(Z > 0, 1, A + self.alpha)"
    ),
    "activation elu: the slope has lost its digits far out": Mutant(
        PIECEWISE, "decayed(self.alpha, -np.minimum(Z, 0))", "np.exp(np.minimum(Z, 0)) * self.alpha"
    ),
    "activation elu: exp - 1 in place of expm1": Mutant(
        PIECEWISE, "np.expm1(np.minimum(Z, 0)) * self.alpha", "(np.exp(np.minimum(Z, 0)) - 1) * self.alpha"
    ),
    "activation selu: the slope to the right is 1": Mutant(PIECEWISE, "-np.minimum(Z, 0)), SELU_SCALE)", "-np.minimum(Z, 0)))"),
    "activation selu: alpha has six digits": Mutant(PIECEWISE, "1.6732632423543772848170429916717", "1.67326"),
    "activation softplus: the slope is that of the sigmoid": Mutant(
        SMOOTH,
        "def df(self, Z: Array, A: Array) -> Array:\n        return sigmoid(Z)",
        "def df(self, Z: Array, A: Array) -> Array:\n        return sigmoid(Z) * sigmoid(-Z)",
    ),
    "activation sigmoid: the slope is A(1 - A), 0 far out": Mutant(SMOOTH, "return bell(np.abs(Z))", "return A * (1 - A)"),
    "activation sigmoid: the slope takes Z for A": Mutant(SMOOTH, "return bell(np.abs(Z))", "return Z * (1 - Z)"),
    "activation tanh: the slope is 1 - A**2, 0 far out": Mutant(SMOOTH, "return slope  # 1 - tanh²", "return 1 - A**2  #"),
    "activation tanh: the slope lacks a factor of 2": Mutant(SMOOTH, "slope *= 4", "slope *= 2"),
    "gated: what is far to the left has lost its sign": Mutant(
        SMOOTH, "return np.copysign(np.maximum(Z, 0) - below, Z)", "return np.maximum(Z, 0) - below"
    ),
    "gated: the slope to the right is that to the left": Mutant(
        SMOOTH, "return right + (1 - 2.0 * right) * slope", "return right + slope"
    ),
    "activation silu: the slope is the gate alone": Mutant(SMOOTH, "decayed(right * (1 - x * right), x)", "decayed(right, x)"),
    "activation gelu: the square is rounded": Mutant(
        SMOOTH, "decayed(x / inverse_mills(x), square / 2, error / 2)", "decayed(x / inverse_mills(x), square / 2)"
    ),
    "activation gelu: the slope is the gate alone": Mutant(SMOOTH, "1 / inverse_mills(x) - x / ROOT", "1 / inverse_mills(x)"),
    "activation gelu_tanh: the gate is its exponential": Mutant(
        SMOOTH, "decayed(x / (1 + np.exp(-v)), v, error)", "decayed(x, v, error)"
    ),
    "activation gelu_tanh: the rounding of 2u is forgotten": Mutant(DIGITS, "return v, of_v + x * of_total", "return v, of_v"),
    "activation gelu_tanh: the slope of the cube lacks a factor of 3": Mutant(DIGITS, "c + 3 * d * square", "c + d * square"),
}
DIGITS_MUTANTS = {
    "digits: single precision is computed in itself": Mutant(DIGITS, "M.astype(np.float64, copy=False)", "M"),
    "digits: single precision is computed in itself where there is much": Mutant(
        DIGITS, "flat[block].astype(np.float64, copy=False)", "flat[block]"
    ),
    "digits: the last numbers are left over": Mutant(DIGITS, "slice(start, start + BLOCK)", "slice(start, start + BLOCK - 1)"),
    "digits: decay goes through a subnormal number": Mutant(DIGITS, "if not (x > most).any():", "if True:"),
    "digits: the right side begins at 0": Mutant(DIGITS, "positive = Z > 0", "positive = Z >= 0"),
    "sigmoid: exp(-z) is infinite far out": Mutant(
        DIGITS, "np.exp(np.minimum(Z, 0)) / (1 + np.exp(-np.abs(Z)))", "1 / (1 + np.exp(-Z))"
    ),
    "softplus: ln(1 + exp z) is infinite far out": Mutant(
        DIGITS, "np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))", "np.log1p(np.exp(Z))"
    ),
    "digits: a product's error lacks its least part": Mutant(DIGITS, "+ a_low * b_high) + a_low * b_low", "+ a_low * b_high)"),
    "digits: a difference's error has the other sign": Mutant(
        DIGITS, "(a - (rounded - back)) - (b + back)", "(b + back) - (a - (rounded - back))"
    ),
    "digits: Mills' ratio has a wrong tenth digit": Mutant(DIGITS, "0.64683116297183876445", "0.64683116207183876445"),
}
LOSS_MUTANTS = {
    "loss output: the derivative is the prediction": Mutant(LOSSES, "np.ones_like(Y_hat)", "Y_hat"),
    "loss mse: the derivative lacks its factor of 2": Mutant(LOSSES, "return 2 * (Y_hat - Y)", "return Y_hat - Y"),
    "loss mse: the derivative has the other sign": Mutant(LOSSES, "return 2 * (Y_hat - Y)", "return 2 * (Y - Y_hat)"),
    "loss half_mse: the half is left out": Mutant(LOSSES, "return E * (E / 2)", "return E * E"),
    "loss half_mse: the square overflows before it is halved": Mutant(LOSSES, "return E * (E / 2)", "return E * E / 2"),
    "loss mae: the derivative at the kink is 1": Mutant(LOSSES, "np.sign(Y_hat - Y)", "np.sign(Y_hat - Y) + (Y_hat == Y)"),
    "loss huber: the line does not meet the parabola": Mutant(LOSSES, "half - self.delta / 4", "half - self.delta / 2"),
    "loss huber: the derivative does not know delta": Mutant(
        LOSSES, "np.clip(Y_hat - Y, -self.delta, self.delta)", "np.clip(Y_hat - Y, -1, 1)"
    ),
    "loss bce: log(1 - p) in place of log1p": Mutant(LOSSES, "-np.log1p(-Y_hat)", "-np.log(1 - Y_hat)"),
    "loss bce: the derivative is that on logits": Mutant(LOSSES, "(Y_hat - Y) / (Y_hat * (1 - Y_hat))", "Y_hat - Y"),
    "loss bce: 0 times infinity is nan": Mutant(
        LOSSES, "np.multiply(weight, value, out=np.zeros(value.shape, value.dtype), where=weight != 0)", "weight * value"
    ),
    "loss bce: never on logits": Mutant(
        LOSSES, "BinaryCrossEntropyWithLogits() if isinstance(activation, Sigmoid) else None", "None"
    ),
    "loss bce: on logits after any activation": Mutant(
        LOSSES, "BinaryCrossEntropyWithLogits() if isinstance(activation, Sigmoid) else None", "BinaryCrossEntropyWithLogits()"
    ),
    "loss bce_with_logits: a difference that loses its digits": Mutant(
        LOSSES, "weigh(Y, softplus(-Y_hat)) + weigh(1 - Y, softplus(Y_hat))", "softplus(Y_hat) - Y * Y_hat"
    ),
    "loss bce_with_logits: p - y, 0 far out": Mutant(
        LOSSES, "(1 - Y) * sigmoid(Y_hat) - Y * sigmoid(-Y_hat)", "sigmoid(Y_hat) - Y"
    ),
    "loss cross_entropy: nothing is taken off the logits": Mutant(LOSSES, "difference(Z, largest)", "difference(Z, 0 * Z)"),
    "loss cross_entropy: the greatest logit of all samples is taken off": Mutant(
        LOSSES, "difference(Z, largest)", "difference(Z, np.full_like(Z, Z.max()))"
    ),
    "loss cross_entropy: the rounding of an exponent is forgotten": Mutant(
        LOSSES, "return e + weigh(e, error), shifted", "return e, shifted"
    ),
    "loss cross_entropy: the loss is 0 far out": Mutant(
        LOSSES, "np.log1p(_but(_largest(e), e))", "np.log(1 + _but(_largest(e), e))"
    ),
    "loss cross_entropy: p - y, 0 far out": Mutant(
        LOSSES,
        "(e * _others(Y) - Y * _others(e)) / total",
        "e / total * Y.sum(axis=-1, keepdims=True) - Y",
    ),
    "loss cross_entropy: soft targets are taken to sum to 1": Mutant(LOSSES, "e * _others(Y) -", "e * (1 - Y) -"),
    "loss cross_entropy: the sum of the others cancels where classes are many": Mutant(
        LOSSES, "others.reshape(-1, M.shape[-1])[largest] = rest.reshape(-1)", "rest.reshape(-1)"
    ),
}

REDUCTION_MUTANTS = {
    "reduction mean: the factor is 1/N": Mutant(REDUCTIONS, "1 / (N * K)", "1 / N"),
    "reduction sum: the factor is 1/N": Mutant(
        REDUCTIONS,
        '"PyTorch sum"\n    against_mean = "N·K"\n\n    def factor(self, N: int, K: int) -> float:\n        return 1.0',
        '"PyTorch sum"\n    against_mean = "N·K"\n\n    def factor(self, N: int, K: int) -> float:\n        return 1 / N',
    ),
    "reduction sum: losses are added up in single precision": Mutant(
        REDUCTIONS, "losses = losses.astype(np.float64)\n    reduced", "reduced"
    ),
    "reduction batch_mean: the factor is 1/K": Mutant(REDUCTIONS, "return 1 / N\n", "return 1 / K\n"),
    "reduction batch_mean: N stands for K and K for N in what is kept": Mutant(
        REDUCTIONS, "self.factor(*losses.shape[-2:])", "self.factor(*losses.shape[:-3:-1])"
    ),
    "reduction feature_mean: a sum is kept": Mutant(REDUCTIONS, "sum(axis=(-2, -1)) * factor", "sum(axis=(-2, -1))"),
    "reduction: a mean is infinite if its sum is": Mutant(REDUCTIONS, "if not np.isinf(reduced).any():", "if True:"),
    "reduction none: losses stay in single precision": Mutant(
        REDUCTIONS, "return losses.astype(np.float64)\n", "return losses\n"
    ),
    "reduction per_sample: means over samples are kept": Mutant(REDUCTIONS, ".mean(axis=-1)", ".mean(axis=-2)"),
}

OPTIMIZER_MUTANTS = {
    "step: biases stay": Mutant(STEP, "optimizer.update(theta.b, g.db, memory.b, t)", "(theta.b, memory.b)"),
    "step: biases have the memory of W": Mutant(STEP, "g.db, memory.b, t", "g.db, memory.W, t"),
    "step: the memory is not handed on": Mutant(STEP, "LayerMemory(of_W, of_b)\n", "memory\n"),
    "optimizer sgd: uphill": Mutant(OPTIMIZERS, "np.subtract(W, step, out=step), ()", "np.add(W, step, out=step), ()"),
    "optimizer sgd: momentum is damped": Mutant(OPTIMIZERS, "v += dW", "v += (1 - self.momentum) * dW"),
    "optimizer sgd: nesterov does not look ahead": Mutant(OPTIMIZERS, "dW + self.momentum * v if self.nesterov else v", "v"),
    "optimizer rmsprop: eps is within the root": Mutant(
        OPTIMIZERS, "root + self.eps), (root,)", "np.sqrt(root**2 + self.eps)), (root,)"
    ),
    "optimizer rmsprop: rho weighs the new": Mutant(
        OPTIMIZERS, "mean_root(memory[0], dW, self.rho)", "mean_root(memory[0], dW, 1 - self.rho)"
    ),
    "optimizer adam: moments are not corrected": Mutant(
        OPTIMIZERS, "m / (1 - self.beta1**t), root / math.sqrt(1 - self.beta2**t)", "m, root"
    ),
    "optimizer adam: the first moment is corrected for t + 1": Mutant(OPTIMIZERS, "self.beta1**t", "self.beta1 ** (t + 1)"),
    "optimizer adam: the second moment is corrected with beta1": Mutant(OPTIMIZERS, "self.beta2**t", "self.beta1**t"),
    "optimizer adam: the second moment decays with beta1": Mutant(
        OPTIMIZERS, "mean_root(root, dW, self.beta2)", "mean_root(root, dW, self.beta1)"
    ),
    "optimizer adam: eps is within the root": Mutant(OPTIMIZERS, "root_hat + self.eps", "np.sqrt(root_hat**2 + self.eps)"),
    "optimizer: a square beyond range loses the gradient": Mutant(
        OPTIMIZERS, "np.hypot(a, b, out=np.sqrt(square), where=lost)", "np.sqrt(square)"
    ),
    "optimizer: no gradient over no eps is nan": Mutant(OPTIMIZERS, "where=(size != 0) | (step != 0)", "where=size == size"),
    "optimizer: the root is told in place of the square": Mutant(OPTIMIZERS, "return m, root**2", "return m, root"),
    "optimizer adamw: the decay is part of the gradient": Mutant(
        OPTIMIZERS, "update(W * (1 - self.lr * self.weight_decay), dW, ", "update(W, dW + self.weight_decay * W, "
    ),
    "optimizer adamw: the decay is without the rate": Mutant(
        OPTIMIZERS, "1 - self.lr * self.weight_decay", "1 - self.weight_decay"
    ),
}

MUTANTS = {
    **FORWARD_MUTANTS,
    **BACKWARD_MUTANTS,
    **OBJECTIVE_MUTANTS,
    **ACTIVATION_MUTANTS,
    **DIGITS_MUTANTS,
    **LOSS_MUTANTS,
    **REDUCTION_MUTANTS,
    **OPTIMIZER_MUTANTS,
}
