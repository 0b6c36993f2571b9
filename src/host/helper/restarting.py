"""Starts finished jobs again under their ids, after their logs were saved."""
