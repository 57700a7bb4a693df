"""From a question to numbers: experiments, their cells, metrics and results."""
