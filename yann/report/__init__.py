"""From numbers to what people read: tables, plots, CSV, JSON and the folder of a run."""
