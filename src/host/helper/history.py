"""What the journal tells of acts."""
