"""Where weights come from: one module a source, each exporting one `SOURCE`."""
