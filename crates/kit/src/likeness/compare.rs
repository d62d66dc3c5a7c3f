//! How two servers' answers to one call differ.

use std::collections::HashMap;

use evalstone_core::json::Kind;

use super::names::Names;
use super::node::{Node, Part};
use super::rewrite::depth_of;
use super::shown::{cut, masked, shown};
use super::{Call, Likeness, Mask, times};

/// One answer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The status code.
    pub status: u16,
    /// The content type as it was sent; empty without one.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: a JSON pointer with `[]` for positions; empty for the answer as a whole.
    pub pointer: String,
    /// Which.
    pub what: What,
    /// What was here, shortened.
    pub ours: String,
    /// What was there, shortened.
    pub theirs: String,
}

/// The kinds of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The status. Nothing else of such answers is compared.
    Status,
    /// The type of the body.
    ContentType,
    /// A body that is no JSON on both sides is another.
    Body,
    /// They leave out a field that we have.
    Missing,
    /// They have a field that we do not.
    Additional,
    /// One side's value is null.
    Null,
    /// The value is of another type.
    Type,
    /// The value is another of the same type.
    Value,
    /// A list has more or fewer items.
    Length,
    /// A list has the same items in another order.
    Order,
    /// An id names another thing.
    Id,
    /// A time is written in another way.
    Format,
    /// Two times of one object follow each other the other way round.
    Sequence,
}

impl What {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::ContentType => "content_type",
            Self::Body => "body",
            Self::Missing => "missing",
            Self::Additional => "additional",
            Self::Null => "null",
            Self::Type => "type",
            Self::Value => "value",
            Self::Length => "length",
            Self::Order => "order",
            Self::Id => "id",
            Self::Format => "format",
            Self::Sequence => "sequence",
        }
    }
}

/// The differences of two answers to one call. Pairs of ids that were not known are learned from them.
/// Of two refusals with one status only the shape is compared: texts for people are each server's own.
#[must_use]
pub fn compare(
    likeness: &Likeness,
    call: &Call,
    ours: Reply<'_>,
    theirs: Reply<'_>,
    names: &mut Names,
) -> Vec<Difference> {
    let mut found = Comparison {
        likeness,
        call,
        names,
        shape_only: ours.status >= 400,
        found: Vec::new(),
        steps: 0,
    };
    if ours.status != theirs.status {
        found.note("", What::Status, ours.status.to_string(), theirs.status.to_string());
        return found.found;
    }
    if ours.body.is_empty() && theirs.body.is_empty() {
        return Vec::new();
    }
    let [our_type, their_type] = [ours.content_type, theirs.content_type].map(essence);
    if our_type != their_type {
        found.note("", What::ContentType, our_type, their_type);
        return found.found;
    }
    match [ours.body, theirs.body].map(document) {
        [Some(ours), Some(theirs)] => found.parts(&Place::ROOT, ours, theirs),
        _ if ours.body == theirs.body => {}
        _ => {
            let length = |body: &[u8]| format!("{} bytes", body.len());
            found.note("", What::Body, length(ours.body), length(theirs.body));
        }
    }
    found.found
}

/// An object's members by their names.
fn by_name<'a, 'b>(members: &'b [(String, Part<'a>)]) -> HashMap<&'b str, Part<'a>> {
    members.iter().map(|(name, value)| (name.as_str(), *value)).collect()
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn document(body: &[u8]) -> Option<Part<'_>> {
    Part::parse(std::str::from_utf8(body).ok()?)
}

/// A comparison under way.
pub(super) struct Comparison<'a> {
    likeness: &'a Likeness,
    call: &'a Call,
    pub(super) names: &'a mut Names,
    shape_only: bool,
    pub(super) found: Vec<Difference>,
    /// How many values have been compared, those that are compared again too.
    steps: usize,
}

/// Where a comparison is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The JSON pointer.
    pub(super) pointer: String,
    /// The name of the field in which the value lies, also in a list there.
    parent: String,
    /// How many lists and objects are around it.
    depth: usize,
}

impl Place {
    const ROOT: Self = Self { pointer: String::new(), parent: String::new(), depth: 0 };

