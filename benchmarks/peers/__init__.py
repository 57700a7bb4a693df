"""The study of `benchmarks.study` in each framework, a module each: `studies` gives its ways to do it, by name.

Each gives ‖dW‖, its rms and the standard deviation of A as arrays (layers, replicates).
"""
