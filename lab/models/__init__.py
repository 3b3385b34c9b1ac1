"""Where models come from, how they are held in memory, and what can be asked of them."""
