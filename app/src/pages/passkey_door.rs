//! The button by which somebody comes in with a passkey. It stands where a browser can ask for one and nowhere else; the form around the
//! answer is a plain one.

use crate::{
    components::{Glyph, Icon, Notice, Tone},
    i18n::{t_string, use_i18n},
    passkeys::{Unanswered, are_possible, prove, question_of},
};
use leptos::{ev::MouseEvent, html, prelude::*, task::spawn_local};

/// `second`: after address and password.
#[component]
pub(super) fn PasskeyDoor(
    #[prop(into)] next: Signal<String>,
    #[prop(optional)] second: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let possible = RwSignal::new(false);
    // The server cannot know what the browser can do.
    Effect::new(move |_| possible.set(are_possible()));
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(false);
    let form = NodeRef::<html::Form>::new();
    let answer = NodeRef::<html::Input>::new();
    let address = if second {
        "/login/passkey?second=true"
    } else {
        "/login/passkey"
    };
    let press = move |_: MouseEvent| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(false);
        spawn_local(async move {
            let told = match question_of(address).await {
                Ok(options) => prove(options).await,
                Err(none) => Err(none),
            };
            // The page may have gone while the device was asked.
            let fields = form.try_get_untracked().flatten();
            let field = answer.try_get_untracked().flatten();
            match (told, fields, field) {
                (Ok(told), Some(form), Some(answer)) => {
                    answer.set_value(&told);
                    // Fails only for a form that is not in the document.
                    let _ = form.submit();
                }
                (told, ..) => {
                    let _ = busy.try_set(false);
                    // Whoever closed the question knows that.
                    let _ = failed.try_set(told != Err(Unanswered::Closed));
                }
            }
        });
    };
    move || {
        possible.get().then(|| {
            view! {
                <form class="login-form" method="post" action="/login/passkey/answer" node_ref=form>
                    <input type="hidden" name="next" value=move || next.get() />
                    <input type="hidden" name="second" value=if second { "true" } else { "false" } />
                    <input type="hidden" name="answer" node_ref=answer />
                    {move || {
                        failed
                            .get()
                            .then(|| {
                                view! {
                                    <Notice tone=Tone::Danger>
                                        <p>{move || t_string!(i18n, passkeys.door_failed)}</p>
                                    </Notice>
                                }
                            })
                    }}
                    <button
                        type="button"
                        class="button button-wide"
                        aria-busy=move || busy.get().then_some("true")
                        on:click=press
                    >
                        <span class="button-label">{move || t_string!(i18n, passkeys.door)}</span>
                        <Glyph icon=Icon::ChevronRight />
                    </button>
                </form>
            }
        })
    }
}
