"""The model card: written from the reports, so that it can't say what wasn't measured."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean, stdev

from sqlclap.durable import write_whole
from training import paths
from training.taught import weak_classes

_TEMPLATE = Path(__file__).parent / "card_template.md"
_ROWS = {
    "all": "all held-out packs",
    "drum kits": "hydrogen drum kits",
    "lmms": "lmms-common",
    "freepats": "freepats",
    "timgm": "TimGM6mb",
}
_WEAKEST = 14
_SHOWN = (".onnx", ".json", ".txt")
_KINDS = {
    "plain": "the plain name",
    "synonyms": "unseen synonyms",
    "typos": "slips of the keyboard",
    "sentences": "sentences",
    "plural": "plurals",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "languages": "mean of the five languages",
}


def _read(name: str) -> dict:
    return json.loads((paths.REPORTS / f"{name}.json").read_text())


def spread(values: list[float]) -> str:
    """Return "mean ± standard deviation" with three decimals."""
    deviation = stdev(values) if len(values) > 1 else 0.0
    return f"{mean(values):.3f} ± {deviation:.3f}"


def text_rows(runs: list[dict], baseline: dict) -> str:
    """Return the table of text to sound, one row a pack."""
    lines = [
        "| held-out pack | sounds | queries | mAP | R@1 | hit@10 | mAP, MFCC + ridge |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, title in _ROWS.items():
        found = [run["text"][key] for run in runs]
        numbers = [spread([entry[name] for entry in found]) for name in ("mAP", "R@1", "hit@10")]
        cells = [title, str(found[0]["sounds"]), str(found[0]["queries"]), *numbers]
        lines.append(f"| {' | '.join(cells)} | {baseline['text'][key]['mAP']:.3f} |")
    return "\n".join(lines)


def sound_rows(runs: list[dict], baseline: dict) -> str:
    """Return the table of sound to sound."""
    lines = ["| sound to sound, drum classes | mAP | R@1 | P@10 |", "|---|---|---|---|"]
    found = [run["sound"] for run in runs]
    numbers = [spread([entry[name] for entry in found]) for name in ("mAP", "R@1", "P@10")]
    lines.append(f"| sqlclap-mini | {' | '.join(numbers)} |")
    base = [f"{baseline['sound'][name]:.3f}" for name in ("mAP", "R@1", "P@10")]
    lines.append(f"| MFCC statistics | {' | '.join(base)} |")
    return "\n".join(lines)


def weakest(runs: list[dict]) -> str:
    """Return the held-out classes with the lowest mean average precision."""
    classes = runs[0]["by_class"]
    means = {name: mean(run["by_class"][name] for run in runs) for name in classes}
    lowest = sorted(means, key=means.__getitem__)[:_WEAKEST]
    return ", ".join(f"{name} {means[name]:.2f}" for name in lowest)


def template_rows(runs: list[dict]) -> str:
    """Return the table of prompt templates on validation sounds."""
    lines = ["| prompt template | validation mAP |", "|---|---|"]
    for template in runs[0]["templates"]:
        found = spread([run["templates"][template] for run in runs])
        lines.append(f"| `{template}` | {found} |")
    return "\n".join(lines)


def edition_rows(runs: list[dict], first: dict) -> str:
    """Return the table of both editions, on validation sounds and on the held-out packs."""
    values = {
        "words to sounds, validation, mAP": lambda run: run["validation"]["mAP"],
        "words to sounds, all held-out packs, mAP": lambda run: run["text"]["all"]["mAP"],
        "words to sounds, drum kits, mAP": lambda run: run["text"]["drum kits"]["mAP"],
        "sound to sound, drum classes, mAP": lambda run: run["sound"]["mAP"],
        "an octave up finds its original first": lambda run: run["octave_up"]["test"]["first"],
        "an octave up, original among five": lambda run: run["octave_up"]["test"]["in five"],
    }
    lines = ["| | first edition | second edition |", "|---|---|---|"]
    for title, value in values.items():
        lines.append(f"| {title} | {value(first):.3f} | {spread([value(run) for run in runs])} |")
    return "\n".join(lines)


def query_rows(runs: list[dict], first: dict) -> str:
    """Return the table of queries as people type them, by kind."""
    lines = ["| queries | number | mAP, first edition | mAP |", "|---|---|---|---|"]
    for kind, title in _KINDS.items():
        count = "" if kind == "languages" else str(first["queries"][kind]["queries"])
        found = spread([run["queries"][kind]["mAP"] for run in runs])
        lines.append(f"| {title} | {count} | {first['queries'][kind]['mAP']:.3f} | {found} |")
    return "\n".join(lines)


def no_longer_advertised(runs: list[dict]) -> str:
    """Return the classes whose names answer as weak."""
    return ", ".join(weak_classes(runs)) or "none"


def sizes() -> str:
    """Return the table of the bundle's files."""
    lines = ["| file | MB |", "|---|---|"]
    files = sorted(path for path in paths.CANDIDATE.iterdir() if path.suffix in _SHOWN)
    lines += [f"| {path.name} | {path.stat().st_size / 1e6:.2f} |" for path in files]
    total = sum(path.stat().st_size for path in files) / 1e6
    return "\n".join([*lines, f"| together | {total:.2f} |"])


