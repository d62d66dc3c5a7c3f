"""Made-up XML Schemas with documents that fit, nearly fit, or do not."""
from formal.values import SAMPLES, facets, value

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
SPACES = ((1, 1),) * 6 + ((0, 1), (0, 1), (0, None), (1, None), (2, 3), (1, 2))
"""How often things may occur: mostly once."""
ODD = ('<xs:element name="odd" type="xs:nothing"/>', '<xs:element name="root"/>', "<xs:element/>", "<xs:simpleType/>",
    "<xs:odd/>", '<xs:element name="odd" type="nowhere"/>',
    '<xs:complexType name="odd"><xs:sequence><xs:element ref="nowhere"/></xs:sequence></xs:complexType>',
    '<xs:simpleType name="odd"><xs:restriction base="xs:int"><xs:minInclusive value="x"/>'
    "</xs:restriction></xs:simpleType>",
    '<xs:element name="odd" minOccurs="2"/>', '<xs:attribute name="odd" use="required"/>', '<xs:element name="1"/>',
    "text",
    '<xs:simpleType name="odd"><xs:restriction base="xs:string"><xs:pattern value="("/>'
    "</xs:restriction></xs:simpleType>")
"""None of these may stand in a schema."""


class Maker:
    """Makes one schema and documents for it. Names within a type are unequal, so that models stay deterministic."""

    def __init__(self, chance):
        self.chance = chance
        self.namespace = chance.random() < 0.35
        self.qualified = self.namespace and chance.random() < 0.7
        self.globals, self.names, self.types = [], 0, {}
        self.uses_prefix = "t:" if self.namespace else ""

    def name(self, kind):
        self.names += 1
        return f"{kind}{self.names}"

    # Simple types: the reference decides which values they have, so a type is only its text and its base.

    def simple(self, depth=0):
        """An attribute `type=…` or a nested simpleType, and the built-in whose samples fit best."""
        kind = self.chance.random()
        base = self.chance.choice(list(SAMPLES))
        if kind < 0.35 or depth > 1:
            return f' type="xs:{base}"', "", base
        if kind < 0.75:
            inner = f'<xs:restriction base="xs:{base}">{facets(self.chance, base)}</xs:restriction>'
        elif kind < 0.85:
            inner = f'<xs:list itemType="xs:{base}"/>'
            if self.chance.random() < 0.4:
                length = self.chance.choice(("length", "minLength", "maxLength"))
                inner = (f"<xs:restriction><xs:simpleType>{inner}</xs:simpleType>"
                         f'<xs:{length} value="{self.chance.randint(1, 3)}"/></xs:restriction>')
        else:
            other = self.chance.choice(list(SAMPLES))
            inner = f'<xs:union memberTypes="xs:{base} xs:{other}"/>'
        if self.chance.random() < 0.3:
            name = self.name("s")
            self.globals.append(f'<xs:simpleType name="{name}">{inner}</xs:simpleType>')
            return f' type="{self.uses_prefix}{name}"', "", base
        return "", f"<xs:simpleType>{inner}</xs:simpleType>", base

    def attributes(self):
        """Declarations, and what makes the attributes of an instance."""
        texts, makers = [], []
        for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
            name = self.name("a")
            given, nested, base = self.simple(1)
            use = self.chance.choice(("", "", ' use="required"', ' use="required"', ' use="optional"',
                                      ' use="prohibited"'))
            # libxml2 refuses a prohibited attribute with a type of its own.
            use = "" if nested else use
            fixed = ""
            if base in ("string", "int", "token") and not nested and "xs:" in given and self.chance.random() < 0.3:
                fixed = ' fixed="7"' if "required" in use or self.chance.random() < 0.5 else ' default="7"'
                use = use if "fixed" in fixed and "prohibited" not in use else ""
            texts.append(f'<xs:attribute name="{name}"{given}{use}{fixed}>{nested}</xs:attribute>')
            makers.append((name, base, use, "fixed" in fixed))
        if self.chance.random() < 0.1:
            texts.append('<xs:anyAttribute namespace="%s" processContents="%s"/>' % (
                self.chance.choice(("##any", "##other", "##local", "urn:o")),
                self.chance.choice(("lax", "skip", "strict"))))
            makers.append(("o:any", "string", "", False))

        def make():
            made = []
            for name, base, use, fixed in makers:
                likely = {' use="required"': 0.97, ' use="prohibited"': 0.03}.get(use, 0.5)
                if self.chance.random() < likely:
                    text = "7" if fixed and self.chance.random() < 0.85 else value(self.chance, base)
                    made.append((name, text))
            return made
        return "".join(texts), make

    # Particles: each gives its text, and a function that makes the children of an instance.

    def occurs(self, most_one=False):
        least, most = self.chance.choice(SPACES)
        if most_one:
            least, most = self.chance.choice(((1, 1), (1, 1), (0, 1)))
        text = "" if least == 1 else f' minOccurs="{least}"'
        text += "" if most == 1 else f' maxOccurs="{"unbounded" if most is None else most}"'

        def times():
            high = least + 2 if most is None else most
            return max(0, self.chance.randint(least, high) + (
                self.chance.choice((-1, 1)) if self.chance.random() < 0.03 else 0))
        return text, times

    def element(self, depth, most_one=False):
        name, (text, times) = self.name("e"), self.occurs(most_one)
        body, make = self.content(depth + 1)
        nillable = ' nillable="true"' if self.chance.random() < 0.12 else ""
        given = body if body.startswith(" ") else ""
        nested = "" if given else body
        if depth and self.chance.random() < 0.12:
            self.globals.append(f'<xs:element name="{name}"{given}{nillable}>{nested}</xs:element>')
            declared, qualified = f'<xs:element ref="{self.uses_prefix}{name}"{text}/>', self.namespace
        else:
            declared = f'<xs:element name="{name}"{given}{nillable}{text}>{nested}</xs:element>'
            qualified = self.qualified

        def instances():
            return [self.instance(name, qualified, make, nillable) for _ in range(times())]
        return declared, instances

    def instance(self, name, qualified, make, nillable=""):
        tag = self.uses_prefix + name if qualified else name
        attributes, inside = make()
        if (nillable or self.chance.random() < 0.01) and self.chance.random() < 0.4:
            attributes = [*attributes, ("xsi:nil", self.chance.choice(("true", "true", "1", "false")))]
            inside = "" if self.chance.random() < 0.8 else inside
        return f"<{tag}{spelled(attributes)}>{inside}</{tag}>"

    def wildcard(self):
        text, times = self.occurs()
        namespace = self.chance.choice(("##other", "##any", "urn:o", "##local ##targetNamespace"))
        process = self.chance.choice(("lax", "skip", "strict"))

        def instances():
            made = ('<o:x xmlns:o="urn:o"/>', "<x>1</x>", '<o:y xmlns:o="urn:o" a="1"><z/></o:y>')
            return [self.chance.choice(made) for _ in range(times())]
        return f'<xs:any namespace="{namespace}" processContents="{process}"{text}/>', instances

    def group(self, depth):
        kind = self.chance.choice(("sequence", "sequence", "choice", "all") if depth < 2 else ("sequence", "choice"))
        parts = []
        for _ in range(self.chance.choice((1, 2, 2, 3))):
            if kind != "all" and depth < 2 and self.chance.random() < 0.2:
                parts.append(self.group(depth + 1 if depth else 2))
            else:
                parts.append(self.element(depth, most_one=kind == "all"))
        # Between other things a wildcard would be ambiguous.
        if kind == "sequence" and depth == 0 and self.chance.random() < 0.12:
            parts.append(self.wildcard())
        text, times = ("", lambda: 1) if kind == "all" else self.occurs()

        def instances():
            made = []
            for _ in range(times()):
                chosen = [self.chance.choice(parts)] if kind == "choice" else list(parts)
                if kind == "all":
                    self.chance.shuffle(chosen)
                made += [instance for _, make in chosen for instance in make()]
            return made
        return f"<xs:{kind}{text}>{''.join(part for part, _ in parts)}</xs:{kind}>", instances

    def content(self, depth):
        """The type of an element, and what makes attributes and inside of an instance."""
        if depth > 2 or self.chance.random() < (0.2 if depth == 0 else 0.7):
            given, nested, base = self.simple()
            if self.chance.random() < 0.2 and given:
                text, make = self.attributes()
                body = (f"<xs:complexType><xs:simpleContent><xs:extension base={given[6:]}>{text}</xs:extension>"
                        "</xs:simpleContent></xs:complexType>")
                return body, lambda: (make(), escaped(value(self.chance, base)))
            return given or nested, lambda: ([], escaped(value(self.chance, base)))
        mixed = self.chance.random() < 0.15
        group, children = self.group(0)
        attributes, make = self.attributes()
        text, children, attributes, make = self.derived(depth, group, children, attributes, make, mixed)

        def instance():
            made = children()
            mutated(self.chance, made)
            words = ("word ", "") if mixed or self.chance.random() < 0.01 else ("", "\n ")
            return make(), "".join(self.chance.choice(words) + child for child in made)
        return text, instance

    def derived(self, depth, group, children, attributes, make, mixed):
        """The complex type whole, of its own or as the extension of another."""
        flag = ' mixed="true"' if mixed else ""
        if group.startswith("<xs:all") or self.chance.random() > 0.2:
            return f"<xs:complexType{flag}>{group}{attributes}</xs:complexType>", children, attributes, make
        name = self.name("t")
        base, more = self.element(2)
        attribute, others = self.attributes()
        if "anyAttribute" in attribute:
            attribute, others = "", list
        self.globals.append(f'<xs:complexType name="{name}"{flag}><xs:sequence>{base}</xs:sequence>{attribute}'
                            "</xs:complexType>")
        text = (f'<xs:complexType{flag}><xs:complexContent><xs:extension base="{self.uses_prefix}{name}">{group}'
                f"{attributes}</xs:extension></xs:complexContent></xs:complexType>")
        return text, lambda: more() + children(), attributes, lambda: make() + others()

    def schema(self):
        """A schema's text, and what makes documents for it."""
        body, make = self.content(0)
        given = body if body.startswith(" ") else ""
        target = ' targetNamespace="urn:t" xmlns:t="urn:t"' if self.namespace else ""
        form = ' elementFormDefault="qualified"' if self.qualified else ""
        root = f'<xs:element name="root"{given}>{"" if given else body}</xs:element>'

        def document():
            text = self.instance("root", self.namespace, make)
            more = f" {XSI}" + (' xmlns:t="urn:t"' if self.namespace else "") + ' xmlns:o="urn:o"'
            at = len("<t:root" if self.namespace else "<root")
            return text[:at] + more + text[at:]
        odd = self.chance.choice(ODD) if self.chance.random() < 0.06 else ""
        return f"<xs:schema {XS}{target}{form}>{root}{''.join(self.globals)}{odd}</xs:schema>", document


def mutated(chance, made):
    """Sometimes drops, repeats, swaps or renames a child."""
    if not made or chance.random() > 0.12:
        return
    at = chance.randrange(len(made))
    kind = chance.randrange(4)
    if kind == 0:
        del made[at]
    elif kind == 1:
        made.insert(at, made[at])
    elif kind == 2:
        other = chance.randrange(len(made))
        made[at], made[other] = made[other], made[at]
    else:
        made.insert(at, "<odd/>")


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def spelled(attributes):
    once = dict(attributes)
    return "".join(f' {name}="{escaped(text).replace(chr(34), "&quot;")}"' for name, text in once.items())
