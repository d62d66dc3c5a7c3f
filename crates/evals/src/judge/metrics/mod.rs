//! The judge metrics (Aegis contract §4.4): what each asks, and the formula that makes a score of what
//! was found.

mod consistency;
mod factfulness;
mod listed;
mod matches;
mod passages;
mod risk;
mod share;
mod summary;

use super::session::Session;
use crate::scoring::{Arguments, Failure, Row, Score};

/// The most statements that a model is asked for where nothing else says.
const MOST: usize = 50;

/// The most statements that an argument may ask for. More would not fit into an answer.
const LIMIT: usize = 500;

/// What is to be evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The row.
    pub row: &'a Row,
    /// The arguments.
    pub arguments: Arguments<'a>,
}

/// How a metric is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Metric {
    /// The share of statements that hold.
    Share(&'static share::Share),
    /// Two lists of statements, matched.
    Statements,
    /// Two lists of entities, matched.
    Entities,
    /// Claims about the world, asked several times.
    Facts,
    /// Answers compared with each other.
    Consistency,
    /// Coverage and support.
    Summary,
    /// Each sentence of the golden answer.
    Recall,
    /// Each instruction.
    Instructions,
    /// Each of six categories.
    Format,
    /// Each passage, in rank order.
    Ranking,
    /// Each passage, and groups of them.
    Waste,
    /// The worst of what is found.
    Risk(&'static risk::Risk),
}

/// All judge metrics by their short names, in the contract's order.
pub static METRICS: [(&str, Metric); 27] = [
    ("ans_corr", Metric::Statements),
    ("ans_rel", Metric::Share(&share::ANSWER_RELEVANCY)),
    ("content_consist", Metric::Consistency),
    ("entity_faith", Metric::Entities),
    ("factfulness", Metric::Facts),
    ("faith", Metric::Share(&share::FAITHFULNESS)),
    ("summ", Metric::Summary),
    ("ctx_faith", Metric::Share(&share::CONTEXT_FAITHFULNESS)),
    ("ctx_rank_prec", Metric::Ranking),
    ("ctx_recall", Metric::Recall),
    ("ctx_rel", Metric::Share(&share::CONTEXT_RELEVANCY)),
    ("ctx_suff", Metric::Share(&share::CONTEXT_SUFFICIENCY)),
    ("ctx_waste", Metric::Waste),
    ("content_gen_faith", Metric::Share(&share::CONTENT_FAITHFULNESS)),
    ("format_align", Metric::Instructions),
    ("format_consist", Metric::Format),
    ("bias", Metric::Risk(&risk::BIAS)),
    ("harmfulness", Metric::Risk(&risk::HARMFULNESS)),
    ("role_viol", Metric::Risk(&risk::ROLE_VIOLATION)),
    ("toxic", Metric::Risk(&risk::TOXICITY)),
    ("ev_obf", Metric::Risk(&risk::OBFUSCATION)),
    ("instr_integ_subv_att", Metric::Risk(&risk::SUBVERSION)),
    ("pii_phi", Metric::Risk(&risk::PERSONAL_DATA)),
    ("pii_phi_exfil_att", Metric::Risk(&risk::PERSONAL_EXFILTRATION)),
    ("role_hijack", Metric::Risk(&risk::ROLE_HIJACK)),
    ("sys_data_exfil_att", Metric::Risk(&risk::SYSTEM_EXFILTRATION)),
    ("sys_data_leak", Metric::Risk(&risk::SYSTEM_LEAK)),
];

impl Metric {
    /// What the metric says of a case.
    ///
    /// # Errors
    /// Why it says nothing.
    pub async fn score(self, session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
        match self {
            Self::Share(share) => share.score(session, case).await,
            Self::Statements => matches::statements(session, case).await,
            Self::Entities => matches::entities(session, case).await,
            Self::Facts => factfulness::score_case(session, case).await,
            Self::Consistency => consistency::score_case(session, case).await,
            Self::Summary => summary::score_case(session, case).await,
            Self::Recall => listed::recall(session, case).await,
            Self::Instructions => listed::instructions(session, case).await,
            Self::Format => listed::format(session, case).await,
            Self::Ranking => passages::ranking(session, case).await,
            Self::Waste => passages::waste(session, case).await,
            Self::Risk(risk) => risk.score(session, case).await,
        }
    }
}
