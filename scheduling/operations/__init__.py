"""The verbs of agendas, by subject."""
