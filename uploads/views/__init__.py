"""Files of forms: received whole or in parts, and sent back."""
