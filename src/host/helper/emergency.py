"""The first step of an emergency stop: everything that is needed to queue the jobs again, then drain."""
