"""Pre-training objectives, one file each. Add a module that exports OBJECTIVE and it is found."""
