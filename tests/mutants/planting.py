"""How a mistake is planted: in memory, when its module is imported. No file is changed, and none is left behind."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source

import pytest


def plant(mutant):
    """Have the mutant's module read with its mistake from now on, by whichever loader of source files it comes.

    Bytecode is neither read nor written for it: what was compiled before would hide the mistake, and what is compiled now would
    spread it to later runs. A loader that cannot tell when its source was changed leaves bytecode alone.
    """
    if mutant.module in sys.modules:
        raise pytest.UsageError(
            f"{mutant.module} is imported already, too early for a mistake; try a single folder such as tests/engine"
        )
    get_data, path_stats = SourceFileLoader.get_data, SourceFileLoader.path_stats

    def with_the_mistake(self, path):
        data = get_data(self, path)
        return mutant.patched(decode_source(data)).encode() if self.name == mutant.module else data

    def without_a_time(self, path):
        if self.name == mutant.module:
            raise OSError("a module with a mistake has no time of its last change")
        return path_stats(self, path)

    SourceFileLoader.get_data, SourceFileLoader.path_stats = with_the_mistake, without_a_time
