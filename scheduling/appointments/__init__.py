"""The appointment and its life, and the caregiver's pages about it."""