    /// The field of that name of the object here, with this value.
    fn field(&self, name: &str, value: Part<'_>) -> Self {
        let depth = depth_of(value, self.depth);
        Self { pointer: self.pointer_to(name), parent: name.to_owned(), depth }
    }

    /// The JSON pointer of the field of that name.
    fn pointer_to(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// An item of the list here.
    pub(super) fn item(&self) -> Self {
        let pointer = format!("{}/[]", self.pointer);
        Self { pointer, parent: self.parent.clone(), depth: self.depth + 1 }
    }
}

impl Comparison<'_> {
    pub(super) fn note(&mut self, pointer: &str, what: What, ours: String, theirs: String) {
        self.found.push(Difference { pointer: pointer.to_owned(), what, ours, theirs });
    }

    /// Notes a difference of two values that can be shown.
    fn note_parts(&mut self, place: &Place, what: What, ours: Part<'_>, theirs: Part<'_>) {
        self.note(&place.pointer, what, shown(ours), shown(theirs));
    }

    /// Compares two values.
    pub(super) fn parts(&mut self, place: &Place, ours: Part<'_>, theirs: Part<'_>) {
        self.steps += 1;
        if !self.same_type(place, ours, theirs) {
            return;
        }
        match (ours.open(), theirs.open()) {
            (Node::Object(ours), Node::Object(theirs)) => self.objects(place, &ours, &theirs),
            (Node::List(ours), Node::List(theirs)) => self.lists(place, &ours, &theirs),
            (mine, other) if mine != other && !self.shape_only => {
                self.note_parts(place, What::Value, ours, theirs);
            }
            _ => {}
        }
    }

    /// Whether two values are of one type, which is noted where they are not.
    fn same_type(&mut self, place: &Place, ours: Part<'_>, theirs: Part<'_>) -> bool {
        let (mine, other) = (ours.kind(), theirs.kind());
        if mine == other {
            return true;
        }
        let what = if [mine, other].contains(&Kind::Null) { What::Null } else { What::Type };
        let shown = [mine, other].map(|kind| kind.as_str().to_owned());
        let [mine, other] = shown;
        self.note(&place.pointer, what, mine, other);
        false
    }

