"""Data sets in their published layouts, sampling, transforms, captions."""
