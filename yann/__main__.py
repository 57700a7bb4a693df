"""Where `yann` and `python -m yann` begin."""

import gc
import signal


def run() -> None:
    """Run the command line; a Ctrl-C while it is still being loaded ends it without a word, as nothing has been begun."""
    gc.set_threshold(100_000)  # what is loaded stays: looking through it again and again is a tenth of a short command
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from yann.cli.main import run as run_commands  # noqa: PLC0415 - loading it takes a while

    run_commands()


if __name__ == "__main__":
    run()
