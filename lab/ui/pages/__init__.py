"""The pages, one module each. Add a module that exports PAGE and it is in the navigation."""
