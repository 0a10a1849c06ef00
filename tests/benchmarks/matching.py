"""How long, and with how much memory, are organisations matched, and how many of them rightly?

    python tests/benchmarks/matching.py [SUBJECTS TARGETS]

Makes up organisations (by default 120,000) in some forty countries, a few of which have most, and
others (50,000): half of them are the same, written as CORDIS writes names, with misspellings and
words in another order. Matches these against those in a process of its own, and prints seconds,
the peak memory, precision and recall.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time

KINDS: tuple[tuple[str, str], ...] = (
    ("Universität {}", "university"),
    ("University of {}", "university"),
    ("Universidad de {}", "university"),
    ("Technical University of {}", "university"),
    ("Institute of {} Research", "research-institute"),
    ("{} Institute for Applied Sciences", "research-institute"),
    ("Centre national de {}", "research-institute"),
    ("{} Hospital", "health-provider"),
    ("Ministry of {}", "ministry"),
    ("City of {}", "city-government"),
    ("{} Systems", "company"),
    ("{} Technologies", "company"),
    ("{} Foundation", "foundation"),
    ("Society for {}", "association"),
)
SYLLABLES = ("ba", "ke", "lo", "mi", "ru", "sa", "to", "ve", "na", "dri", "sch", "gu", "el", "or")
FORMS = ("", "", " GMBH", " S.A.", " LIMITED", " SRL", " BV")


def main(subjects: int = 50_000, targets: int = 120_000) -> None:
    """Measure in a process of its own, whose memory is that of matching alone."""
    words = [sys.executable, __file__, "--time", str(subjects), str(targets)]
    subprocess.run(words, check=True)


def measure(subjects: int, targets: int) -> None:
    """Make up organisations, match them, and print what it took."""
    from missiongraph.matching.judging import ACCEPTED, Matcher
    from missiongraph.matching.organisations import Dataset, Organisation

    chance = random.Random(0)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(30_000)]
    countries = [f"{a}{b}" for a in "ABCDEF" for b in "GHIJKLM"]
    shares = [1 / (rank + 1) for rank in range(len(countries))]

    def made(number: int, ending: str = "") -> Organisation:
        form, kind = chance.choice(KINDS)
        topic = " ".join(w + ending for w in chance.choices(words, k=chance.randint(1, 3))).title()
        [country] = chance.choices(countries, shares)
        cities, kinds = (chance.choice(words).title(),), (kind,)
        return Organisation(
            f"https://ror.org/{number}", form.format(topic), (), (), (country,), cities, kinds
        )

    def written(number: int, of: Organisation) -> Organisation:
        name = [*of.label.upper().split()]
        if chance.random() < 0.2 and len(name) > 2:
            chance.shuffle(name)
        if chance.random() < 0.2:
            at = chance.randrange(len(name))
            cut = chance.randrange(len(name[at]))
            name[at] = name[at][:cut] + name[at][cut + 1 :] or name[at]
        text = " ".join(name) + chance.choice(FORMS)
        iri = f"https://example.org/{number}"
        return Organisation(iri, text, (), (), of.countries, of.cities, of.kinds, line=35)

    there = [made(number) for number in range(targets)]
    same = chance.choices(there, k=subjects // 2)
    here = [written(number, of) for number, of in enumerate(same)]
    truth = {ours.iri: theirs.iri for ours, theirs in zip(here, same, strict=True)}
    here += [written(number, made(0, "xum")) for number in range(len(here), subjects)]
    made_up = peak()
    begun = time.perf_counter(), time.process_time()
    matcher = Matcher(Dataset("made up", {each.iri: each for each in there}))
    read = time.perf_counter(), time.process_time()
    pairs = [*matcher.match(here)]
    done = time.perf_counter(), time.process_time()
    print(f"{subjects:,} organisations against {targets:,}")
    for step, start, end in (("names and index", begun, read), ("matching", read, done)):
        print(
            f"  {step:16} {end[0] - start[0]:6.1f} s, {end[1] - start[1]:6.1f} s of processor time"
        )
    print(f"  {'in all':16} {done[0] - begun[0]:6.1f} s, {done[1] - begun[1]:6.1f} s")
    print(f"  {'peak memory':16} {peak():6,.0f} MB, {made_up:,.0f} MB before")
    accepted = [pair for pair in pairs if pair.state == ACCEPTED]
    right = sum(truth.get(pair.subject.iri) == pair.target.iri for pair in accepted)
    print(f"  {len(accepted):,} accepted, {right:,} right; {len(truth):,} are the same")


def peak() -> float:
    """The largest resident memory of this process, in MB."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--time"]:
        measure(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
