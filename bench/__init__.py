"""The benchmarks: Stockroom beside hand-written SQL on the same database, in the same run."""
