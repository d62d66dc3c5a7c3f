"""Our Porter stemmer against nltk's, on every word of the pronouncing dictionary."""
from nltk.stem.porter import PorterStemmer

from text.made_up import spoken

BATCH = 200
"""Words that are compared at once."""


def check_stems(tally, told):
    """Each batch is one check: its words, stemmed by us, must be nltk's stems, one by one.

    ROUGE-L of the words against their stems, which are chosen so that they are stemmed no further, is 100 exactly when
    all agree.
    """
    stemmer = PorterStemmer()
    # Shorter words are not stemmed; a stem that stems further would be compared with something else.
    pairs = [(word, stem) for word in spoken() if len(word) > 3
             for stem in [stemmer.stem(word)] if len(stem) <= 3 or stemmer.stem(stem) == stem]
    batches = [pairs[at:at + BATCH] for at in range(0, len(pairs), BATCH)]
    args = {"rouge_type": "L", "use_stemmer": True}
    rows = [{"output": " ".join(word for word, _ in batch), "golden_answer": " ".join(stem for _, stem in batch)}
            for batch in batches]
    asked = [{"metric": "rouge", "args": args, "row": row} for row in rows]
    for batch, seen in zip(batches, told(asked), strict=True):
        tally.that(f"stems from {batch[0][0]} to {batch[-1][0]}", seen.get("score") == 100.0, f"{seen!a}")
    print(f"{len(pairs)} stems of nltk were compared")
