//! `stage*`, `output*` and `inputs*`.

use super::Part;
use crate::case::{Case, STAGES, key};
use crate::json::{RawJson, View};

/// A case's stage, output and inputs as every dialect reads them (design §2.4): a stage or output
/// that the case itself lacks is taken from its inputs.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    stage: Option<&'a str>,
    output: Option<View<'a>>,
    inputs: Part<'a>,
}

impl<'a> Reading<'a> {
    /// Reads a case.
    #[must_use]
    pub fn of(case: &'a Case) -> Self {
        let whole = Part::whole(case.inputs.view());
        let [stage_inside, output_inside] = whole.values_of([key::STAGE, key::OUTPUT]);
        let mut taken = Vec::new();
        let stage = case.stage.as_deref().or_else(|| {
            let stage = engine_stage(stage_inside?)?;
            taken.push(key::STAGE);
            Some(stage)
        });
        let own_output = case.output.as_ref().map(RawJson::view).filter(|own| !own.is_null());
        let output = own_output.or_else(|| {
            let output = output_inside?;
            taken.push(key::OUTPUT);
            Some(output)
        });
        Self { stage, output, inputs: whole.without(&taken) }
    }

    /// `stage*`: the stage, else `inputs.stage` when it is one of the engine's [`STAGES`].
    #[must_use]
    pub fn stage(&self) -> Option<&'a str> {
        self.stage
    }

    /// `output*`: the output, else `inputs.output`; never null.
    #[must_use]
    pub fn output(&self) -> Option<View<'a>> {
        self.output
    }

    /// `inputs*`: the inputs without the keys that were taken as stage or output.
    #[must_use]
    pub fn inputs(&self) -> &Part<'a> {
        &self.inputs
    }
}

fn engine_stage(value: View<'_>) -> Option<&'static str> {
    let name = value.as_text()?;
    STAGES.into_iter().find(|stage| *stage == name)
}
