"""One file per data set: which folder layout it is published in, and how its pictures are listed.

A loader is `read(root, split) -> list[PersonSample]`; `reid.data.datasets` knows them by name.
"""

# Sets on which figures are published that only mean something if nobody ever trains on them.
NEVER_TRAINED = frozenset({"viper", "prid", "grid", "towncentre"})
