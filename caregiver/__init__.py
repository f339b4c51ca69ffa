"""The professional face of a person: profile and administrative documents."""
