//! What a field of a policy may hold.

/// A kind of value.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A boolean.
    Flag,
    /// A whole number within bounds.
    Whole {
        /// The smallest.
        least: Option<i64>,
        /// The largest.
        most: Option<i64>,
    },
    /// A number within bounds.
    Number {
        /// The smallest.
        least: Option<i64>,
        /// The largest.
        most: Option<i64>,
    },
    /// Any string.
    Text,
    /// One of these words, which the vendor's code lists where it is used.
    Literal(&'static [&'static str]),
    /// One of these words, which the vendor's code lists in one place.
    Enum(&'static [&'static str]),
    /// An array of such values.
    List(&'static Shape),
    /// An object of any keys with such values.
    Map(&'static Shape),
    /// An object with fields of its own.
    Model(&'static Model),
    /// Anything.
    Any,
    /// A value that meets a rule beyond its shape.
    Ruled(&'static Shape, Rule),
}

/// A rule beyond a value's shape.
#[derive(Clone, Copy)]
pub enum Rule {
    /// An array that has items.
    NotEmpty,
    /// The same, as Pydantic's own rule.
    AtLeastOne,
    /// Hosts that are no blanks.
    Hosts,
    /// Two numbers from 0 to 100, the second not below the first.
    Band,
    /// The hexadecimal digits of 16 bytes or more.
    Hex,
}

/// An object with fields of its own.
pub struct Model {
    /// The vendor's name for it, which Pydantic's messages tell.
    pub name: &'static str,
    /// The fields that it shares with others. Its own field of the same name takes one's place.
    pub base: &'static [Field],
    /// Its own fields.
    pub own: &'static [Field],
    /// Whether it has no others.
    pub closed: bool,
}

impl Model {
    /// The fields in the order in which they are checked.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let own = self.own;
        let replaced = |field: &'static Field| {
            own.iter().find(|other| other.name == field.name).unwrap_or(field)
        };
        let base = self.base;
        let is_new = move |field: &&Field| !base.iter().any(|other| other.name == field.name);
        base.iter().map(replaced).chain(own.iter().filter(is_new))
    }
}

/// A field.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// Whether it may also be null.
    pub nullable: bool,
    /// Whether it must be there.
    pub required: bool,
}

impl Field {
    /// A field of this shape that may be left out.
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, nullable: false, required: false }
    }

    /// The same, or null.
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, which must be there.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// A boolean.
pub const fn flag(name: &'static str) -> Field {
    Field::new(name, Shape::Flag)
}

/// A string.
pub const fn text(name: &'static str) -> Field {
    Field::new(name, Shape::Text)
}

/// An array of strings, or null.
pub const fn texts(name: &'static str) -> Field {
    Field::new(name, Shape::List(&Shape::Text)).or_null()
}

/// An object whose values have that shape, or null.
pub const fn map(name: &'static str, values: &'static Shape) -> Field {
    Field::new(name, Shape::Map(values)).or_null()
}

/// A whole number.
pub const fn whole(name: &'static str) -> Field {
    Field::new(name, Shape::Whole { least: None, most: None })
}

/// A whole number from there on.
pub const fn at_least(name: &'static str, least: i64) -> Field {
    Field::new(name, Shape::Whole { least: Some(least), most: None })
}

/// A whole number from 0 to 100.
pub const fn percent(name: &'static str) -> Field {
    Field::new(name, Shape::Whole { least: Some(0), most: Some(100) })
}

/// A number.
pub const fn number(name: &'static str) -> Field {
    Field::new(name, Shape::Number { least: None, most: None })
}

/// A number from there on.
pub const fn from(name: &'static str, least: i64) -> Field {
    Field::new(name, Shape::Number { least: Some(least), most: None })
}

/// A number from 0 to 1.
pub const fn share(name: &'static str) -> Field {
    Field::new(name, Shape::Number { least: Some(0), most: Some(1) })
}

/// One of these words.
pub const fn word(name: &'static str, words: &'static [&'static str]) -> Field {
    Field::new(name, Shape::Literal(words))
}

/// An object with fields of its own, or null.
pub const fn model(name: &'static str, model: &'static Model) -> Field {
    Field::new(name, Shape::Model(model)).or_null()
}
