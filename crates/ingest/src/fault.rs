//! What can be wrong with a file or with a row, under stable keys.

/// Declares reasons with their stable keys.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable key, under which reports store it and screens translate it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }

            /// The reason with this key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

reasons! {
    /// Why a row is not taken (or, for [`Reason::UnknownPromotion`], what to look at).
    Reason {
        /// Not UTF-8; the argument is the byte's position in the file.
        InvalidUtf8 = "invalid_utf8",
        ControlCharacter = "control_character",
        /// Longer than any row of the template can be.
        LineTooLong = "line_too_long",
        /// The file ends in the middle of the row.
        TruncatedLine = "truncated_line",
        UnclosedQuote = "unclosed_quote",
        /// The argument is how many were found.
        TooFewColumns = "too_few_columns",
        TooManyColumns = "too_many_columns",
        EmptyValue = "empty_value",
        /// The argument is the limit in characters.
        ValueTooLong = "value_too_long",
        NotATimestamp = "not_a_timestamp",
        TooOld = "too_old",
        FutureDate = "future_date",
        NotAnInteger = "not_an_integer",
        ZeroQuantity = "zero_quantity",
        /// In reports from before returns were taken.
        NegativeQuantity = "negative_quantity",
        AbsurdQuantity = "absurd_quantity",
        NotAnAmount = "not_an_amount",
        TooManyDecimals = "too_many_decimals",
        NegativeAmount = "negative_amount",
        AbsurdAmount = "absurd_amount",
        /// The argument is quantity x price.
        WrongTotal = "wrong_total",
        /// Something is brought back, and money is asked for it.
        PaidReturn = "paid_return",
        /// Says where goods go that nobody brought back.
        NotAReturn = "not_a_return",
        UnknownStore = "unknown_store",
        /// The argument is the code of the store that was chosen for the file.
        OtherStore = "other_store",
        UnknownProduct = "unknown_product",
        /// The argument is the row of the first of them.
        DuplicateInFile = "duplicate_in_file",
        /// One ticket number for two tickets of the file; the argument is the row of the first.
        TransactionReused = "transaction_reused",
        /// A ticket with this number is stored for another time, which is the argument.
        TransactionStored = "transaction_stored",
        /// The ticket with this number was taken back.
        TransactionVoided = "transaction_voided",
        TooManyLines = "too_many_lines",
        /// Two rows claim the same line of a ticket; the argument is the row of the first.
        LineTaken = "line_taken",
        NotALine = "not_a_line",
        /// The argument is what is stored.
        AlreadyStoredDifferently = "already_stored_differently",
        /// A warning: the sale is taken, its promotion is not in the catalog.
        UnknownPromotion = "unknown_promotion",
    }
}

reasons! {
    /// Why a whole file cannot be read.
    FileFault {
        Empty = "file_empty",
        OnlyHeader = "file_only_header",
        Zip = "file_zip",
        Excel = "file_excel",
        OldExcel = "file_old_excel",
        OpenDocument = "file_open_document",
        Compressed = "file_compressed",
        Pdf = "file_pdf",
        Html = "file_html",
        Json = "file_json",
        Parquet = "file_parquet",
        Utf16 = "file_utf16",
        Binary = "file_binary",
        /// The header row is not UTF-8.
        HeaderEncoding = "header_encoding",
        HeaderTooLong = "header_too_long",
        /// None of the template's columns is named: the first row is no header.
        NoHeader = "header_absent",
        /// The argument lists them.
        MissingColumns = "header_missing_columns",
        UnknownColumns = "header_unknown_columns",
        DuplicateColumns = "header_duplicate_columns",
    }
}

impl FileFault {
    /// An English sentence: what it is and what to do.
    #[must_use]
    pub fn sentence(self, argument: &str) -> String {
        let text = match self {
            Self::Empty => "The file is empty.",
            Self::OnlyHeader => "The file has a header row and nothing below it.",
            Self::Zip => {
                "This is a zip archive, not a CSV file. Unpack it and send the CSV file inside."
            }
            Self::Excel => {
                "This is an Excel workbook, not a CSV file. Save it as CSV UTF-8 and send that."
            }
            Self::OldExcel => {
                "This is an old Excel workbook (.xls), not a CSV file. Save it as CSV UTF-8 and send that."
            }
            Self::OpenDocument => {
                "This is an OpenDocument file, not a CSV file. Save the sheet as CSV in UTF-8 and send that."
            }
            Self::Compressed => "This is a compressed file, not a CSV file. Unpack it first.",
            Self::Pdf => "This is a PDF document, not a CSV file.",
            Self::Html => "This is a web page (HTML), not a CSV file.",
            Self::Json => "This is JSON, not a CSV file.",
            Self::Parquet => "This is a Parquet file, not a CSV file.",
            Self::Utf16 => "The file is encoded in UTF-16. Save it as CSV UTF-8 and send that.",
            Self::Binary => "The file holds binary data, not text.",
            Self::HeaderEncoding => {
                "The header row is not UTF-8 text. Save the file as CSV UTF-8 and send that."
            }
            Self::HeaderTooLong => "The first row is too long to be a header.",
            Self::NoHeader => {
                "The first row names none of the template's columns. Put the header of the template in the first row."
            }
            Self::MissingColumns => return format!("The header lacks these columns: {argument}."),
            Self::UnknownColumns => {
                return format!(
                    "The header names columns that the template does not have: {argument}."
                );
            }
            Self::DuplicateColumns => {
                return format!("The header names these columns twice: {argument}.");
            }
        };
        text.to_owned()
    }
}

