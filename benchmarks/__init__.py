"""yann and what its users would otherwise take, on the same work in the same minutes: `python -m benchmarks`."""
