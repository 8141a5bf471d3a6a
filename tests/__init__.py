"""The tests; numbers are crunched on one thread, as in a worker."""

from dtbase.threads import keep_to_one

keep_to_one()
