"""The whole command line, for tests that run it in their own process."""

from yann.cli.commands import program

app = program()
