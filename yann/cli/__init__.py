"""The front door: one thin module per command, with the heavy imports inside."""
