//! Passwords at rest: argon2id, computed off the web runtime's threads and only so many at once.

use crate::{ServiceError, ServiceResult};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Hashes at once. Each takes 19 MiB and a core for some 20 ms, so a flood of sign-ins queues here instead of
/// starving everything else.
const AT_ONCE: usize = 2;

/// Hashes and verifies passwords with argon2id (RFC 9106; 19 MiB, 2 passes, 1 lane, as OWASP asks).
#[derive(Debug)]
pub struct Passwords {
    permits: Semaphore,
    computed: AtomicU64,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            permits: Semaphore::new(AT_ONCE),
            computed: AtomicU64::new(0),
        }
    }
}

impl Passwords {
    /// The PHC string under which a password is stored, with a salt of its own.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when the system has no random numbers to give.
    pub async fn hash(&self, password: &str) -> ServiceResult<String> {
        let password = password.to_owned();
        self.compute(move || hash_now(&password)).await?
    }

    /// Whether the password belongs to the stored hash. Without a stored hash (no such account) the same work is
    /// done against a hash that nothing matches, so that the time taken tells nothing.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when the stored hash is none.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> ServiceResult<bool> {
        let password = password.to_owned();
        let stored = stored.map(str::to_owned);
        self.compute(move || {
            let known = stored.is_some();
            let text = match stored {
                Some(text) => text,
                None => nobody()?.to_owned(),
            };
            let hash = PasswordHash::new(&text).map_err(|e| {
                ServiceError::Internal(format!("a stored password hash cannot be read: {e}"))
            })?;
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
                && known)
        })
        .await?
    }

    /// Hashes computed since the start, for metrics.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> ServiceResult<T> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|e| ServiceError::Internal(e.to_string()))?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| ServiceError::Internal(format!("hashing stopped: {e}")))
    }
}

fn hash_now(password: &str) -> ServiceResult<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|e| ServiceError::Internal(format!("the password could not be hashed: {e}")))
}

/// The hash against which passwords of unknown accounts are verified.
fn nobody() -> ServiceResult<&'static str> {
    static HASH: OnceLock<String> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash);
    }
    let hash = hash_now(&uuid::Uuid::new_v4().to_string())?;
    Ok(HASH.get_or_init(|| hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_and_every_other_refused() {
        let passwords = Passwords::default();
        let stored = passwords.hash("pan de masa madre").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            passwords
                .verify("pan de masa madre", Some(&stored))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("Pan de masa madre", Some(&stored))
                .await
                .unwrap()
        );
        assert_ne!(
            stored,
            passwords.hash("pan de masa madre").await.unwrap(),
            "every hash has its own salt"
        );
    }

    #[tokio::test]
    async fn an_unknown_account_costs_the_same_work() {
        let passwords = Passwords::default();
        assert!(!passwords.verify("whatever it is", None).await.unwrap());
        assert_eq!(passwords.computed(), 1);
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_fault_and_not_a_wrong_password() {
        assert!(matches!(
            Passwords::default().verify("x", Some("plain")).await,
            Err(ServiceError::Internal(_))
        ));
    }
}
