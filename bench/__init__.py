"""How fast it is, measured side by side with a bare reference: ``python -m bench``."""
