"""Tables as a terminal draws them."""

import io

from rich.console import Console


def drawn(parts, width=None):
    """Give the lines as a terminal shows them."""
    stream = io.StringIO()
    console = Console(file=stream, width=width or 10_000, color_system=None)
    for part in parts:
        console.print(part.rich(), soft_wrap=width is None)
    return stream.getvalue().splitlines()
