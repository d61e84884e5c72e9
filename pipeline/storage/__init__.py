"""How catalogue, indexes and media work together; `pipeline.gallery` is the door to it."""
