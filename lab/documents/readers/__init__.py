"""Readers, one format a file; each module exports READER. See `lab.documents.base`."""
