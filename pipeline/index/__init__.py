"""Nearest-neighbour search over the vectors of a gallery: rebuildable, never the truth."""
