"""The losses, one per file, each with its paper and equation."""
