"""What is done to jobs and groups by the verbs of pueue."""
