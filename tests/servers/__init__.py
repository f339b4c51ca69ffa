"""Real servers for the tests: PostgreSQL, Redis, S3 and SMTP, on loopback, without root."""
