"""AUTO: which algorithm with which hyperparameters, within a budget of time.

Round by round: every algorithm is tried a few times (a linear one always: on small tables it often
wins), the better half gets more tries, and the best one the rest, until the budget is spent or
nothing is gained any more. What is tried depends on the seed alone; time only ends it.
"""

import time
import traceback
from collections.abc import Callable, Iterator

from tablecast_steps.train.algorithms import ALGORITHMS
from tablecast_steps.train.budget import OutOfTime, too_small, within
from tablecast_steps.train.space import Searcher
from tablecast_steps.train.trials import Material, Trial, run_trial

# A linear model has one hyperparameter and is cheap: a few tries find it.
FIRST_TRIES = {"LINEAR": 5, "LIGHTGBM": 3, "RANDOM_FOREST": 2, "HIST_GRADIENT_BOOSTING": 2}
BETTER_HALF, BETTER_TRIES = 2, 5
# The last round ends after so many tries without a gain, and one more for each 10 s of budget.
PATIENCE = 8
# A gain is what lowers the loss by this part of it; less may be chance.
GAIN = 0.005

# Told of every trial as it ends: its number, the trial, and whether it is the best so far.
Listener = Callable[[int, Trial, bool], None]


class Search:
    """One search over `material`. `run` returns the best trial; `trials` are all that finished."""

    def __init__(self, material: Material, budget_seconds: float, listener: Listener) -> None:
        self.material = material
        self.budget_seconds = budget_seconds
        self.listener = listener
        self.trials: list[Trial] = []
        self._best: dict[str, Trial] = {}
        self._slowest: dict[str, float] = {}
        self._losses: dict[tuple[object, ...], float] = {}
        self._searchers = {
            name: Searcher(algorithm, material.setting) for name, algorithm in ALGORITHMS.items()
        }
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the search has run, in seconds."""
        return time.monotonic() - self._started

    def run(self) -> Trial:
        """Search; StepError TIME_BUDGET_TOO_SMALL where not one trial came to an end."""
        for name in self._order():
            if not self._try(name):
                break
        if not self.trials:
            raise too_small(self.budget_seconds)
        return min(self.trials, key=lambda trial: trial.loss)

    def _order(self) -> Iterator[str]:
        """Yield the algorithm of each try, deciding as late as possible."""
        for name, tries in FIRST_TRIES.items():
            yield from [name] * tries
        for name in self._ranking()[:BETTER_HALF]:
            yield from [name] * BETTER_TRIES
        patience = PATIENCE + int(self.budget_seconds // 10)
        mark, idle = float("inf"), 0
        while self._best and idle < patience:
            best = min(trial.loss for trial in self._best.values())
            idle = 0 if best < mark * (1 - GAIN) else idle + 1
            mark = best if idle == 0 else mark
            yield self._ranking()[0]

    def _ranking(self) -> list[str]:
        return sorted(self._best, key=lambda name: self._best[name].loss)

    def _try(self, name: str) -> bool:
        """Try an algorithm once more; False where the budget ends the search.

        One that would outlast the budget is left out, so that a slow one does not keep a quick one
        from its turn."""
        left = self.budget_seconds - self.seconds
        if left <= 0:
            return False
        if self._slowest.get(name, 0.0) > left:
            return True
        proposal = self._searchers[name].propose()
        if proposal is not None:
            ticket, hyperparameters = proposal
            self._searchers[name].hear(ticket, self._loss(name, hyperparameters))
        return True

    def _loss(self, name: str, hyperparameters: dict[str, int | float]) -> float:
        """Return the loss of a proposal; one that was made before is not tried again."""
        key = (name, *hyperparameters.items())
        if key not in self._losses:
            trial = self._run(name, hyperparameters)
            self._losses[key] = trial.loss if trial else float("inf")
        return self._losses[key]

    def _allowed(self) -> float:
        """Seconds for the next trial: what is left; as much again where there is no model yet."""
        left = self.budget_seconds - self.seconds
        return left if self.trials else left + self.budget_seconds

    def _run(self, name: str, hyperparameters: dict[str, int | float]) -> Trial | None:
        """Run a trial; one that fails or takes too long is in the log, and the others decide."""
        try:
            with within(self._allowed()):
                trial = run_trial(self.material, ALGORITHMS[name], hyperparameters)
        except (OutOfTime, ValueError, ArithmeticError, RuntimeError):
            traceback.print_exc()
            return None
        self.trials.append(trial)
        self._slowest[name] = max(trial.seconds, self._slowest.get(name, 0.0))
        is_best = trial.loss < min((each.loss for each in self.trials[:-1]), default=float("inf"))
        if name not in self._best or trial.loss < self._best[name].loss:
            self._best[name] = trial
        self.listener(len(self.trials), trial, is_best)
        return trial
