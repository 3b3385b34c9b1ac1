"""Probes: what a model knows and prefers, measured."""
