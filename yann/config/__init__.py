"""From YAML, with its line numbers, to an Experiment, or to every mistake as a sentence."""
