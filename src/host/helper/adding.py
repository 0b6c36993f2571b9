"""Adds jobs exactly: stashed, looked at, journaled, and only then enqueued."""
