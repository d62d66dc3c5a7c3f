//! Pieces of SQL that are the same each time. A statement with one of these is kept prepared, which one with
//! Diesel's own `sql` never is: that could say something else the next time.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping,
    is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// A text of SQL that is an expression of type `S`.
#[derive(Debug, Clone, Copy)]
pub struct Fixed<S> {
    text: &'static str,
    is: PhantomData<S>,
}

/// An expression of type `S`: another one between two texts of SQL.
#[derive(Debug, Clone, Copy)]
pub struct Around<S, E> {
    before: &'static str,
    inner: E,
    after: &'static str,
    is: PhantomData<S>,
}

/// This SQL as an expression.
pub const fn fixed<S>(text: &'static str) -> Fixed<S> {
    Fixed { text, is: PhantomData }
}

/// An expression with SQL before and after it.
pub const fn around<S, E>(before: &'static str, inner: E, after: &'static str) -> Around<S, E> {
    Around { before, inner, after, is: PhantomData }
}

impl<S: TypedExpressionType> Expression for Fixed<S> {
    type SqlType = S;
}

impl<S: TypedExpressionType, E> Expression for Around<S, E> {
    type SqlType = S;
}

impl<S, Q> AppearsOnTable<Q> for Fixed<S> where Self: Expression {}

impl<S, E, Q> AppearsOnTable<Q> for Around<S, E> where Self: Expression {}

impl<S, Q> SelectableExpression<Q> for Fixed<S> where Self: Expression {}

impl<S, E, Q> SelectableExpression<Q> for Around<S, E> where Self: Expression {}

impl<S, G> ValidGrouping<G> for Fixed<S> {
    type IsAggregate = is_aggregate::Never;
}

impl<S, E, G> ValidGrouping<G> for Around<S, E> {
    type IsAggregate = is_aggregate::Never;
}

// The type does not tell the text, so that a statement is known by its own.
impl<S> QueryId for Fixed<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, E> QueryId for Around<S, E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, B: Backend> QueryFragment<B> for Fixed<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        out.push_sql(self.text);
        Ok(())
    }
}

impl<S, B: Backend, E: QueryFragment<B>> QueryFragment<B> for Around<S, E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        out.push_sql(self.before);
        self.inner.walk_ast(out.reborrow())?;
        out.push_sql(self.after);
        Ok(())
    }
}
