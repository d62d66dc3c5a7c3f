"""Made-up XML documents: well-formed ones, and ones with a small fault."""

NAMES = ("a", "b", "item", "x-1", "_y", "p:a", "p:b", "q:c", "ü", "a.b")
WORDS = ("", "text", " ", "a &amp; b", "&lt;", "&#65;", "&#x1F600;", "ü€😀", "\n  ", "]]", "1 > 0",
    "<![CDATA[<raw> & ]]>", "<!-- said -->", "<?pi some data?>", "\t")
FAULTS = ("&", "<", ">", "&nope;", "&#0;", "&#xD800;", "&#xFFFF;", "]]>", "<!-- a -- b -->", "<?xml version='1.0'?>",
    "</a>", "<a>", "<a b>", "<a b=c/>", '<a b="<"/>', '<a b="1" b="2"/>', "<1a/>", "<a:b:c/>", "<z:a/>",
    '<a z:b="1"/>', "<?pi", "<!--", "<![CDATA[", "\x01", "￾", "<!DOCTYPE a>", "<a/ >", "< a/>", "</ a>", "&#x;",
    "&amp", "<a b='1'c='2'/>", "<?XML x?>", "<!ELEMENT a ANY>", "<p:a xmlns:p=''/>", "<a xmlns:xml='urn:x'/>",
    "<a xmlns:xmlns='urn:x'/>", "<a p:x='1' q:x='2' xmlns:q='urn:p' xmlns:p='urn:p'/>",
    "<a xmlns='urn:1' xmlns='urn:2'/>", "<!---->", "<!--->", "<a\x0b/>", "<a b='&lt;'/>", "<a b='1&#10;2'/>",
    "<a b='&nope;'/>", "<xml/>", "<a xml:lang='en'/>", "<:a/>", "<a:/>", "<?a:b x?>", "<a xml:space='odd'/>",
    "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<xmlns:a/>")
"""Each stands in some document; not all are faults everywhere."""
PROLOGS = ("", "", "", "", "", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>',
    '<?xml version="1.1"?>', '<?xml version="1.0" standalone="yes"?>', " ", "\n", "<!-- first -->", "<?go?>",
    "<!DOCTYPE r>", '<!DOCTYPE r SYSTEM "r.dtd">', '<!DOCTYPE r [<!ENTITY nope "known">]>',
    "<!DOCTYPE r [<!ELEMENT r ANY>]>", '<!DOCTYPE r [<!ENTITY nope "<b>known</b>">]>',
    '<!DOCTYPE r [<!ENTITY nope "<b>">]>', "<!DOCTYPE r [<!ENTITY a>]>", '<!DOCTYPE r [<!ENTITY nope "&nope;">]>',
    '<!DOCTYPE r [<!ATTLIST r k CDATA "d">]>', '<!DOCTYPE r [<!ENTITY % p "x">]>',
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


# Pairs, as trees of (name, attributes, parts) with parts that are texts or trees

def tree(chance, depth=0):
    attributes = {chance.choice(("k", "l", "p:k")): chance.choice("12") for _ in range(chance.choice((0, 1, 2)))}
    parts = []
    for _ in range(chance.choice((0, 1, 2, 3)) if depth < 3 else 0):
        if parts and isinstance(parts[-1], str) or chance.random() < 0.65:
            parts.append(tree(chance, depth + 1))
        else:
            parts.append(chance.choice(("x", "y z", " x ", "<&", "\n ")))
    return chance.choice(("a", "b", "p:a")), attributes, parts


def changed(chance, node):
    """The same tree, or nearly."""
    if isinstance(node, str):
        more = node + "x" if chance.random() < 0.3 else node
        return chance.choice((node, node, node, node.strip() or node, f" {node}\n", more))
    name, attributes, parts = node
    attributes = dict(sorted(attributes.items(), key=lambda _: chance.random()))
    parts = [changed(chance, part) for part in parts]
    if chance.random() < 0.2:
        chance.shuffle(parts)
    if chance.random() < 0.12:
        attributes["extra"] = "1"
    if chance.random() < 0.03:
        attributes.pop(next(iter(attributes), None), None)
    if chance.random() < 0.03:
        parts.append(("b", {}, []))
    return "c" if chance.random() < 0.015 else name, attributes, parts


def written(chance, node, prefix):
    """A spelling of the tree in which `p:` stands for a namespace, by this prefix."""
    if isinstance(node, str):
        if chance.random() < 0.2:
            return f"<![CDATA[{node}]]>"
        return node.replace("&", "&amp;").replace("<", "&lt;")
    name, attributes, parts = node
    name = name.replace("p:", f"{prefix}:")
    spelled = "".join(f" {key.replace('p:', f'{prefix}:')}={chance.choice(('{}', '{}')).format(repr(text))}"
                      for key, text in attributes.items())
    inside = "".join(chance.choice(("", "", "", "<!-- c -->", "<?go on?>")) + written(chance, part, prefix)
                     for part in parts)
    return f"<{name}{spelled}>{inside}</{name}>" if inside or chance.random() < 0.5 else f"<{name}{spelled}/>"


def pair(chance):
    """Two documents that are the same, or nearly."""
    one = tree(chance)
    other = changed(chance, one)

    def whole(node):
        prefix = chance.choice("pqr")
        text = written(chance, node, prefix)
        end = next(at for at, character in enumerate(text) if character in " />")
        if text.startswith("</"):
            return text
        return f"{text[:end]} xmlns:{prefix}='urn:p'{text[end:]}"

    output, golden = whole(other), whole(one)
    return (output[:-1] if chance.random() < 0.03 else output), golden
