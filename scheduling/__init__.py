"""Agendas: hours, consultation types, appointments, calendar links."""
