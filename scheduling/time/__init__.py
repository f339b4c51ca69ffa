"""Hours and days as pure arithmetic: no database, no Flask."""
