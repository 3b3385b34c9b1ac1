"""Pretext Lab: feel with your own hands what pre-training objectives do."""

__version__ = "0.1.0"
