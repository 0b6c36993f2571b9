"""What a log holds behind a position, as it grows."""