def latency() -> str:
    """Return the table of processor times, when they were measured."""
    path = paths.REPORTS / "latency.json"
    if not path.exists():
        return "Not measured in this build; run `python -m training.latency`."
    lines = ["| processor time, one thread | median ms |", "|---|---|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in json.loads(path.read_text()).items()]
    return "\n".join(lines)


def model_fields(runs: list[dict], shipped: dict, background: dict) -> dict[str, str]:
    """Return what the template says of the shipped model and of the seeds."""
    scale = background["contract"]
    ranks = {
        f"rank_{word}": f"{mean(run['wording'][word] for run in runs):.2f}"
        for word in runs[0]["wording"]
    }
    return ranks | {
        "shipped": shipped_title(shipped["run"]),
        "seeds": str(len(runs)),
        "shipped_all": f"{shipped['text']['all']['mAP']:.3f}",
        "shipped_kits": f"{shipped['text']['drum kits']['mAP']:.3f}",
        "shipped_sound": f"{shipped['sound']['mAP']:.3f}",
        "unseen": spread([run["unseen_synonyms"]["mAP"] for run in runs]),
        "held_out_auc": spread([run["unknown_auc"] for run in runs]),
        "text_auc": f"{background['auc']['text']:.2f}",
        "audio_auc": f"{background['auc']['audio']:.2f}",
        "text_weak": str(scale["text"]["weak_below"]),
        "audio_weak": str(scale["audio"]["weak_below"]),
    }


def shipped_title(run: str) -> str:
    """Return what the card calls the run whose towers ship."""
    kind, _, seed = run.partition("-")
    return f"seed {seed}" if kind == "seed" else "the mean of all seeds' weights"


def write_cards(seeds: tuple[str, ...]) -> None:
    """Fill the template and write it into the candidate.

    Parameters
    ----------
    seeds : tuple of str
        The runs whose mean and deviation the tables hold.
    """
    runs, background = [_read(run) for run in seeds], _read("background")
    baseline, first = _read("baseline"), _read("first-edition")
    fields = model_fields(runs, _read(background["run"]), background) | {
        "text_rows": text_rows(runs, baseline),
        "sound_rows": sound_rows(runs, baseline),
        "edition_rows": edition_rows(runs, first),
        "query_rows": query_rows(runs, first),
        "no_longer_advertised": no_longer_advertised(runs),
        "weakest": weakest(runs),
        "template_rows": template_rows(runs),
        "sizes": sizes(),
        "latency": latency(),
    }
    text = _TEMPLATE.read_text(encoding="utf-8")
    for name, value in fields.items():
        text = text.replace("{{" + name + "}}", value)
    write_whole(paths.CANDIDATE / "MODEL_CARD.md", text)
