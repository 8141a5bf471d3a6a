"""Runs that share a process: a fork and a connection cost more than most runs do.

The process that a job has started carries out the runs that wait behind it, for a moment. For RQ
they do not exist any more; whatever becomes of the process, the database tells what became of them.
"""

from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

from redis.exceptions import RedisError
from rq import Queue, get_current_job
from rq.job import Job

from dtbase import queue

SHARED = 2.0
"""Seconds for which one process takes further runs."""

TAKE = """
local id = redis.call('LINDEX', KEYS[1], 0)
local run = id and string.match(id, '^service%-run%-(%d+)')
local longest = run and redis.call('HGET', ARGV[1] .. id, 'timeout')
if not longest or tonumber(longest) > tonumber(ARGV[2]) then return nil end
redis.call('LPOP', KEYS[1])
redis.call('DEL', ARGV[1] .. id)
return tonumber(run)
"""
"""Takes the first job out of a queue, if it is a run that may share this process.

Its time limit may not be longer than that of the process's own job, at which RQ ends it.
"""


def carried() -> str | None:
    """Return the job that has started this process, if one has."""
    job = get_current_job()
    return None if job is None else job.id


def further_runs() -> Iterator[int]:
    """Take the runs behind this process's own from its queue, one at a time."""
    own = get_current_job()
    if own is None:
        return
    redis = queue.connect()
    take = redis.register_script(TAKE)
    keys = [Queue(own.origin, connection=redis).key]
    end = monotonic() + SHARED
    with suppress(RedisError):  # what waits goes on waiting
        while monotonic() < end:
            run_id = take(keys, [Job.redis_job_namespace_prefix, own.timeout or 0])
            if run_id is None:
                return
            yield run_id
