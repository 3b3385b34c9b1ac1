"""Documents: read from whatever a person has, cleaned, split, made ready to learn from."""
