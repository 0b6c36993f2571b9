"""Moves entries of checkpoint directories aside and back, and deletes what was moved aside long ago."""
