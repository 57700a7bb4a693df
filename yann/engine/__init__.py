"""The mathematics: functions from arrays to arrays, with no names, no files and no hidden state."""

ENGINE = 6
"""Raised whenever the engine's numbers change, were it in their last bit, or the bytes that results are kept as: results of
another engine are never mixed in."""
