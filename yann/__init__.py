"""yann: how gradients flow through fully connected networks, exactly and in your own notation."""

__version__ = "0.1.0"
