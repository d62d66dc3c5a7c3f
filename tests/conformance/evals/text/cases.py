"""What each metric is asked: arguments and a row, at random."""
import re
from datetime import datetime, timedelta, timezone

from text import made_up

FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%d %B %Y", "%a, %d %b %Y", "%Y-%m-%d %H:%M:%S", "%I:%M %p", "%Y%m%d",
           "%Y-%j",
           "%Y-%m-%dT%H:%M:%S%z", "%c", "%x", "%X", "%G-W%V-%u", "100%% %Y", "%H:%M:%S.%f", "%Y-%m-%d %Z",
           "%A %d %b %y", "%d%m%Y")
PATTERNS = (r"\d", r"[aeiou]+", r"\s", r"[A-Z]", r"(the|a) ", r"[^\w\s]", r"x*", r"\.", "")
DELIMITERS = (",", r"[,;]\s*", r"\n", "e", r"\W+", "THE", r"-|/", r"\d+", "")
UNREADABLE = (r"a(?=b)", r"(a)\1", "(", "[z-a]", r"(?<!x)y")


def sometimes(random, share, choose):
    """Arguments, each given with this probability."""
    return {name: pick() for name, pick in choose.items() if random.random() < share}


def flag(random):
    """A boolean, or null, which is as if nothing was given."""
    return lambda: random.choice([True, False, True, False, None])


def around(random, count):
    """A bound near a count."""
    return lambda: random.choice([0, 1, count, count - 1, count + 1, count * 2, count / 2, count + 0.5, -3])


def row(random, output, **more):
    """A row; once in a while what is needed is missing."""
    fields = {"output": output, **more}
    if random.random() < 0.02:
        fields[random.choice(list(fields))] = None
    return fields


def only_output(random):
    return {}, row(random, made_up.value(random))


def pattern(random, patterns, output):
    """A regular expression, and what it is used on: `\\w` and `\\s` are not quite Python's for rare characters."""
    chosen = random.choice(patterns if random.random() < 0.9 else UNREADABLE)
    if re.search(r"\\[wWs]", chosen):
        output = made_up.prose(random)
    return chosen, output


def char_ct_match(random):
    output = made_up.value(random)
    size = len(output) if isinstance(output, str) else 5
    args = sometimes(random, 0.6, {
        "min_count": around(random, size), "max_count": around(random, size), "include_whitespace": flag(random),
        "include_punctuation": flag(random), "include_digits": flag(random), "only_uppercase": flag(random)})
    if random.random() < 0.3:
        args["custom_exclude_pattern"], output = pattern(random, PATTERNS, output)
    return args, row(random, output)


def word_ct_match(random):
    output = made_up.value(random)
    size = len(output.split()) if isinstance(output, str) else 1
    args = sometimes(random, 0.45, {
        "min_count": around(random, size), "max_count": around(random, size), "exclude_punctuation": flag(random),
        "min_word_length": lambda: random.choice([0, 1, 2, 3, 4.5, 7]), "case_sensitive": flag(random)})
    if random.random() < 0.3:
        args["custom_delimiters"], output = pattern(random, DELIMITERS, output)
    return args, row(random, output)


def sent_ct_match(random):
    output = made_up.value(random)
    args = sometimes(random, 0.5, {
        "min_count": around(random, random.randint(1, 12)), "max_count": around(random, random.randint(1, 12)),
        "min_words_in_sentence": lambda: random.choice([0, 1, 2, 5, 10])})
    return args, row(random, output)


def par_ct_match(random):
    output = made_up.value(random)
    args = sometimes(random, 0.5, {
        "min_count": around(random, random.randint(1, 4)), "max_count": around(random, random.randint(1, 4)),
        "min_sentences_in_paragraph": lambda: random.choice([0, 1, 2, 4]),
        "min_words_in_paragraph": lambda: random.choice([0, 1, 10, 30])})
    return args, row(random, output)


