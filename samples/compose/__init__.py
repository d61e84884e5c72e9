"""Composes the sample footage from synthetic people, clothes and a painted plaza."""
