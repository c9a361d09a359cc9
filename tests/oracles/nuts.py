"""Long NUTS runs on twenty virtual persons, as numbers to hold the response model against. No test, no dependency.

    .venv/bin/python tests/oracles/nuts.py persons PERSONS.json    the twenty records, 60 observations in a year each
    python tests/oracles/nuts.py run PERSONS.json nuts.json        four chains each; needs numpyro and no ionto
    python tests/oracles/nuts.py run PERSONS.json part.json 0 10   only some of them
    python tests/oracles/nuts.py run PERSONS.json one.json 3 4 again    twice, the first time uncounted, while compiling

The equations are written anew in JAX: sessions superposed one by one, every day-to-day deviation a parameter of its
own. A class is only a prior for the effect of a session, so NUTS runs under a wide prior that bridges both, where no
chain can be caught in one mode, and the draws are weighed by the true prior over that one. Moments of the ten scores,
the responder probability and the chance of being above tolerance some days ahead are kept, with R-hat, the effective
sample size, what share of it the weights leave, and the processor's seconds
it took, the first one's compilation included.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

PERSONS_COUNT = 20
DAYS_COUNT = 365
EVERY_DAYS = 6.1
AHEAD_DAYS = (5, 10, 21)
CHAINS_COUNT, WARMUP_COUNT, DRAWS_COUNT = 4, 400, 1500
SESSIONS_COUNT = 60
OBSERVATIONS_COUNT = 60
# How far apart the classes lie, in scores of the effect of a session: a non-responder has 0.12 of it.
APART = -math.log(0.12) / 0.4


def write_persons(path: str) -> None:
    """Persons drawn from the prior, with what they noted; times in days from the first."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    import numpy as np
    from calibration import simulated

    from ionto.follow.response.prior import PARAMETERS, persons_from
    from ionto.words.terms import Site

    found = []
    for seed in range(PERSONS_COUNT):
        rng = np.random.default_rng(60_000 + seed)
        scores = rng.standard_normal((1, len(PARAMETERS)))
        # Every fourth is a non-responder, so that both classes are seen.
        responder = np.array([seed % 4 != 3])
        facts, _ = simulated(rng, persons_from(scores, responder, Site.PALMS), DAYS_COUNT, every_days=EVERY_DAYS)
        rows: list[dict[str, Any]] = []
        for fact in facts:
            row: dict[str, Any] = {"kind": fact.kind, "day": (fact.at - facts[0].at).total_seconds() / 86400.0}
            for name in ("score", "sweat_mg_per_min", "area_fraction", "felt"):
                if hasattr(fact, name):
                    row[name] = getattr(fact, name)
            rows.append(row)
        found.append({"seed": seed, "responder": bool(responder[0]), "scores": scores[0].tolist(), "facts": rows})
    Path(path).write_text(json.dumps(found) + "\n", "utf-8")


def arrays(person: dict[str, Any]) -> dict[str, Any]:  # noqa: C901
    """Sessions and observations as arrays of one length for all persons, so that NUTS is compiled once."""
    import numpy as np

    held = [fact["day"] for fact in person["facts"] if fact["kind"] == "session"]
    seen = [fact for fact in person["facts"] if fact["kind"] != "session"]
    assert len(seen) == OBSERVATIONS_COUNT
    assert len(held) <= SESSIONS_COUNT
    days = np.array([fact["day"] for fact in seen])
    asked = np.concatenate([days, days[-1] * 0 + [person["facts"][-1]["day"] + ahead for ahead in AHEAD_DAYS]])
    sessions = np.concatenate([held, np.full(SESSIONS_COUNT - len(held), 1e6)])
    # An ordered logit on a x + b offset + c: its bounds over its scale; 1 where it is that kind.
    slope, shift, own, low, high = (np.zeros(len(seen)) for _ in range(5))
    is_logistic, is_weighed, is_stained = (np.zeros(len(seen)) for _ in range(3))
    value = np.zeros(len(seen))
    for index, fact in enumerate(seen):
        match fact["kind"]:
            case "hdss":
                cuts, scale, rank = [-40.0, -0.9, 0.0, 0.8, 40.0], 0.30, fact["score"] - 1
                slope[index], low[index], high[index] = 1 / scale, cuts[rank] / scale, cuts[rank + 1] / scale
                is_logistic[index] = 1
            case "day":
                cuts, scale = [-40.0, -0.6, 0.4, 40.0], 0.35
                rank = ["dry", "clammy", "wet"].index(fact["felt"])
                slope[index], low[index], high[index] = 1 / scale, cuts[rank] / scale, cuts[rank + 1] / scale
                is_logistic[index] = 1
            case "rating":
                score = fact["score"]
                slope[index], shift[index], own[index] = 2.2 / 0.7, 4.5 / 0.7, 1 / 0.7
                low[index] = -90.0 if score == 0 else (score - 0.5) / 0.7
                high[index] = 90.0 if score == 10 else (score + 0.5) / 0.7
                is_logistic[index] = 1
            case "sweat_rate":
                value[index] = math.log(max(fact["sweat_mg_per_min"], 1.0))
                is_weighed[index] = 1 if fact["sweat_mg_per_min"] >= 1.0 else 2
            case "starch_iodine":
                area = min(max(fact["area_fraction"], 0.02), 0.98)
                value[index], is_stained[index] = math.log(area / (1 - area)), 1
                if not 0.02 <= fact["area_fraction"] <= 0.98:
                    is_stained[index] = 2 if fact["area_fraction"] > 0.98 else 3
    expected = []
    for at in asked:
        level, since = 0.0, 0.0
        for then in held:
            if then < at:
                level *= 0.5 ** ((then - since) / 30)
                level, since = level + (1 - level) / 3, then
        expected.append(level * 0.5 ** ((at - since) / 30))
    return {
        "sessions": sessions,
        "asked": asked,
        "expected": np.array(expected),
        "gap": np.diff(asked[: len(seen)], prepend=asked[0]),
        "last_gap": asked[len(seen) :] - days[-1],
        "slope": slope,
        "shift": shift,
        "own": own,
        "low": low,
        "high": high,
        "value": value,
        "is_logistic": is_logistic,
        "is_weighed": is_weighed,
        "is_stained": is_stained,
    }


