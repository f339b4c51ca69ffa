"""What caregivers write about themselves and their papers."""
