"""The mathematics: functions from arrays to arrays, with no names, no files and no hidden state."""
