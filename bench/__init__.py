"""What is measured, not tested: ``make bench``. A figure is a function that returns rows; see `bench.figures`."""
