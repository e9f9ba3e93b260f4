//! What a new password must be. One place, through which every password goes that is set anywhere.
//!
//! Length counts and recipes do not (NIST SP 800-63B, 5.1.1.2), and what others guess first is refused. For that zxcvbn is asked (Wheeler,
//! USENIX Security 2016): the crate is kept, carries some thirty thousand of the most common passwords besides names, words and patterns of
//! the keyboard, and sees through "P4ssw0rd" with a year behind it, which a comparison with a list does not.

use crate::{ServiceError, ServiceResult};
use domain::sign_in::{WeakPassword, check_password};

/// Guesses that a password must withstand, as a power of ten: what zxcvbn calls "safely unguessable" where guesses are slowed down, as they are
/// here by pauses and by argon2id.
const GUESSES_LOG10: f64 = 8.0;

/// Words that everybody tries first here and that lists made elsewhere lack.
const LOCAL: &[&str] = &[
    "hornada",
    "panaderia",
    "panadería",
    "obrador",
    "pasteleria",
    "pastelería",
    "contraseña",
    "contrasena",
    "clave",
    "administrador",
    "bienvenido",
    "bienvenida",
    "españa",
    "madrid",
    "barcelona",
    "sevilla",
    "tequiero",
    "bakery",
];

/// Texts about the person, word by word and written as one: nobody's password is made of their own name.
fn words(texts: &[&str]) -> Vec<String> {
    let parts = texts
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase);
    // Of an address what stands before the host; three pieces apart would pass for a phrase.
    let joined = texts.iter().flat_map(|text| text.split('@')).map(|text| {
        text.replace(|c: char| !c.is_alphanumeric(), "")
            .to_lowercase()
    });
    parts
        .chain(joined)
        .filter(|word| word.chars().count() > 2)
        .collect()
}

/// Whether a password is among those that are guessed first. Takes a few milliseconds: off the web's threads.
fn is_common(password: &str, about: &[&str]) -> bool {
    let own = words(about);
    let known: Vec<&str> = about
        .iter()
        .copied()
        .chain(own.iter().map(String::as_str))
        .chain(LOCAL.iter().copied())
        .collect();
    zxcvbn::zxcvbn(password, &known).guesses_log10() < GUESSES_LOG10
}

/// Refuses a new password that is too short, too long or too easy to guess for the person with this address and name.
///
/// # Errors
/// [`ServiceError::Invalid`] for the field `password`.
pub(crate) async fn check(password: &str, email: &str, name: &str) -> ServiceResult<()> {
    let refused =
        |weak: WeakPassword| ServiceError::field("password", weak.reason(), weak.to_string());
    check_password(password, email).map_err(refused)?;
    let (password, email, name) = (password.to_owned(), email.to_owned(), name.to_owned());
    let common =
        tokio::task::spawn_blocking(move || is_common(&password, &[email.as_str(), name.as_str()]))
            .await
            .map_err(|e| ServiceError::Internal(format!("judging a password stopped: {e}")))?;
    if common {
        return Err(refused(WeakPassword::Common));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_guess_first_is_common_whatever_is_done_to_it() {
        for password in [
            "password1234",
            "123456789012",
            "qwertyuiop12",
            "P4ssw0rd2026",
            "iloveyou1234",
            "abcdefghijkl",
            "Contraseña2026",
            "hornadahornada",
            "panaderia2026",
            "martagil2026",
        ] {
            assert!(
                is_common(password, &["marta.gil@horno.example", "Marta Gil"]),
                "{password}"
            );
        }
    }

    #[test]
    fn a_phrase_is_not() {
        for password in [
            "pan de masa madre",
            "pan-recien-hecho",
            "otra palabra larga",
            "correct horse battery staple",
            "tres gatos comen sopa",
        ] {
            assert!(
                !is_common(password, &["admin@horno.example", "Elena Admin"]),
                "{password}"
            );
        }
    }

    #[tokio::test]
    async fn a_refusal_says_why() {
        let reason = |error: ServiceError| match error {
            ServiceError::Invalid(fields) => fields[0].reason.clone(),
            other => format!("{other:?}"),
        };
        let error = check("short", "a@b.es", "A").await.unwrap_err();
        assert_eq!(reason(error), "password.too_short");
        let error = check("password1234", "a@b.es", "A").await.unwrap_err();
        assert_eq!(reason(error), "password.common");
        assert!(check("pan de masa madre", "a@b.es", "A").await.is_ok());
    }
}
