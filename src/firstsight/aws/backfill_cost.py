"""What a backfill on AWS costs and how long it takes, from what a survey has counted and measured. Pure."""

import math

from firstsight.aws.backfill import BATCH
from firstsight.aws.cost import Cost, Estimate, cost_of
from firstsight.backfill.survey import Survey

#: The MB of memory that come with one processor (Lambda developer guide, memory and computing power).
MEMORY_PER_CPU = 1769
#: Seconds that a source takes beside its pixels, which wait for the store: it is looked up, read, and derivatives put.
WAITING, PUTTING = 0.06, 0.03
#: Keys in an answer of a listing (S3 API, ListObjectsV2), and GB of memory that an express workflow is billed for.
LISTED, WORKFLOW_GIGABYTES = 1000, 0.0625


def seconds(known: Survey, memory: int) -> float:
    """
    Give the seconds of the function in all.

    Pixels take as long as on the machine of the survey, and longer by the share of a processor that memory brings.
    """
    share = min(1.0, memory / MEMORY_PER_CPU)
    return known.seconds / share + WAITING * known.sources + PUTTING * known.derivatives


def estimate(known: Survey, *, architecture: str, memory: int) -> Estimate:
    """Estimate a run: what AWS asks for it once, and nothing for what it leaves."""
    time, batches = seconds(known, memory), math.ceil(known.sources / BATCH)
    reads = known.sources + known.derivatives + 2 * known.lacking
    puts = known.derivatives + math.ceil(known.sources / LISTED)
    rows: tuple[Cost, ...] = (
        cost_of("Lambda, compute", f"lambda-{architecture}", time * memory / 1024, "GB-seconds"),
        cost_of("Lambda, requests", "lambda-requests", batches / 1e6, "million"),
        cost_of("S3, gets", "s3-gets", reads / 1e3, "thousand"),
        cost_of("S3, puts and lists", "s3-puts", puts / 1e3, "thousand"),
        cost_of("Step Functions, steps", "workflow-steps", batches / 1e3, "thousand"),
        cost_of("Step Functions, batches", "workflow-batches", batches / 1e6, "million"),
        cost_of("Step Functions, time", "workflow-time", time * WORKFLOW_GIGABYTES / 3600, "GB-hours"),
    )
    return Estimate(known.sources, rows)
