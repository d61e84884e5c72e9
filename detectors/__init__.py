"""Finds, follows and poses people in pictures. Knows nothing of re-identification and of databases."""
