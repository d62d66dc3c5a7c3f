//! Streamed `multipart/form-data`: text parts in memory, the one file on disk unless it is small, in any order.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use evalstone_core::error::{Error, Kind};
use futures_util::StreamExt as _;

use crate::body::{announced_length, refuse_encoding};
use crate::limits::Limits;
use crate::pace::{paced, refusal};
use crate::spool::{Spool, Spooled};

/// A form that was read to its end.
#[derive(Debug)]
pub struct Form {
    /// The text parts in their order, repeated names included.
    pub fields: Vec<(String, String)>,
    /// The file, when its part came with a file name. Of several the last counts.
    pub file: Option<SpooledFile>,
}

/// An uploaded file.
#[derive(Debug)]
pub struct SpooledFile {
    /// What is in it.
    pub file: Spooled,
    /// The name that the client gave it.
    pub name: Option<String>,
    /// Its length.
    pub bytes: u64,
}

/// Why a form could not be read. The vendors' frameworks answer the three differently.
#[derive(Debug)]
pub enum FormError {
    /// The request's content type is not `multipart/form-data`: no field was given at all.
    NotAForm,
    /// The content type says it is a form, but the body cannot be read as one; says why.
    Malformed(String),
    /// Anything else: too large, too slow, not UTF-8, or a fault of ours.
    Failed(Error),
}

impl From<Error> for FormError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// For callers that make no difference between the three.
impl From<FormError> for Error {
    fn from(error: FormError) -> Self {
        match error {
            FormError::NotAForm => Self::invalid("the body must be multipart/form-data"),
            FormError::Malformed(why) => Self::invalid(format!("the form cannot be read: {why}")),
            FormError::Failed(error) => error,
        }
    }
}

impl Form {
    /// Reads a form to its end. A part named `file_field` with a file name is spooled to
    /// `limits.spool_dir`; without a file name it is a text part. Files under other names are read
    /// and dropped. No database connection and no thread is held meanwhile.
    ///
    /// # Errors
    /// See [`FormError`]; limits are those of `limits`, each named by its setting.
    pub async fn read(
        request: &HttpRequest,
        payload: Payload,
        limits: &Limits,
        file_field: &str,
    ) -> Result<Self, FormError> {
        refuse_encoding(request)?;
        if !is_form(request) {
            return Err(FormError::NotAForm);
        }
        refuse_by_length(request, limits)?;
        let mut parts = Multipart::new(request.headers(), paced(payload, limits.pace));
        let mut form = Self { fields: Vec::new(), file: None };
        let mut taken = Taken { limits, parts: 0, text: 0, files: 0 };
        while let Some(part) = parts.next().await {
            taken.another_part()?;
            form.take(part.map_err(refused)?, &mut taken, file_field).await?;
        }
        Ok(form)
    }

    /// The text part of that name; of several, the last.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    async fn take(
        &mut self,
        part: Field,
        taken: &mut Taken<'_>,
        file_field: &str,
    ) -> Result<(), FormError> {
        let name = part.name().unwrap_or_default().to_owned();
        match file_name(&part) {
            None => {
                let value = read_text(part, &name, taken).await?;
                self.fields.push((name, value));
            }
            Some(file_name) if name == file_field => {
                // The disk holds one file of a form at a time.
                self.file = None;
                self.file = Some(spool(part, file_name, taken).await?);
            }
            Some(_) => discard(part, taken).await?,
        }
        Ok(())
    }
}

/// What a form has brought so far. The limits are on the whole form: one with many parts may bring
/// no more than one with few.
struct Taken<'a> {
    limits: &'a Limits,
    parts: u32,
    text: u64,
    files: u64,
}

impl Taken<'_> {
    fn another_part(&mut self) -> Result<(), FormError> {
        self.parts += 1;
        let most = self.limits.form_parts;
        if self.parts <= most {
            return Ok(());
        }
        let text = format!("the form has more than {most} parts (setting limits.form_parts)");
        Err(Error::new(Kind::TooLarge, text).into())
    }

    /// Counts a piece of the text part `name`, of which `before` bytes have come.
    fn text_of(&mut self, name: &str, before: usize, piece: &[u8]) -> Result<(), FormError> {
        let Limits { form_field, form_text, .. } = self.limits;
        if (before + piece.len()) as u64 > form_field.bytes {
            return Err(form_field.exceeded(&format!("the form field {name}")).into());
        }
        self.text += piece.len() as u64;
        if self.text > form_text.bytes {
            return Err(form_text.exceeded("what the form's fields hold together").into());
        }
        Ok(())
    }

    /// Counts a piece of a file of which `before` bytes have come.
    fn file(&mut self, before: u64, piece: &[u8]) -> Result<(), FormError> {
        let Limits { upload, .. } = self.limits;
        let piece = piece.len() as u64;
        if before + piece > upload.bytes {
            return Err(upload.exceeded("the file").into());
        }
        self.files += piece;
        if self.files > upload.bytes {
            return Err(upload.exceeded("what the form's files hold together").into());
        }
        Ok(())
    }
}

/// The name that the client gave a file. One with other letters than ASCII may come as
/// `filename*`, alone or beside a spelling for those who do not know that.
fn file_name(part: &Field) -> Option<String> {
    let disposition = part.content_disposition()?;
    let extended = disposition.get_filename_ext();
    let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
    extended.or_else(|| disposition.get_filename().map(str::to_owned))
}

fn is_form(request: &HttpRequest) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// What a part's headers and boundary may take, generously.
const PART_HEAD: u64 = 8 << 10;

/// A length that no combination of allowed parts reaches is refused before anything is read.
fn refuse_by_length(request: &HttpRequest, limits: &Limits) -> Result<(), FormError> {
    let heads = PART_HEAD.saturating_mul(u64::from(limits.form_parts));
    let text = limits.form_text.bytes.saturating_add(heads);
    let most = limits.upload.bytes.saturating_add(text);
    match announced_length(request) {
        Some(length) if length > most => Err(limits.upload.exceeded("the upload").into()),
        _ => Ok(()),
    }
}

async fn read_text(
    mut part: Field,
    name: &str,
    taken: &mut Taken<'_>,
) -> Result<String, FormError> {
    let mut value = Vec::new();
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(refused)?;
        taken.text_of(name, value.len(), &piece)?;
        value.extend_from_slice(&piece);
    }
    String::from_utf8(value).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::invalid(format!("the form field {name} is not UTF-8 at byte {at}")).into()
    })
}

async fn spool(
    mut part: Field,
    name: String,
    taken: &mut Taken<'_>,
) -> Result<SpooledFile, FormError> {
    let mut spool = Spool::new(taken.limits.spool_dir.clone());
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(refused)?;
        taken.file(spool.bytes(), &piece)?;
        spool = spool.push(&piece).await?;
    }
    let bytes = spool.bytes();
    Ok(SpooledFile { file: spool.finish().await?, name: Some(name), bytes })
}

async fn discard(mut part: Field, taken: &mut Taken<'_>) -> Result<(), FormError> {
    let mut bytes = 0;
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(refused)?;
        taken.file(bytes, &piece)?;
        bytes += piece.len() as u64;
    }
    Ok(())
}

fn refused(error: MultipartError) -> FormError {
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => FormError::NotAForm,
        MultipartError::Payload(error) => FormError::Failed(refusal(&error)),
        error => FormError::Malformed(error.to_string()),
    }
}
