//! States, reasons and problems in a baker's words.

use crate::{
    components::Tone,
    i18n::{Locale, td_string},
};
use contract::imports::{ImportProblem, RejectView};
use domain::ImportStatus;

/// A state in one word.
#[must_use]
pub fn status_word(locale: Locale, status: ImportStatus) -> &'static str {
    match status {
        ImportStatus::Uploaded => td_string!(locale, imports.status_uploaded),
        ImportStatus::Checking => td_string!(locale, imports.status_checking),
        ImportStatus::Checked => td_string!(locale, imports.status_checked),
        ImportStatus::Refused => td_string!(locale, imports.status_refused),
        ImportStatus::Applying => td_string!(locale, imports.status_applying),
        ImportStatus::Applied => td_string!(locale, imports.status_applied),
        ImportStatus::Undoing => td_string!(locale, imports.status_undoing),
        ImportStatus::Undone => td_string!(locale, imports.status_undone),
        ImportStatus::Discarded => td_string!(locale, imports.status_discarded),
        ImportStatus::Failed => td_string!(locale, imports.status_failed),
    }
}

/// How a state looks.
#[must_use]
pub const fn status_tone(status: ImportStatus) -> Tone {
    match status {
        ImportStatus::Uploaded
        | ImportStatus::Checking
        | ImportStatus::Applying
        | ImportStatus::Undoing => Tone::Info,
        ImportStatus::Checked => Tone::Attention,
        ImportStatus::Applied => Tone::Fine,
        ImportStatus::Refused | ImportStatus::Failed => Tone::Danger,
        ImportStatus::Undone | ImportStatus::Discarded => Tone::Neutral,
    }
}

/// Whether the server works on it now.
#[must_use]
pub const fn is_running(status: ImportStatus) -> bool {
    matches!(
        status,
        ImportStatus::Uploaded
            | ImportStatus::Checking
            | ImportStatus::Applying
            | ImportStatus::Undoing
    )
}

/// A reason for rejecting a row, without its details; `None` for a key of a later version.
#[must_use]
pub fn reason_word(locale: Locale, reason: &str) -> Option<&'static str> {
    Some(match reason {
        "invalid_utf8" => td_string!(locale, imports.why_invalid_utf8),
        "control_character" => td_string!(locale, imports.why_control_character),
        "line_too_long" => td_string!(locale, imports.why_line_too_long),
        "truncated_line" => td_string!(locale, imports.why_truncated_line),
        "unclosed_quote" => td_string!(locale, imports.why_unclosed_quote),
        "too_few_columns" => td_string!(locale, imports.why_too_few_columns),
        "too_many_columns" => td_string!(locale, imports.why_too_many_columns),
        "empty_value" => td_string!(locale, imports.why_empty_value),
        "value_too_long" => td_string!(locale, imports.why_value_too_long),
        "not_a_timestamp" => td_string!(locale, imports.why_not_a_timestamp),
        "too_old" => td_string!(locale, imports.why_too_old),
        "future_date" => td_string!(locale, imports.why_future_date),
        "not_an_integer" => td_string!(locale, imports.why_not_an_integer),
        "zero_quantity" => td_string!(locale, imports.why_zero_quantity),
        "negative_quantity" => td_string!(locale, imports.why_negative_quantity),
        "absurd_quantity" => td_string!(locale, imports.why_absurd_quantity),
        "not_an_amount" => td_string!(locale, imports.why_not_an_amount),
        "too_many_decimals" => td_string!(locale, imports.why_too_many_decimals),
        "negative_amount" => td_string!(locale, imports.why_negative_amount),
        "absurd_amount" => td_string!(locale, imports.why_absurd_amount),
        "wrong_total" => td_string!(locale, imports.why_wrong_total),
        "paid_return" => td_string!(locale, imports.why_paid_return),
        "unknown_store" => td_string!(locale, imports.why_unknown_store),
        "other_store" => td_string!(locale, imports.why_other_store),
        "unknown_product" => td_string!(locale, imports.why_unknown_product),
        "duplicate_in_file" => td_string!(locale, imports.why_duplicate_in_file),
        "transaction_reused" => td_string!(locale, imports.why_transaction_reused),
        "transaction_stored" => td_string!(locale, imports.why_transaction_stored),
        "transaction_voided" => td_string!(locale, imports.why_transaction_voided),
        "too_many_lines" => td_string!(locale, imports.why_too_many_lines),
        "line_taken" => td_string!(locale, imports.why_line_taken),
        "not_a_line" => td_string!(locale, imports.why_not_a_line),
        "already_stored_differently" => td_string!(locale, imports.why_already_stored_differently),
        _ => return None,
    })
}

/// The detail of a reason: the row that is repeated, the total that was expected.
#[must_use]
pub fn reason_detail(locale: Locale, reject: &RejectView) -> Option<String> {
    let argument = reject.argument.clone();
    if argument.is_empty() {
        return None;
    }
    Some(match reject.reason.as_str() {
        "invalid_utf8" => td_string!(locale, imports.detail_byte, argument = argument),
        "too_few_columns" | "too_many_columns" => {
            td_string!(locale, imports.detail_found, argument = argument)
        }
        "value_too_long" => td_string!(locale, imports.detail_limit, argument = argument),
        "wrong_total" => td_string!(locale, imports.detail_expected, argument = argument),
        "other_store" => td_string!(locale, imports.detail_chosen, argument = argument),
        "duplicate_in_file" | "transaction_reused" | "line_taken" => {
            td_string!(locale, imports.detail_row, argument = argument)
        }
        _ => td_string!(locale, imports.detail_stored, argument = argument),
    })
}

/// Why a whole file was refused.
#[must_use]
pub fn problem_words(locale: Locale, problem: &ImportProblem) -> String {
    let argument = problem.argument.clone();
    match problem.reason.as_str() {
        "file_empty" => td_string!(locale, imports.file_empty).to_owned(),
        "file_only_header" => td_string!(locale, imports.file_only_header).to_owned(),
        "file_zip" => td_string!(locale, imports.file_zip).to_owned(),
        "file_excel" => td_string!(locale, imports.file_excel).to_owned(),
        "file_old_excel" => td_string!(locale, imports.file_old_excel).to_owned(),
        "file_open_document" => td_string!(locale, imports.file_open_document).to_owned(),
        "file_compressed" => td_string!(locale, imports.file_compressed).to_owned(),
        "file_pdf" => td_string!(locale, imports.file_pdf).to_owned(),
        "file_html" => td_string!(locale, imports.file_html).to_owned(),
        "file_json" => td_string!(locale, imports.file_json).to_owned(),
        "file_parquet" => td_string!(locale, imports.file_parquet).to_owned(),
        "file_utf16" => td_string!(locale, imports.file_utf16).to_owned(),
        "file_binary" => td_string!(locale, imports.file_binary).to_owned(),
        "header_encoding" => td_string!(locale, imports.header_encoding).to_owned(),
        "header_too_long" => td_string!(locale, imports.header_too_long).to_owned(),
        "header_absent" => td_string!(locale, imports.header_absent).to_owned(),
        "read_failed" => td_string!(locale, imports.read_failed).to_owned(),
        "header_missing_columns" => {
            td_string!(locale, imports.header_missing_columns, argument = argument)
        }
        "header_unknown_columns" => {
            td_string!(locale, imports.header_unknown_columns, argument = argument)
        }
        "header_duplicate_columns" => td_string!(
            locale,
            imports.header_duplicate_columns,
            argument = argument
        ),
        "threshold_exceeded" => td_string!(locale, imports.threshold_exceeded, argument = argument),
        _ => problem.message.clone(),
    }
}
