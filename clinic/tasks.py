"""One Celery task for each periodic job, without arguments: the broker never holds anything."""

from celery import Task, current_app

from clinic.operations.periodic import JOBS, Job, run

# A wake-up outlived by the next one: a worker that was away must not find a pile of them.
EXPIRES = 0.8


def _task_of(job: Job) -> Task:
    def wake_up() -> None:
        run(job.name)

    task = current_app.task(wake_up, name=f"clinic.periodic.{job.name}")
    current_app.add_periodic_task(
        job.seconds, task.s(), name=job.name, expires=job.seconds * EXPIRES
    )
    return task


TASKS: dict[str, Task] = {name: _task_of(job) for name, job in JOBS.items()}
