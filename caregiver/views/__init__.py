"""The pages of the professional face: profile, papers, and the caregivers of a bubble."""
