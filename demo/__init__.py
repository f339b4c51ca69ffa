"""A first look: invented people, and the mailbox page that stands in for e-mail."""
