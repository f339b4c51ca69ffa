"""The pages of agendas, by subject."""
