"""Rows that the bench stores itself: what a reference writes must be what the gateway writes."""
import re
from dataclasses import dataclass
from uuid import UUID


class Sql(str):
    """An expression of SQL, not a value."""


@dataclass(frozen=True)
class Tenant:
    """The keys that every row of the organization `default` needs."""
    organization: UUID
    pipeline: UUID
    owner: UUID
    email: str


TENANT = ("SELECT o.id, o.default_pipeline_id, u.id, u.email FROM organizations o "
          "JOIN users u ON u.organization_id = o.id AND u.service WHERE o.slug = 'default'")


def literal(value):
    """A value in the words of Postgres and pgbench."""
    if isinstance(value, Sql):
        return value
    if value is None or isinstance(value, (bool, int)):
        return "NULL" if value is None else str(value).lower()
    quoted = "'" + str(value).replace("'", "''") + "'"
    # Inside quotes, too, pgbench takes a colon and a word for one of its variables.
    return re.sub(r":(?=\w)", ":' || '", quoted)


def insert(table, row, written=literal):
    """The statement that stores a row, a dict by column."""
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(map(written, row.values()))})"


APART = ("number", "created_at", "start_ns", "end_ns")
"""Numbers and times, which are never the same."""


def check_alike(ours, theirs):
    """Fails when a reference stores other rows than the gateway: both are dicts by column. Texts may differ by what
    makes them unique."""
    other = [column for column in ours if column not in APART and not _alike(ours[column], theirs[column])]
    if ours.keys() != theirs.keys() or other:
        shown = ", ".join(f"{column} {ours[column]!r:.200} and {theirs[column]!r:.200}" for column in other)
        raise RuntimeError(f"the reference stores other rows than the gateway: {shown}")


def _alike(one, other):
    if isinstance(one, (str, bytes)) and isinstance(other, (str, bytes)):
        return abs(len(one) - len(other)) <= max(20, len(one) // 10)
    return one == other
