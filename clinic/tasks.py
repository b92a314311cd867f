"""One Celery task for each periodic job.

The tasks take no arguments, so the broker never holds anything about a person.
"""

from celery import Task, current_app

from clinic.operations.periodic import JOBS, Job, run

# As a share of the job's period: a message is gone before the next one comes, so a worker that was
# away does not find a pile of them.
EXPIRES = 0.8


def _task_of(job: Job) -> Task:
    """Return the Celery task that runs the job, and add it to the schedule of the clock process."""

    def wake_up() -> None:
        run(job.name)

    name = f"clinic.periodic.{job.name}"
    task = current_app.task(wake_up, name=name, time_limit=job.most_seconds)
    current_app.add_periodic_task(
        job.seconds, task.s(), name=job.name, expires=job.seconds * EXPIRES
    )
    return task


TASKS: dict[str, Task] = {name: _task_of(job) for name, job in JOBS.items()}
