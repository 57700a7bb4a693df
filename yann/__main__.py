"""Lets `python -m yann` do what `yann` does."""

from yann.cli.main import run

run()
