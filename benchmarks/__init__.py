"""The lab timed beside what one would use instead, on the machine at hand and in one run."""
