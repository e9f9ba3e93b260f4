//! What mails say, in the reader's language: text, and the same as simple HTML that loads nothing from anywhere.

use domain::Language;

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither address nor link.
        f.debug_struct("Letter").finish_non_exhaustive()
    }
}

/// The parts of a letter, from which text and HTML are made.
struct Parts<'a> {
    greeting: String,
    body: String,
    /// Words of the link and where it leads.
    link: (&'a str, &'a str),
    /// What else there is to know.
    note: &'a str,
}

/// A text as it may stand in HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A text as it may stand in a line of a mail's head.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn letter(language: Language, to: &str, subject: String, parts: &Parts<'_>) -> Letter {
    let Parts {
        greeting,
        body,
        link: (words, address),
        note,
    } = parts;
    let text = format!("{greeting}\n\n{body}\n\n{words}:\n{address}\n\n{note}\n\nHornada\n");
    let html = format!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"></head>\n\
         <body style=\"font-family: Georgia, serif; font-size: 17px; line-height: 1.5; color: #33241a; max-width: 34em; margin: 0 auto; padding: 1.5em\">\n\
         <p>{}</p>\n<p>{}</p>\n\
         <p><a href=\"{}\" style=\"display: inline-block; background: #9c4a19; color: #ffffff; padding: 0.7em 1.2em; border-radius: 0.5em; text-decoration: none\">{}</a></p>\n\
         <p style=\"font-size: 14px; color: #6b574a\">{}</p>\n<p>Hornada</p>\n</body></html>\n",
        escaped(greeting),
        escaped(body),
        escaped(address),
        escaped(words),
        escaped(note),
    );
    Letter {
        to: to.to_owned(),
        subject: one_line(&subject),
        text,
        html,
    }
}

/// To somebody who may become a person of an organization.
pub(super) fn invitation(
    language: Language,
    to: &str,
    organization: &str,
    inviter: Option<&str>,
    link: &str,
) -> Letter {
    let (subject, parts) = match language {
        Language::Es => (
            format!("{organization} te invita a Hornada"),
            Parts {
                greeting: "Hola:".to_owned(),
                body: match inviter {
                    Some(name) => {
                        format!("{name} te invita a trabajar con {organization} en Hornada.")
                    }
                    None => format!("Te invitan a trabajar con {organization} en Hornada."),
                },
                link: ("Elige tu nombre y tu contraseña", link),
                note: "El enlace vale durante siete días y una sola vez. Si no esperabas este correo, no hagas nada.",
            },
        ),
        Language::En => (
            format!("{organization} invites you to Hornada"),
            Parts {
                greeting: "Hello,".to_owned(),
                body: match inviter {
                    Some(name) => {
                        format!("{name} invites you to work with {organization} in Hornada.")
                    }
                    None => format!("You are invited to work with {organization} in Hornada."),
                },
                link: ("Choose your name and password", link),
                note: "The link works for seven days, and once. If you did not expect this mail, do nothing.",
            },
        ),
    };
    letter(language, to, subject, &parts)
}

/// To whoever says that they forgot their password.
pub(super) fn password_reset(language: Language, to: &str, name: &str, link: &str) -> Letter {
    let (subject, parts) = match language {
        Language::Es => (
            "Una contraseña nueva para Hornada",
            Parts {
                greeting: format!("Hola, {name}:"),
                body:
                    "Alguien, seguramente tú, ha pedido una contraseña nueva para esta dirección."
                        .to_owned(),
                link: ("Elige una contraseña nueva", link),
                note: "El enlace vale durante una hora y una sola vez. Si no lo has pedido tú, no hagas nada: tu contraseña sigue siendo la misma.",
            },
        ),
        Language::En => (
            "A new password for Hornada",
            Parts {
                greeting: format!("Hello {name},"),
                body: "Somebody, most likely you, asked for a new password for this address."
                    .to_owned(),
                link: ("Choose a new password", link),
                note: "The link works for an hour, and once. If it was not you, do nothing: your password stays as it is.",
            },
        ),
    };
    letter(language, to, subject.to_owned(), &parts)
}

/// To a person whose password is another one from now on.
pub(super) fn password_changed(language: Language, to: &str, name: &str, link: &str) -> Letter {
    let (subject, parts) = match language {
        Language::Es => (
            "Tu contraseña de Hornada ha cambiado",
            Parts {
                greeting: format!("Hola, {name}:"),
                body: "Tu contraseña de Hornada ha cambiado. Las sesiones abiertas con la anterior han terminado."
                    .to_owned(),
                link: ("Si no has sido tú, pide otra", link),
                note: "Y avisa a quien administra Hornada en tu empresa.",
            },
        ),
        Language::En => (
            "Your Hornada password has changed",
            Parts {
                greeting: format!("Hello {name},"),
                body: "Your Hornada password has changed. What was signed in with the old one is signed out."
                    .to_owned(),
                link: ("If it was not you, ask for another", link),
                note: "And tell whoever administers Hornada in your company.",
            },
        ),
    };
    letter(language, to, subject.to_owned(), &parts)
}