def exact_match(random):
    output = made_up.value(random)
    golden = output
    if random.random() < 0.75 and isinstance(output, str):
        golden = random.choice([output.upper(), output.lower(), f" {output}\n", f"{output}\u3000", output.strip(),
                                output.title(),
                                f"{output}x", made_up.text(random)])
    elif not isinstance(output, str) and random.random() < 0.5:
        golden = str(output)
    args = sometimes(random, 0.6, {"case_sensitive": flag(random), "strip_whitespace": flag(random)})
    return args, row(random, output, golden_answer=golden)


def is_boolean(random):
    output = random.choice(["true", "False", "TRUE", " false\n", "tRuE\t", "yes", "1", "0", "truth", "", "'true'",
                            "false.", "ｔrue", True,
                            False, 0, 1, [], [True], made_up.value(random)])
    return {}, row(random, output)


def number(random):
    """A number as it is written."""
    return random.choice([str(random.randrange(-999, 9999)), f"{random.uniform(-50, 5000):.{random.randint(0, 4)}f}",
                          f"{random.randrange(10**7):,}", f"{random.uniform(0, 1):.2e}", f"+{random.randrange(99)}",
                          f".{random.randrange(100)}", f"{random.randrange(100)}.", f"−{random.randrange(100)}",
                          f"{random.randrange(100)}%",
                          f"${random.randrange(5000):,}.50"])


def is_numeric(random):
    output = random.choice([
        number(random), number(random), f" {number(random)}\n", made_up.value(random),
        random.choice([5, -2.5, 1e30, 0, True, None, [1]]),
        random.choice(["NaN", "inf", "-Infinity", "1_000", "0x1F", "1e", "e5", ".", "-", "", " ", "٣", "５", "1 2", "--1",
                       "1.2.3", "1e400", "5\x1f", "½"])])
    return {}, row(random, output)


def is_string(random):
    args = sometimes(random, 0.5, {"allow_empty": flag(random), "allow_whitespace_only": flag(random)})
    output = random.choice(["", " ", "\n\t", "\u3000", "\u200b", made_up.value(random), made_up.hostile(random), 5,
                            True, ["a"], {}])
    return args, row(random, output)


def numeric_match(random):
    few = [number(random) for _ in range(random.randint(1, 3))]
    output = " ".join(f"{made_up.word(random)} {one}" for one in few)
    kind = random.random()
    if kind < 0.35:
        golden = " and ".join(few)
    elif kind < 0.7:
        base = round(random.uniform(-500, 500), 2)
        output, golden = f"about {base}", str(round(base + random.choice([0, 0.01, -0.5, 1, 5, 30]), 2))
    elif kind < 0.8:
        output, golden = random.randrange(10), random.choice(["5", 5, "five", 5.0, "1,005"])
    elif kind < 0.9:
        output, golden = made_up.hostile(random), made_up.hostile(random)
    else:
        golden = made_up.changed(random, output)
    args = sometimes(random, 0.4, {"tolerance": lambda: random.choice([0, 0.01, 0.5, 1, 5, 100]),
                                   "relative_tolerance": lambda: random.choice([0, 0.001, 0.01, 0.1, 0.5])})
    if random.random() < 0.03:
        args["tolerance"] = -1
    return args, row(random, output, golden_answer=golden)


def moment(random):
    """A time between 1900 and 2100."""
    seconds = random.randrange(200 * 365 * 86400)
    return datetime(1900, 1, 1) + timedelta(seconds=seconds, microseconds=random.choice([0, 0, 500_000, 123_456]))


def iso(random):
    """A date as ISO 8601 writes it, or nearly."""
    at = moment(random)
    offset = timezone(timedelta(hours=random.randint(-12, 14), minutes=random.choice([0, 30])))
    zoned = at.replace(tzinfo=random.choice([None, timezone.utc, offset]))
    written = random.choice([
        at.date().isoformat(), zoned.isoformat(), zoned.isoformat(" "), at.isoformat(timespec="minutes"),
        at.isoformat().lower() + "z", at.isoformat(timespec="seconds") + "Z", at.isoformat() + "+0530"])
    if random.random() < 0.3:
        cut, gone = random.randrange(len(written) + 1), random.randint(0, 1)
        written = written[:cut] + random.choice(["", " ", "5", "x", "Z", "T", "-"]) + written[cut + gone:]
    return written