/// One thing wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the column; empty where the whole row is at fault.
    pub column: &'static str,
    /// What stood there, shortened.
    pub value: String,
    pub reason: Reason,
    /// The one detail that the sentence needs, see [`Reason`]; else empty.
    pub argument: String,
}

impl Fault {
    /// A fault of one column.
    #[must_use]
    pub fn new(column: &'static str, value: &str, reason: Reason) -> Self {
        Self {
            column,
            value: shorten(value),
            reason,
            argument: String::new(),
        }
    }

    /// A fault of the whole row.
    #[must_use]
    pub fn of_row(reason: Reason) -> Self {
        Self::new("", "", reason)
    }

    /// With the detail that its sentence needs.
    #[must_use]
    pub fn with(mut self, argument: impl ToString) -> Self {
        self.argument = argument.to_string();
        self
    }

    /// An English sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.reason
            .sentence(self.column, &self.value, &self.argument)
    }
}

impl Reason {
    /// An English sentence about a value of a column.
    #[must_use]
    pub fn sentence(self, column: &str, value: &str, argument: &str) -> String {
        match self {
            Self::InvalidUtf8 => format!(
                "The row is not UTF-8 text (byte {argument} of the file). Save the file as CSV UTF-8."
            ),
            Self::ControlCharacter => "The row holds an invisible control character.".to_owned(),
            Self::LineTooLong => {
                "The row is longer than any sale can be; a line break may be missing.".to_owned()
            }
            Self::TruncatedLine => "The file ends in the middle of this row.".to_owned(),
            Self::UnclosedQuote => {
                "A quotation mark is opened and never closed in this row.".to_owned()
            }
            Self::TooFewColumns => {
                format!("The row has {argument} columns, fewer than the header.")
            }
            Self::TooManyColumns => {
                format!("The row has {argument} columns, more than the header.")
            }
            Self::EmptyValue => format!("{column} is empty."),
            Self::ValueTooLong => format!("{column} is longer than {argument} characters."),
            Self::NotATimestamp => {
                format!("\"{value}\" is not a date and time like 2026-03-14T08:30.")
            }
            Self::TooOld => format!("{value} lies before the year 2000."),
            Self::FutureDate => format!("{value} lies in the future."),
            Self::NotAnInteger => format!("\"{value}\" is not a whole number."),
            Self::ZeroQuantity => "The quantity is zero.".to_owned(),
            Self::NegativeQuantity => format!("The quantity {value} is negative."),
            Self::AbsurdQuantity if value.starts_with('-') => {
                format!("The quantity {value} is less than -100000.")
            }
            Self::AbsurdQuantity => format!("The quantity {value} is more than 100000."),
            Self::NotAnAmount => format!("\"{value}\" is not an amount like 1.20."),
            Self::TooManyDecimals => format!("{value} has more than two decimals."),
            Self::NegativeAmount => format!("{value} is negative."),
            Self::AbsurdAmount if value.starts_with('-') => {
                format!("{value} is more than any return can give back.")
            }
            Self::AbsurdAmount => format!("{value} is more than any sale can cost."),
            Self::WrongTotal => {
                format!("The total {value} is not quantity x price, which is {argument}.")
            }
            Self::PaidReturn => format!(
                "The quantity is negative, as something was brought back; then the total {value} must not be positive."
            ),
            Self::NotAReturn => format!(
                "\"{value}\" says where goods go that were brought back; this line has a positive quantity and sells them."
            ),
            Self::UnknownStore => {
                format!("There is no store with the code \"{value}\" among your stores.")
            }
            Self::OtherStore => format!(
                "The row belongs to store \"{value}\", the file was sent for store \"{argument}\"."
            ),
            Self::UnknownProduct => format!("There is no product with the code \"{value}\"."),
            Self::DuplicateInFile => format!("The row repeats row {argument}."),
            Self::TransactionReused => format!(
                "The ticket number \"{value}\" already belongs to another ticket, in row {argument}."
            ),
            Self::TransactionStored => format!(
                "The ticket number \"{value}\" already belongs to a stored ticket of {argument}."
            ),
            Self::TransactionVoided => format!("The ticket \"{value}\" was voided."),
            Self::TooManyLines => "The ticket has more than 1000 lines.".to_owned(),
            Self::LineTaken => format!("Row {argument} claims the same line of this ticket."),
            Self::NotALine => {
                format!("\"{value}\" does not name a line of this product, like CODE or CODE~2.")
            }
            Self::AlreadyStoredDifferently => {
                format!("This line is already stored differently: {argument}.")
            }
            Self::UnknownPromotion => format!(
                "The promotion \"{value}\" is not in the catalog; the sale is taken all the same."
            ),
        }
    }
}

/// The first 80 characters, without what a database or a terminal cannot hold.
fn shorten(value: &str) -> String {
    value
        .chars()
        .take(80)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
