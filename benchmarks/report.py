"""Prints the measured figures, and writes them to a page with a chart."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

from benchmarks.figures import Figure
from infra.packaging import ROOT

PAGE = ROOT / "docs" / "quality" / "benchmarks.md"
CHART = ROOT / "docs" / "quality" / "benchmarks.svg"
HEAD = """# Benchmarks

Written by `make bench`. Bytes, calls, units and instructions are exact. Times depend on the machine, so aims for them
are ratios within one run. `benchmarks/` shows how each figure is measured, and `benchmarks/peer/` is the service that
the API is compared with.

![How far each figure is from its aim](benchmarks.svg)

| figure | measured | aim | |
|---|---|---|---|
"""
MET, MISSED = "#2a6f4e", "#b4472e"


def line(figure: Figure) -> str:
    aim = f"  (aim: {figure.aim.text}: {figure.verdict})" if figure.aim else ""
    return f"{figure.name:95} {figure.shown:>16}{aim}"


def write(figures: Sequence[Figure]) -> Path:
    """Writes page and chart; returns the page's path."""
    rows = [
        f"| {figure.name} | {figure.shown} | {figure.aim.text if figure.aim else ''} | {figure.verdict} |"
        for figure in figures
    ]
    missed = [figure for figure in figures if figure.verdict == "missed"]
    reasons = [f"- **{figure.name}**: {figure.why}" for figure in missed]
    tail = ["", "## Why figures miss their aim", "", *reasons] if missed else []
    PAGE.write_text(HEAD + "\n".join([*rows, *tail]) + "\n")
    _draw([figure for figure in figures if figure.aim and figure.aim.limit])
    return PAGE


def _draw(figures: Sequence[Figure]) -> None:
    """Draws each figure's share of its limit; left of the line is better."""
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"})
    drawing = Drawing(figsize=(10, 0.4 * len(figures) + 1), layout="constrained")
    axes = drawing.subplots()
    shares = [figure.share_of_limit for figure in reversed(figures)]
    colours = [MET if figure.verdict == "met" else MISSED for figure in reversed(figures)]
    bars = axes.barh([figure.name for figure in reversed(figures)], shares, color=colours, height=0.6)
    axes.bar_label(bars, [figure.shown for figure in reversed(figures)], padding=4, fontsize=8)
    axes.axvline(1, color="#555", linewidth=1)
    axes.set_xlabel("share of what the aim allows (1: just met; shorter is better)")
    axes.tick_params(axis="y", labelsize=8)
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(CHART, metadata={"Date": None})
