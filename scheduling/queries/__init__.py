"""Finding agendas, appointments and free hours, by subject."""
