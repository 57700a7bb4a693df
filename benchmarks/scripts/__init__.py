"""Scripts as yann's users would write them without it, processes of their own: `python -m benchmarks.scripts.depth_torch OUT`."""
