"""Teaching models: from random weights, and from a foundation."""
