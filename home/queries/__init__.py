"""What the composed pages show: read from every package, in a fixed number of queries."""
