"""From sources and options to a result: blocks, tiles, threads, partial sums."""
