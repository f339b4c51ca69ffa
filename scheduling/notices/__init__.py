"""Who hears what: mails, texts, reminders, calls, links in messages."""
