"""Who gets through which door of the web: a table a package, each line « METHOD endpoint »: who.

The people: ``visitor`` (not signed in), ``stranger`` (an account, no bubble), ``patient``,
``follower`` (a caregiver who follows the patient), ``colleague`` (a caregiver of the bubble who
does not), ``admin`` (administers the bubble, cares for nobody), ``leaver`` (was a caregiver of the
bubble, and followed the patient). The things in the address are those of ``follower``, of
``patient`` and of their bubble. The same people are then sent to the same things of another
bubble, where nobody may get through.

A new route: add its line to the file of its package. When its address names something new, give it
in ``things()`` of that file, made from the people and the bubble of ``world``.
"""
