"""Waits until the host no longer looks as it did, without starting a program."""
