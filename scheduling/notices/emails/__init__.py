"""What people read about appointments: when and where, never why; no patient is named.

Words are found when a mail leaves. It says the appointment as it is then; what was moved or
cancelled meanwhile has a message of its own, and the older one is not said any more.
"""
