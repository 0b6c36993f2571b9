"""How the host is set up: what is installed, and where."""
