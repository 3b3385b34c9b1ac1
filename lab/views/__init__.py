"""From the lab's types to what a page, a file or a browser shows."""