def run(persons_path: str, out_path: str, first: int = 0, last: int = PERSONS_COUNT, *, again: bool = False) -> None:
    import jax
    import jax.numpy as jnp
    import numpy as np
    import numpyro
    import numpyro.distributions as dist
    from jax.scipy.special import logsumexp
    from jax.scipy.stats import norm
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
    from numpyro.infer import MCMC, NUTS

    jax.config.update("jax_enable_x64", True)  # noqa: FBT003

    def shown_by_one(z: Any, given: Any) -> Any:
        """Effect that shows at each moment, for a session effect of 1."""
        k, ke = math.log(2) / jnp.exp(math.log(20) + 0.75 * z[3]), math.log(2) / jnp.exp(math.log(4) + 0.3 * z[6])
        t = given["asked"][:, None] - given["sessions"]
        since = jnp.where(t > 0, t, 0.0)
        return jnp.where(t > 0, ke / (ke - k) * (jnp.exp(-k * since) - jnp.exp(-ke * since)), 0.0).sum(axis=1)

    def log_share(z: Any, shown: Any, given: Any) -> Any:
        raised = jnp.exp(jnp.exp(math.log(3.3) + 0.2 * z[5]) * jnp.log(jnp.maximum(shown, 1e-30)))
        floor, sham = jnp.exp(math.log(0.06) + 0.5 * z[4]), jnp.exp(math.log(0.14) + 0.75 * z[9])
        return jnp.log1p(-(1 - floor) * raised / (1 + raised)) - sham * given["expected"]

    def log_likelihood(z: Any, shown: Any, u: Any, given: Any) -> tuple[Any, Any]:
        share = log_share(z, shown, given)
        count = OBSERVATIONS_COUNT
        ln_s_over_b = share[:count] + u
        x0, ln_b = 1.12 + 0.4 * z[1], math.log(50) + 0.5 * z[0]
        centre = given["slope"] * (x0 + ln_s_over_b) + given["shift"] + given["own"] * 0.7 * z[7]
        # log(F(high) - F(low)) of a standard logistic
        a, b = given["low"] - centre, given["high"] - centre
        logistic = jax.nn.log_sigmoid(b) + jax.nn.log_sigmoid(-a) + jnp.log1p(-jnp.exp(jnp.minimum(a - b, -1e-9)))
        off = (given["value"] - ln_b - ln_s_over_b) / 0.25
        angle = jnp.arctan(off / math.sqrt(5))
        below = 0.5 + (angle + jnp.sin(angle) * jnp.cos(angle) * (1 + 2 / 3 * jnp.cos(angle) ** 2)) / math.pi
        exact = -3 * jnp.log1p(off**2 / 5) + math.log(0.3796066898 / 0.25)
        weighed = jnp.where(given["is_weighed"] == 1, exact, jnp.log(jnp.maximum(below, 1e-12)))
        off = (given["value"] - 1.3 * (ln_b + ln_s_over_b - 3)) / 0.6
        kind = given["is_stained"]
        stained = jnp.where(
            kind == 1,
            norm.logpdf(off) - math.log(0.6),
            jnp.where(kind == 2, norm.logcdf(-off), norm.logcdf(off)),
        )
        total = (given["is_logistic"] * logistic + (given["is_weighed"] > 0) * weighed + (kind > 0) * stained).sum()
        return total, x0 + share[count:]

    def log_bridge(score: Any) -> Any:
        parts = [norm.logpdf(score, at, spread) for at, spread in ((0.0, 1.2), (-APART, 1.2), (-APART / 2, 2.0))]
        return logsumexp(jnp.stack(parts), axis=0)

    def model(given: Any) -> None:
        z = numpyro.sample("z", dist.Normal(0, 1).expand([10]).to_event(1))
        # The effect's score has a prior of its own: take the standard normal out, put the bridge in.
        numpyro.factor("bridge", log_bridge(z[2]) + 0.5 * z[2] ** 2)
        e = numpyro.sample("e", dist.Normal(0, 1).expand([OBSERVATIONS_COUNT]).to_event(1))
        sd = jnp.exp(math.log(0.3) + 0.3 * z[8])
        memory = jnp.exp(-given["gap"] / 6)

        def step(u: Any, inputs: Any) -> tuple[Any, Any]:
            left, fresh = inputs
            u = left * u + sd * jnp.sqrt(1 - left**2) * fresh
            return u, u

        first = sd * e[0]
        _, rest = jax.lax.scan(step, first, (memory[1:], e[1:]))
        u = jnp.concatenate([first[None], rest])
        shown = jnp.exp(math.log(0.45) + 0.4 * z[2]) * shown_by_one(z, given)
        found, x = log_likelihood(z, shown, u, given)
        numpyro.factor("y", found)
        left = jnp.exp(-given["last_gap"] / 6)
        spread = sd * jnp.sqrt(1 - left**2)
        numpyro.deterministic("above", norm.cdf((x + left * u[-1]) / spread))

    sampler = MCMC(
        NUTS(model, target_accept_prob=0.8, max_tree_depth=7, dense_mass=[("z",)]),
        num_warmup=WARMUP_COUNT,
        num_samples=DRAWS_COUNT,
        num_chains=CHAINS_COUNT,
        chain_method="vectorized",
        progress_bar=False,
        jit_model_args=True,
    )
    out = Path(out_path)
    found = json.loads(out.read_text("utf-8")) if out.exists() else []
    for person in json.loads(Path(persons_path).read_text("utf-8"))[first + len(found) : last]:
        given = {name: jnp.asarray(value) for name, value in arrays(person).items()}
        if again:
            sampler.run(jax.random.PRNGKey(person["seed"]), given)
        begun_s = time.process_time()
        sampler.run(jax.random.PRNGKey(person["seed"]), given)
        drawn = {name: np.asarray(value) for name, value in sampler.get_samples(group_by_chain=True).items()}
        took_s = time.process_time() - begun_s
        z, above = drawn["z"], drawn["above"]
        works = math.log(0.87) - 0.5 * z[:, :, 2] ** 2
        fails = math.log(0.13) - 0.5 * (z[:, :, 2] + APART) ** 2
        log_weight = np.logaddexp(works, fails) - np.asarray(log_bridge(jnp.asarray(z[:, :, 2])))
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        responder = 1 / (1 + np.exp(fails - works))
        lifted = z.copy()
        lifted[:, :, 2] += APART
        mean = np.einsum("cd,cdi->i", weight * responder, z) + np.einsum("cd,cdi->i", weight * (1 - responder), lifted)
        square = np.einsum("cd,cdi->i", weight * responder, z**2)
        square += np.einsum("cd,cdi->i", weight * (1 - responder), lifted**2)
        found.append(
            {
                "seed": person["seed"],
                "mean": mean.round(4).tolist(),
                "sd": np.sqrt(square - mean**2).round(4).tolist(),
                "responder_prob": round(float((weight * responder).sum()), 5),
                "above_prob": np.einsum("cd,cdi->i", weight, above).round(5).tolist(),
                "weights_worth_ratio": round(float(1 / (weight**2).sum() / weight.size), 3),
                "r_hat": round(float(max(split_gelman_rubin(z).max(), split_gelman_rubin(above).max())), 4),
                "effective_count": round(
                    float(min(effective_sample_size(z).min(), effective_sample_size(above).min()))
                ),
                "took_s": round(took_s, 1),
            }
        )
        out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        print(found[-1], file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["persons", path]:
            write_persons(path)
        case ["run", persons, out, first, last, "again"]:
            run(persons, out, int(first), int(last), again=True)
        case ["run", persons, out, *some]:
            run(persons, out, *(int(number) for number in some))
        case _:
            sys.exit(__doc__)
