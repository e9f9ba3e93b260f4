//! The upload itself. `fetch` cannot tell how far it is, so it is the older request.

use super::send::{Desk, Sent, Trouble};
use crate::response::redirect;
use contract::AppError;
use contract::imports::ImportView;
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

thread_local! {
    /// The file sent last and its command: sending the same file again after a lost answer is the same import.
    static LAST: std::cell::RefCell<Option<(String, Uuid)>> = const { std::cell::RefCell::new(None) };
}

fn command_for(file: &File, store: &str) -> Uuid {
    let mark = format!(
        "{}\n{}\n{}\n{store}",
        file.name(),
        file.size(),
        file.last_modified()
    );
    LAST.with_borrow_mut(|last| match last {
        Some((known, id)) if *known == mark => *id,
        _ => {
            let id = Uuid::now_v7();
            *last = Some((mark, id));
            id
        }
    })
}

/// Sends the chosen file and goes to its import.
pub(super) fn send(desk: Desk) {
    let file = desk
        .input
        .get_untracked()
        .and_then(|input| input.files())
        .and_then(|files| files.get(0));
    let Some(file) = file else {
        desk.trouble.set(Some(Trouble::NoFile));
        return;
    };
    desk.sent.set(Some(Sent {
        bytes: 0,
        total: file.size() as i64,
        remaining_seconds: None,
    }));
    if start(desk, &file).is_none() {
        desk.sent.set(None);
        desk.trouble.set(Some(Trouble::Broken));
    }
}

fn start(desk: Desk, file: &File) -> Option<()> {
    let store = desk.store.get_untracked();
    let form = FormData::new().ok()?;
    form.append_with_str("command_id", &command_for(file, &store).to_string())
        .ok()?;
    form.append_with_str("store_id", &store).ok()?;
    form.append_with_blob_and_filename("file", file, &file.name())
        .ok()?;

    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", "/api/v1/imports").ok()?;
    request
        .set_request_header("accept", "application/json")
        .ok()?;

    let begun = js_sys::Date::now();
    let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        let (bytes, total) = (event.loaded(), event.total());
        let seconds = (js_sys::Date::now() - begun) / 1_000.0;
        let remaining = (bytes > 0.0 && seconds > 1.0)
            .then(|| ((total - bytes) * seconds / bytes).ceil() as i64);
        let sent = Sent {
            bytes: bytes as i64,
            total: total as i64,
            remaining_seconds: remaining,
        };
        // The page may have gone while the file was on its way.
        let _ = desk.sent.try_set(Some(sent));
    });
    request
        .upload()
        .ok()?
        .set_onprogress(Some(progress.as_ref().unchecked_ref()));
    let answered = request.clone();
    let done = Closure::once(move || {
        // Kept alive until here.
        drop(progress);
        ended(desk, &answered);
    });
    request.set_onloadend(Some(done.as_ref().unchecked_ref()));
    done.forget();
    request.send_with_opt_form_data(Some(&form)).ok()
}

fn ended(desk: Desk, request: &XmlHttpRequest) {
    let status = request.status().unwrap_or(0);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    if (200..300).contains(&status)
        && let Ok(import) = serde_json::from_slice::<ImportView>(text.as_bytes())
    {
        redirect(&format!("/imports/{}", import.id));
        return;
    }
    let trouble = match status {
        413 => Trouble::TooLarge,
        0 => Trouble::Broken,
        _ => serde_json::from_slice::<AppError>(text.as_bytes())
            .map_or(Trouble::Broken, |error| Trouble::Said(error.message)),
    };
    let _ = desk.sent.try_set(None);
    let _ = desk.trouble.try_set(Some(trouble));
}
