"""Passports: what is known of a model, and what is not; as a card, and as a file."""
