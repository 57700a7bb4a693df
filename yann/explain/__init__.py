"""Where a gradient comes from: its chain of Jacobians, its paths, what a tape makes of it, and the traps on the way."""
