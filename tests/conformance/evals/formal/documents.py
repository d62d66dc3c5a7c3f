"""Made-up XML documents: well-formed ones, and ones with a small fault."""

NAMES = ("a", "b", "item", "x-1", "_y", "p:a", "p:b", "q:c", "ü", "a.b")
WORDS = ("", "text", " ", "a &amp; b", "&lt;", "&#65;", "&#x1F600;", "ü€😀", "\n  ", "]]", "1 > 0", "<![CDATA[<raw> & ]]>",
         "<!-- said -->", "<?pi some data?>", "\t")
FAULTS = ("&", "<", ">", "&nope;", "&#0;", "&#xD800;", "&#xFFFF;", "]]>", "<!-- a -- b -->", "<?xml version='1.0'?>", "</a>",
          "<a>", "<a b>", "<a b=c/>", '<a b="<"/>', '<a b="1" b="2"/>', "<1a/>", "<a:b:c/>", "<z:a/>", '<a z:b="1"/>', "<?pi",
          "<!--", "<![CDATA[", "\x01", "￾", "<!DOCTYPE a>", "<a/ >", "< a/>", "</ a>", "&#x;", "&amp", "<a b='1'c='2'/>",
          "<?XML x?>", "<!ELEMENT a ANY>", "<p:a xmlns:p=''/>", "<a xmlns:xml='urn:x'/>", "<a xmlns:xmlns='urn:x'/>",
          "<a p:x='1' q:x='2' xmlns:q='urn:p' xmlns:p='urn:p'/>", "<a xmlns='urn:1' xmlns='urn:2'/>", "<!---->", "<!--->",
          "<a\x0b/>", "<a b='&lt;'/>", "<a b='1&#10;2'/>", "<a b='&nope;'/>", "<xml/>", "<a xml:lang='en'/>", "<:a/>",
          "<a:/>", "<?a:b x?>", "<a xml:space='odd'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
          "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<xmlns:a/>")
"""Each stands in some document; not all are faults everywhere."""
PROLOGS = ("", "", "", "", "", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.1"?>',
           '<?xml version="1.0" standalone="yes"?>', " ", "\n", "<!-- first -->", "<?go?>", "<!DOCTYPE r>",
           '<!DOCTYPE r SYSTEM "r.dtd">', '<!DOCTYPE r [<!ENTITY nope "known">]>', "<!DOCTYPE r [<!ELEMENT r ANY>]>",
           '<!DOCTYPE r [<!ENTITY nope "<b>known</b>">]>', '<!DOCTYPE r [<!ENTITY nope "<b>">]>', "<!DOCTYPE r [<!ENTITY a>]>",
           '<!DOCTYPE r [<!ENTITY nope "&nope;">]>', '<!DOCTYPE r [<!ATTLIST r k CDATA "d">]>', '<!DOCTYPE r [<!ENTITY % p "x">]>',
           '<!DOCTYPE r PUBLIC "-//x//y" "r.dtd">', '<?xml version="2.0"?>', '<?xml encoding="UTF-8"?>', "<?xml?>", "text",
           '<!DOCTYPE r [<!ENTITY nope SYSTEM "file:///nowhere">]>', "\ufeff", '<?xml version="1.0" encoding="latin-1"?>',
           '<?xml version="1.0" standalone="maybe"?>')
EPILOGS = ("",) * 12 + ("\n", "<!-- last -->", "<?last?>", "text", "<more/>", "&amp;", "\x00")


def element(chance, depth, faults):
    name = chance.choice(NAMES)
    attributes = {chance.choice(NAMES): chance.choice(("", "1", "a b", "&quot;", "it's", "ü", "\n", "&#9;"))
                  for _ in range(chance.choice((0, 0, 1, 2)))}
    spelled = "".join(f' {key}="{text}"' for key, text in attributes.items())
    if chance.random() < 0.3:
        return f"<{name}{spelled}/>"
    inside = []
    for _ in range(chance.choice((0, 1, 2, 3)) if depth < 4 else 0):
        inside.append(element(chance, depth + 1, faults) if chance.random() < 0.5 else chance.choice(WORDS))
        if chance.random() < faults:
            inside.append(chance.choice(FAULTS))
    return f"<{name}{spelled}>{''.join(inside)}</{name}>"


def document(chance):
    """A text that is XML, or nearly."""
    faults = chance.choice((0, 0, 0, 0.3))
    inside = "".join(element(chance, 0, faults) for _ in range(chance.choice((0, 1, 2))))
    if faults:
        inside += chance.choice(FAULTS)
    text = (chance.choice(PROLOGS) + f'<r xmlns:p="urn:p" xmlns:q="urn:q">{inside}</r>' + chance.choice(EPILOGS))
    if chance.random() < 0.15:
        # One character is lost, doubled, or another.
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(("", text[at] * 2, "<", ">", "&", '"', "x")) + text[at + 1:]
    return text
