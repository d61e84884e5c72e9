"""Many methods on the same data in one table: what each is, how it did, what it costs. Trains nothing by itself."""
