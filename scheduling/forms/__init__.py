"""What people choose and write about agendas and bookings, by subject."""
