"""Whatever a config can name: activations, losses, reductions, initializers, optimizers and datasets."""
