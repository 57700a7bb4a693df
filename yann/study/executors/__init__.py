"""Executors: how the work of an experiment is spread over workers."""

from yann.study.executors import dask, local, serial  # noqa: F401 - fills EXECUTORS
from yann.study.executors.base import EXECUTORS, Spread
from yann.study.executors.choice import AUTO, cores, spread_for
from yann.study.executors.drive import drive

__all__ = ["AUTO", "EXECUTORS", "Spread", "cores", "drive", "spread_for"]