    fn objects(
        &mut self,
        place: &Place,
        ours: &[(String, Part<'_>)],
        theirs: &[(String, Part<'_>)],
    ) {
        let [of_ours, of_theirs] = [ours, theirs].map(by_name);
        for (name, mine) in ours {
            let at = place.field(name, *mine);
            let mask = self.likeness.field(self.call, &place.parent, name, place.depth);
            match of_theirs.get(name.as_str()) {
                Some(other) => self.fields(&at, mask, *mine, *other),
                None => self.note(&at.pointer, What::Missing, masked(mask, *mine), String::new()),
            }
        }
        for (name, other) in theirs.iter().filter(|(name, _)| !of_ours.contains_key(name.as_str()))
        {
            let mask = self.likeness.field(self.call, &place.parent, name, place.depth);
            let pointer = place.pointer_to(name);
            self.note(&pointer, What::Additional, String::new(), masked(mask, *other));
        }
        self.sequences(place, ours, theirs);
    }

    fn fields(&mut self, place: &Place, mask: Option<Mask>, ours: Part<'_>, theirs: Part<'_>) {
        let Some(mask) = mask else {
            self.parts(place, ours, theirs);
            return;
        };
        if !self.same_type(place, ours, theirs) {
            return;
        }
        match mask {
            Mask::Id(kind) => match (ours.open(), theirs.open()) {
                (Node::List(mine), Node::List(other)) if mine.len() == other.len() => {
                    for (mine, other) in mine.into_iter().zip(other) {
                        self.fields(&place.item(), Some(mask), mine, other);
                    }
                }
                (Node::List(mine), Node::List(other)) => {
                    let [mine, other] = [mine.len(), other.len()].map(|n| n.to_string());
                    self.note(&place.pointer, What::Length, mine, other);
                }
                _ => {
                    let ids = ours.scalar().zip(theirs.scalar());
                    if ids.is_some_and(|(mine, other)| !self.names.agree(kind, &mine, &other)) {
                        self.note_parts(place, What::Id, ours, theirs);
                    }
                }
            },
            Mask::Time => {
                let [mine, other] = [ours, theirs].map(|part| part.scalar().unwrap_or_default());
                if times::format(&mine) != times::format(&other) {
                    self.note(&place.pointer, What::Format, cut(&mine), cut(&other));
                }
            }
            Mask::Payload => {
                if ours != theirs {
                    let [mine, other] = [ours, theirs].map(|part| masked(Some(mask), part));
                    self.note(&place.pointer, What::Value, mine, other);
                }
            }
            Mask::Organization | Mask::Given | Mask::Secret => {}
        }
    }

    /// Compares how the times of two objects follow each other.
    fn sequences(
        &mut self,
        place: &Place,
        ours: &[(String, Part<'_>)],
        theirs: &[(String, Part<'_>)],
    ) {
        let time = |members: &[(String, Part<'_>)], name: &str| {
            members.iter().find(|(known, _)| known == name).and_then(|(_, part)| part.scalar())
        };
        let is_time = |name: &str| {
            let mask = self.likeness.field(self.call, &place.parent, name, place.depth);
            mask == Some(Mask::Time)
        };
        let both: Vec<(&str, String, String)> = ours
            .iter()
            .filter(|(name, _)| is_time(name))
            .filter_map(|(name, _)| Some((name.as_str(), time(ours, name)?, time(theirs, name)?)))
            // Times that are written in another way are told already.
            .filter(|(_, mine, other)| times::format(mine) == times::format(other))
            .collect();
        for (at, (first, mine_first, other_first)) in both.iter().enumerate() {
            for (second, mine_second, other_second) in &both[at + 1..] {
                let mine = [
                    times::is_before(mine_first, mine_second),
                    times::is_before(mine_second, mine_first),
                ];
                let other = [
                    times::is_before(other_first, other_second),
                    times::is_before(other_second, other_first),
                ];
                // Equal times can be told in either order.
                if (mine[0] && other[1]) || (mine[1] && other[0]) {
                    let order = |first_is_before: bool| {
                        let (a, b) =
                            if first_is_before { (first, second) } else { (second, first) };
                        format!("{a} before {b}")
                    };
                    let pointer = place.pointer_to(second);
                    self.note(&pointer, What::Sequence, order(mine[0]), order(other[0]));
                }
            }
        }
    }

    /// Whether values may still be compared more than once. Without a bound lists within lists would double
    /// the work with each level.
    pub(super) const fn may_search(&self) -> bool {
        self.steps < SEARCH_STEPS
    }

    /// Whether two values are equal by what is known; what would have to be learned is not.
    pub(super) fn are_equal(&mut self, place: &Place, ours: Part<'_>, theirs: Part<'_>) -> bool {
        let (mark, found) = (self.names.mark(), self.found.len());
        self.parts(place, ours, theirs);
        self.names.forget(mark);
        let equal = self.found.len() == found;
        self.found.truncate(found);
        equal
    }

    /// Their id for a row of ours, if rows here have ids and it is known.
    pub(super) fn known_row(&self, place: &Place, ours: Part<'_>) -> Option<String> {
        let (kind, id) = self.row_id(place, ours)?;
        self.names.theirs(kind, &id).map(str::to_owned)
    }

    /// A row's own id, if rows here have ids.
    pub(super) fn row_id(
        &self,
        place: &Place,
        row: Part<'_>,
    ) -> Option<(evalstone_core::source::SourceKind, String)> {
        let Node::Object(members) = row.open() else {
            return None;
        };
        let (_, id) = members.into_iter().find(|(name, _)| name == "id")?;
        match self.likeness.field(self.call, &place.parent, "id", place.depth) {
            Some(Mask::Id(kind)) => Some((kind, id.scalar()?)),
            _ => None,
        }
    }
}

/// How many values are compared before items of lists are not searched for any more.
const SEARCH_STEPS: usize = 2_000_000;
