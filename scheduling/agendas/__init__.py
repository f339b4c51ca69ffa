"""Whose time: agendas, weekly hours, exceptions, absences, consultation types, their questions."""
