"""Turns person crops and sentences into vectors: networks, losses, data sets, training and evaluation."""
