"""Whether the numbers are right: what a config expects, compared with what comes out."""
