//! Waiting, nothing, failure, and what comes in front of the page.

use crate::{
    components::{
        Button, ButtonKind, ConfirmButton, Dialog, EmptyState, ErrorPanel, Icon, Pagination,
        Progress, Section, Skeleton, Waiting, use_toasts,
    },
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

#[component]
pub fn Surfaces() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Overlays />
        <Section title=move || t_string!(i18n, style_guide.waiting)>
            <Progress
                label=move || t_string!(i18n, style_guide.progress)
                done=41_200
                total=Some(100_000)
                remaining_seconds=Some(95)
            />
            <Progress label=move || t_string!(i18n, style_guide.progress) done=512 total=None />
            <Skeleton waiting=Waiting::Cards />
            <Skeleton />
        </Section>
        <Section title=move || t_string!(i18n, style_guide.surfaces)>
            <EmptyState
                icon=Icon::Orders
                title=move || t_string!(i18n, style_guide.empty_title)
                text=move || t_string!(i18n, style_guide.empty_text)
            >
                <Button kind=ButtonKind::Primary icon=Icon::Plus>{move || t_string!(i18n, style_guide.empty_action)}</Button>
            </EmptyState>
            <ErrorPanel error=super::sample_failure() retry=|()| () />
            <Pagination page=2 pages=7 />
        </Section>
    }
}

#[component]
fn Overlays() -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let (dialog, sheet) = (RwSignal::new(false), RwSignal::new(false));
    view! {
        <Section title=move || t_string!(i18n, style_guide.overlays)>
            <div class="row">
                <Button on_press=move |()| dialog.set(true)>{move || t_string!(i18n, style_guide.open_dialog)}</Button>
                <Button on_press=move |()| sheet.set(true)>{move || t_string!(i18n, style_guide.open_sheet)}</Button>
                <Button on_press=move |()| toasts.done(t_string!(i18n, style_guide.toast_text))>
                    {move || t_string!(i18n, style_guide.toast)}
                </Button>
                <Button on_press=move |()| {
                    toasts
                        .done_with_undo(
                            t_string!(i18n, style_guide.toast_text),
                            move || toasts.done(t_string!(i18n, style_guide.undone)),
                        );
                }>{move || t_string!(i18n, style_guide.toast_undo)}</Button>
                <Button on_press=move |()| toasts.failed(t_string!(i18n, style_guide.fail_text))>
                    {move || t_string!(i18n, style_guide.toast_fail)}
                </Button>
                <ConfirmButton
                    label=move || t_string!(i18n, style_guide.confirm)
                    question=move || t_string!(i18n, style_guide.confirm_question)
                    detail=move || t_string!(i18n, style_guide.confirm_detail)
                    confirm=move || t_string!(i18n, style_guide.confirm)
                    on_confirm=move |()| toasts.done(t_string!(i18n, style_guide.confirm))
                />
            </div>
            <Dialog open=dialog title=move || t_string!(i18n, style_guide.open_dialog)>
                <p>{move || t_string!(i18n, style_guide.dialog_text)}</p>
            </Dialog>
            <Dialog open=sheet sheet=true title=move || t_string!(i18n, style_guide.open_sheet)>
                <p>{move || t_string!(i18n, style_guide.dialog_text)}</p>
            </Dialog>
        </Section>
    }
}
