"""Independent ways to a gradient: differences, the complex step, Taylor remainders, and the frameworks' own tapes."""

from yann.check.oracles import autograd, complex_step, differences, jax, taylor, tensorflow, torch  # noqa: F401 - fills ORACLES
from yann.check.oracles.agreement import APPROXIMATE, EXACT, UNRESOLVED, WRONG, Agreement
from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.own import own_answer
from yann.check.oracles.question import Answer, Question

__all__ = [
    "APPROXIMATE",
    "EXACT",
    "ORACLES",
    "UNRESOLVED",
    "WRONG",
    "Agreement",
    "Answer",
    "Oracle",
    "Question",
    "own_answer",
]
