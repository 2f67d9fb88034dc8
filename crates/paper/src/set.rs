//! The compiler's world: a template, its values and three fonts. Nothing else exists in it.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde_json::Value;
use typst::{
    Library, LibraryExt, World, WorldExt,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{About, PaperError, glyphs};

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
pub(crate) static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    [
        include_bytes!("../fonts/NotoSans-Regular.ttf").as_slice(),
        include_bytes!("../fonts/NotoSans-Bold.ttf").as_slice(),
        include_bytes!("../fonts/NotoSansMono-Regular.ttf").as_slice(),
    ]
    .into_iter()
    .flat_map(|bytes| Font::iter(Bytes::new(bytes)))
    .collect()
});
static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

pub(crate) fn pdf(template: &str, data: &Value, about: &About<'_>) -> Result<Vec<u8>, PaperError> {
    let world = Paper::new(template, &glyphs::shown(data, &FONTS))?;
    let set = typst::compile::<PagedDocument>(&world).output;
    let pdf = set
        .map_err(|errors| PaperError::Template {
            why: told(&world, &errors),
        })
        .and_then(|document| export(&world, &document, about));
    // what the compiler remembers between documents would hold their values
    typst::comemo::evict(0);
    pdf
}

fn export(
    world: &Paper,
    document: &PagedDocument,
    about: &About<'_>,
) -> Result<Vec<u8>, PaperError> {
    let standards =
        PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| PaperError::Export {
            why: error.message().to_string(),
        })?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{} {}", about.title, about.at)),
        creator: Smart::Custom(Some("Firebreak".to_owned())),
        timestamp: utc(about.at),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(|errors| PaperError::Export {
        why: told(world, &errors),
    })
}

fn utc(at: jiff::Timestamp) -> Option<Timestamp> {
    let at = at.to_zoned_datetime(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).ok();
    let datetime = Datetime::from_ymd_hms(
        i32::from(at.year()),
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )?;
    Some(Timestamp::new_utc(datetime))
}

/// The compiler's errors, each with its line of the template.
fn told(world: &Paper, errors: &[SourceDiagnostic]) -> String {
    let told = |error: &SourceDiagnostic| {
        let line = world
            .range(error.span)
            .and_then(|range| world.template.lines().byte_to_line(range.start));
        match line {
            Some(line) => format!("line {}: {}", line + 1, error.message),
            None => error.message.to_string(),
        }
    };
    errors.iter().map(told).collect::<Vec<_>>().join("; ")
}

struct Paper {
    template: Source,
    values_id: FileId,
    values: Bytes,
}

impl Paper {
    fn new(template: &str, data: &Value) -> Result<Self, PaperError> {
        let template_id = id("main.typ")?;
        Ok(Self {
            template: Source::new(template_id, template.to_owned()),
            values_id: id("data.json")?,
            values: Bytes::from_string(data.to_string()),
        })
    }
}

fn id(name: &str) -> Result<FileId, PaperError> {
    let path = VirtualPath::new(name).map_err(|error| PaperError::Template {
        why: error.to_string(),
    })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Paper {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() {
            Ok(self.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.values_id {
            Ok(self.values.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
