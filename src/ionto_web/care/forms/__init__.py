"""What is typed, checked field by field."""
