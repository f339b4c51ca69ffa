"""The pages of people cared for."""