def damaged(random, written):
    """A date that is written a little otherwise, or that there is not."""
    if random.random() < 0.5:
        return re.sub(r"\b0", "", written)
    return random.choice([
        written.upper(), written.replace("0", "", 1), written + " ", written.replace(" ", "  "), written + "1",
        written.replace("2", "3", 1), "29 February 1900", "2023-02-29", "31.04.2024", "23:59:60", "2024-366"])


def is_date(random):
    args = sometimes(random, 0.3, {"require_datetime": flag(random), "require_timezone": flag(random)})
    args |= {"strict_type": False} if random.random() < 0.85 else sometimes(random, 0.5, {"strict_type": lambda: True})
    output = iso(random)
    if random.random() < 0.5:
        formats = random.sample(FORMATS, random.randint(1, 3))
        args["allowed_formats"] = formats if random.random() < 0.97 else []
        if random.random() < 0.8:
            zoned = moment(random).replace(tzinfo=random.choice([timezone.utc, timezone(timedelta(hours=2))]))
            output = zoned.strftime(random.choice(formats if random.random() < 0.8 else FORMATS))
            if random.random() < 0.4:
                output = damaged(random, output)
    if random.random() < 0.02:
        args["allowed_formats"] = [random.choice(["%Q", "%Y %Y", "50%"])]
    kind = random.random()
    if kind < 0.12:
        output = {"$date": output}
    elif kind < 0.2:
        output = random.choice([20260402, 1775088000, True, ["2026-04-02"], {"date": "2026-04-02"}, "", "today",
                                "0000-01-01",
                                "2026-13-01", "2026-02-30", "2026-04-02T24:00", "2026-04-02T12:00:60",
                                "2026-04-02T12:00+25:00"])
    return args, row(random, output)


def pair(random):
    """An output and a golden answer that have something in common, or not."""
    golden = made_up.prose(random) if random.random() < 0.8 else made_up.text(random)
    kind = random.random()
    if kind < 0.75:
        return made_up.changed(random, golden), golden
    if kind < 0.85:
        return golden, golden
    return made_up.value(random), golden


def bleu(random):
    output, golden = pair(random)
    args = sometimes(random, 0.6, {"smoothing": flag(random), "case_sensitive": flag(random)})
    return args, row(random, output, golden_answer=golden)


def rouge(random):
    output, golden = pair(random)
    args = sometimes(random, 0.6, {
        "rouge_type": lambda: random.choice([1, 2, 3, 4, 9, 2.0, "1", "2", "L", "L", "l", "rouge1", "rougeL",
                                             "ROUGE-L", "Rouge-3"]),
        "use_stemmer": flag(random), "case_sensitive": flag(random)})
    if random.random() < 0.03:
        args["rouge_type"] = random.choice([0, 10, -1, 1.5, "W", "", "Lsum"])
    return args, row(random, output, golden_answer=golden)


def text_readability(random):
    kind = random.random()
    output = made_up.prose(random) if kind < 0.8 else made_up.value(random)
    return {}, row(random, output)


CASES = {
    "alpha_perc": only_output, "alphanum_perc": only_output, "bleu": bleu, "char_ct_match": char_ct_match,
         "exact_match": exact_match,
    "is_boolean": is_boolean, "is_date": is_date, "is_numeric": is_numeric, "is_string": is_string,
         "numeric_match": numeric_match,
    "par_ct_match": par_ct_match, "rouge": rouge, "sent_ct_match": sent_ct_match, "text_readability": text_readability,
    "word_ct_match": word_ct_match,
}
"""How each metric is asked."""
