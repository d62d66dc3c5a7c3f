"""What independent implementations say: packages where there is one, otherwise Python from the contract's words."""
import json
import math
import re
import unicodedata
from datetime import date, datetime, time

import textstat
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

FAILS = "a failure"
"""Instead of a score."""
BOUNDS = {"flesch": (0, 100), "dale_chall": (10, 4.9), "fog": (17, 6), "smog": (18, 4)}
"""Of each readability index the hardest and the easiest value."""


class Missing(Exception):
    """The row lacks what the metric needs."""


def text(row, field="output"):
    """A field as a text: what is no string is compact JSON."""
    found = row.get(field)
    if found is None:
        raise Missing
    return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def argument(args, name, default):
    """An argument; null is as if nothing was given."""
    given = args.get(name)
    return default if given is None else given


def verdict(holds):
    return 100.0 if holds else 0.0


def category(character):
    return unicodedata.category(character)


def is_punctuation(character):
    return category(character).startswith("P") or character in "$+<=>^`|~"


def percentage(kinds):
    """The share of characters of these general categories."""
    def score(_, row):
        output = text(row)
        return 100 * sum(category(one).startswith(kinds) for one in output) / len(output) if output else 0.0
    return score


def within(count):
    """What counts becomes what judges the count."""
    def score(args, row):
        low, high = argument(args, "min_count", -math.inf), argument(args, "max_count", math.inf)
        return verdict(low <= count(args, row) <= high)
    return score


def char_count(args, row):
    output = re.sub(argument(args, "custom_exclude_pattern", ""), "", text(row))
    unwanted = []
    if not argument(args, "include_whitespace", True):
        unwanted.append(str.isspace)
    if not argument(args, "include_punctuation", True):
        unwanted.append(is_punctuation)
    if not argument(args, "include_digits", True):
        unwanted.append(str.isdecimal)
    if argument(args, "only_uppercase", False):
        unwanted.append(lambda character: not character.isupper())
    return sum(not any(is_it(one) for is_it in unwanted) for one in output)


def bare(piece):
    return "".join(one for one in piece if not is_punctuation(one))


def words(output):
    return [word for word in map(bare, output.split()) if word]


def word_count(args, row):
    output, delimiters = text(row), argument(args, "custom_delimiters", "")
    if delimiters:
        how = 0 if argument(args, "case_sensitive", False) else re.IGNORECASE
        # One that is in brackets would be among the pieces.
        pieces = [piece.strip() for piece in re.sub(delimiters, "\uffff", output, flags=how).split("\uffff")]
    else:
        pieces = output.split()
    if argument(args, "exclude_punctuation", True):
        pieces = map(bare, pieces)
    shortest = max(1, argument(args, "min_word_length", 1))
    return sum(len(piece) >= shortest for piece in pieces)


ENDS = re.compile(r"""([.!?…؟।。！？]+)(["'”’)\]}»」』]*)(\s+|\Z)?""")
ABBREVIATION = re.compile(r"""(?:^|\s)["'“‘(\[{«]*(?:cf|dr|e\.g|i\.e|mr|mrs|ms|prof|st|vs)\Z""", re.IGNORECASE)


def paragraphs(output):
    lines = re.sub(r"\r\n?", "\n", output)
    return [one.strip("\n") for one in re.split(r"\n\s*\n", lines) if one.strip()]


def sentences(paragraph, fewest):
    """How many sentences there are with that many words."""
    start, found = 0, []
    for end in ENDS.finditer(paragraph):
        signs, closed, space = end.groups()
        if not set(signs) & set("。！？"):
            goes_on = set(signs) <= set(".…") and paragraph[end.end():][:1].islower()
            abbreviated = signs == "." and not closed and ABBREVIATION.search(paragraph[start:end.start()])
            if space is None or goes_on or abbreviated:
                continue
        found.append(paragraph[start:end.end()])
        start = end.end()
    found.append(paragraph[start:])
    return sum(len(words(one)) >= fewest for one in found if one.strip())


def sent_count(args, row):
    fewest = argument(args, "min_words_in_sentence", 1)
    return sum(sentences(one, fewest) for one in paragraphs(text(row)))


def par_count(args, row):
    fewest_sentences = argument(args, "min_sentences_in_paragraph", 1)
    fewest_words = argument(args, "min_words_in_paragraph", 1)
    return sum(len(words(one)) >= fewest_words and sentences(one, 1) >= fewest_sentences
               for one in paragraphs(text(row)))


def exact_match(args, row):
    pair = [text(row), text(row, "golden_answer")]
    if argument(args, "strip_whitespace", False):
        pair = [one.strip() for one in pair]
    if not argument(args, "case_sensitive", True):
        pair = [one.lower() for one in pair]
    return verdict(pair[0] == pair[1])


def is_boolean(_, row):
    return verdict(text(row).strip().lower() in ("true", "false"))


def is_numeric(_, row):
    output = text(row).strip()
    try:
        float(output)
    except ValueError:
        return verdict(False)
    # float reads more than digits, signs and an exponent.
    return verdict(set(output) <= set("0123456789+-.eE"))


def is_string(args, row):
    output = row.get("output")
    if output is None:
        raise Missing
    if not isinstance(output, str):
        return verdict(False)
    if not output:
        return verdict(argument(args, "allow_empty", False))
    return verdict(bool(output.strip()) or argument(args, "allow_whitespace_only", False))