/// To whoever may make an organization. In both languages: nobody knows theirs yet.
pub(super) fn sign_up(to: &str, link: &str) -> Letter {
    let parts = Parts {
        greeting: "Hola: / Hello,".to_owned(),
        body: "Con este enlace creas tu organización en Hornada, con su primera tienda. / With this link you make your organization in Hornada, with its first shop."
            .to_owned(),
        link: ("Crear mi organización / Make my organization", link),
        note: "El enlace vale durante siete días y una sola vez. Si no esperabas este correo, no hagas nada. / The link works for seven days, and once. If you did not expect this mail, do nothing.",
    };
    let subject = "Tu panadería en Hornada / Your bakery in Hornada";
    letter(Language::Es, to, subject.to_owned(), &parts)
}

/// To a channel of alerts: what is the matter, and of which organization, store and product.
pub(super) fn alert(language: Language, to: &str, what: &str, place: &str, link: &str) -> Letter {
    let (greeting, words, note) = match language {
        Language::Es => (
            "Hola:",
            "Ver los avisos",
            "Este correo sale por una regla de avisos. Quien administra Hornada en tu empresa puede cambiarla.",
        ),
        Language::En => (
            "Hello,",
            "See the alerts",
            "A rule of alerts sends this mail. Whoever administers Hornada in your company can change it.",
        ),
    };
    let parts = Parts {
        greeting: greeting.to_owned(),
        body: format!("{what}: {place}."),
        link: (words, link),
        note,
    };
    letter(language, to, format!("{what}: {place}"), &parts)
}

/// To a channel of alerts that somebody tries.
pub(super) fn channel_test(language: Language, to: &str, channel: &str, link: &str) -> Letter {
    let (subject, greeting, body, words, note) = match language {
        Language::Es => (
            "Prueba de un canal de avisos",
            "Hola:",
            format!("Los avisos del canal {channel} llegarán a esta dirección."),
            "Ver los avisos",
            "Alguien de tu empresa ha querido probarlo. No hace falta que hagas nada.",
        ),
        Language::En => (
            "A channel of alerts is tried",
            "Hello,",
            format!("Alerts of the channel {channel} will come to this address."),
            "See the alerts",
            "Somebody of your company wanted to try it. You need do nothing.",
        ),
    };
    let parts = Parts {
        greeting: greeting.to_owned(),
        body,
        link: (words, link),
        note,
    };
    letter(language, to, subject.to_owned(), &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://hornada.example/invitation?token=ab12";

    #[test]
    fn names_cannot_write_html_or_lines_of_the_head() {
        let letter = invitation(
            Language::En,
            "a@b.es",
            "Pan\r\nBcc: x@y.z",
            Some("<img src=//evil.example>"),
            LINK,
        );
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
        assert!(!letter.html.contains("<img"));
        assert!(letter.html.contains("&lt;img"));
    }

    #[test]
    fn who_signs_up_is_spoken_to_in_both_languages() {
        let letter = sign_up("a@b.es", LINK);
        assert!(letter.text.contains(&format!("\n{LINK}\n")));
        assert!(letter.text.contains("Hola") && letter.text.contains("Hello"));
        assert_eq!(letter.html.matches("http").count(), 1, "one link");
    }

    #[test]
    fn every_letter_speaks_its_language_and_loads_nothing() {
        for language in [Language::Es, Language::En] {
            for letter in [
                invitation(language, "a@b.es", "Pan", None, LINK),
                password_reset(language, "a@b.es", "Marta", LINK),
                password_changed(language, "a@b.es", "Marta", LINK),
                alert(language, "a@b.es", "Queda poco", "Horno · Sol", LINK),
                channel_test(language, "a@b.es", "Central", LINK),
            ] {
                assert!(letter.text.contains(&format!("\n{LINK}\n")));
                assert!(letter.html.contains(&format!("lang=\"{language}\"")));
                assert!(!letter.html.contains("<img") && !letter.html.contains("src="));
                assert_eq!(letter.html.matches("http").count(), 1, "one link");
                assert_eq!(letter.text.contains("Hola"), language == Language::Es);
            }
        }
    }
}
