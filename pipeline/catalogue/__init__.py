"""The SQL side of a gallery: what footage, whom, when, where, and the vectors. It is the truth; all else is rebuilt."""
