"""Lessons: files that set the lab up, ask before they show, and show figures of this machine."""
