"""The mathematics: functions from arrays to arrays, with no names, no files and no hidden state."""

ENGINE = 3
"""Raised whenever the engine's numbers change, were it in their last bit: results of another engine are never mixed in."""