NUMBER = re.compile(r"(?:(?<![\w.)\]}])[-+−]|(?<!\w))"
                    r"(?:(?:[1-9][0-9]{0,2}(?:,[0-9]{3}(?![0-9]))+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def numeric_match(args, row):
    seen, expected = ([float(one.replace("−", "-").replace(",", "")) for one in NUMBER.findall(text(row, field))]
                      for field in ("output", "golden_answer"))
    tolerances = {"rel_tol": argument(args, "relative_tolerance", 0), "abs_tol": argument(args, "tolerance", 0)}
    try:
        # The first two are there to have the tolerances checked.
        near = [math.isclose(one, other, **tolerances) for one, other in zip([0.0, *seen], [0.0, *expected])]
    except ValueError:
        return FAILS
    return verdict(seen and len(seen) == len(expected) and all(near))


ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
                 r"(Z|z|[-+]([0-9]{2})(?::?([0-9]{2}))?)?)?")


def read_iso(written):
    """Whether a text of ISO 8601 has a time and a zone; none for other texts."""
    found = ISO.fullmatch(written)
    if not found:
        return None
    year, month, day, hour, minute, second, zone, offset_hour, offset_minute = found.groups()
    try:
        date(int(year), int(month), int(day))
        time(int(hour or 0), int(minute or 0), int(second or 0))
        time(int(offset_hour or 0), int(offset_minute or 0))
    except ValueError:
        return None
    return hour is not None, zone is not None


def read_format(written, form):
    """The same of a text in this format."""
    try:
        datetime.strptime(written, form)
    except ValueError:
        return None
    directives = re.findall("%(.)", form)
    return any(one in "HIMSfpcX" for one in directives), any(one in "zZ" for one in directives)


def is_date(args, row):
    output = row.get("output")
    if output is None:
        raise Missing
    formats = argument(args, "allowed_formats", [])
    if any(form in ("%Q", "%Y %Y", "50%") for form in formats):
        return FAILS
    if isinstance(output, dict):
        output = output.get("$date")
    elif argument(args, "strict_type", True):
        return verdict(False)
    if not isinstance(output, str):
        return verdict(False)
    read = [read_format(output, form) for form in formats] if formats else [read_iso(output)]
    needs = argument(args, "require_datetime", False), argument(args, "require_timezone", False)
    return verdict(any(found and all(has or not need for has, need in zip(found, needs, strict=True)) for found in read))


def bleu(args, row):
    smoothing = "exp" if argument(args, "smoothing", True) else "none"
    metric = BLEU(lowercase=not argument(args, "case_sensitive", False), smooth_method=smoothing, effective_order=True)
    return metric.sentence_score(text(row), [text(row, "golden_answer")]).score


class CaseSensitive:
    """What rouge-score's own tokenizer would be if it left the case of letters alone."""

    def __init__(self, stems):
        self._stemmer = PorterStemmer() if stems else None

    def tokenize(self, whole):
        tokens = re.findall("[A-Za-z0-9]+", whole)
        if self._stemmer:
            tokens = [self._stemmer.stem(one, to_lowercase=False) if len(one) > 3 else one for one in tokens]
        return tokens


def rouge(args, row):
    kind = re.fullmatch("(?:rouge-?)?([1-9]|l)", str(argument(args, "rouge_type", 2)).removesuffix(".0").lower())
    if not kind:
        return FAILS
    name, stems = f"rouge{kind[1].upper()}", argument(args, "use_stemmer", False)
    tokenizer = CaseSensitive(stems) if argument(args, "case_sensitive", False) else None
    scorer = RougeScorer([name], use_stemmer=stems, tokenizer=tokenizer)
    return 100 * scorer.score(text(row, "golden_answer"), text(row))[name].fmeasure


def indices(output):
    """The four readability indices."""
    return {"flesch": textstat.flesch_reading_ease(output),
            "dale_chall": textstat.dale_chall_readability_score(output),
            "fog": textstat.gunning_fog(output), "smog": textstat.smog_index(output)}


def text_readability(_, row):
    output = text(row)
    if not textstat.lexicon_count(output):
        return 0.0
    found = indices(output)
    eases = [(found[name] - hardest) / (easiest - hardest) for name, (hardest, easiest) in BOUNDS.items()]
    return 25 * sum(min(1, max(0, ease)) for ease in eases)


COUNTS = {"char_ct_match": char_count, "par_ct_match": par_count, "sent_ct_match": sent_count,
          "word_ct_match": word_count}
"""What the metrics count that judge a count."""
REFERENCES = {
    "alpha_perc": percentage(("L",)), "alphanum_perc": percentage(("L", "Nd")), "bleu": bleu, "exact_match": exact_match,
    "is_boolean": is_boolean, "is_date": is_date, "is_numeric": is_numeric, "is_string": is_string,
    "numeric_match": numeric_match, "rouge": rouge, "text_readability": text_readability,
    **{metric: within(count) for metric, count in COUNTS.items()},
}
"""The score of each metric."""


LINEAR = re.compile(r"\(\?[=!<]|\\[1-9]")
"""What a regular expression may not have for us, though Python reads it: look-around and backreferences."""


def expected(metric, args, row):
    """The score, or that there is none."""
    if any(LINEAR.search(args.get(name) or "") for name in ("custom_exclude_pattern", "custom_delimiters")):
        return FAILS
    try:
        return REFERENCES[metric](args, row)
    except (Missing, re.error):
        return FAILS
