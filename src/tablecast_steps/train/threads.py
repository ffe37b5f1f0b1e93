"""How many threads learning may use: what the pod has, and one where a table is small."""

import os

from tablecast_steps.train.table import Table

# More threads than this gain little on tables, and a pod seldom has them.
MOST_THREADS = 4
# Threads meet at every split of every tree. On a busy machine each meeting may take milliseconds:
# 100 rows of 3,000 columns took two minutes with two threads, and seconds with one.
CELLS_FOR_THREADS = 1_000_000


def threads_for(table: Table) -> int:
    """Return TABLECAST_THREADS, or the processors there are; 1 for a small table."""
    rows, columns = table.train.shape
    if rows * columns < CELLS_FOR_THREADS:
        return 1
    told = os.environ.get("TABLECAST_THREADS")
    return max(1, int(told)) if told else min(os.cpu_count() or 1, MOST_THREADS)
