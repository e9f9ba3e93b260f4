//! What may be configured, and what is refused.

use super::*;

#[test]
fn a_key_that_does_not_exist_is_refused_by_name_and_line() {
    let error = Options::parse("listen = \"127.0.0.1:1\"\nlisten_on = \"x\"\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 2") && error.contains("listen_on"),
        "{error}"
    );
}

#[test]
fn secrets_are_printed_nowhere() {
    let url = "postgres://baker:s3cret@db.example/hornada?sslpassword=s3cret";
    let options = Options {
        database_url: Some(url.to_owned().into()),
        ..Options::default()
    };
    let config = Config::new(options.clone(), None).unwrap();
    assert_eq!(
        config.database_shown(),
        "postgres://baker:***@db.example/hornada"
    );
    for text in [
        format!("{options:?}"),
        format!("{config:?}"),
        config.database_shown(),
    ] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    let error = Options::parse("database_url = [\"s3cret\"]")
        .unwrap_err()
        .to_string();
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn flags_win_over_the_file_and_ours_over_the_general_variable() {
    let file = Options::parse("data = \"/srv\"\nsession_hours = 5\njobs = false").unwrap();
    let flags = Options {
        session_hours: Some(7),
        ..Options::default()
    };
    let config = Config::new(flags.or(file), Some("postgres://a/b".into())).unwrap();
    assert_eq!(config.session.absolute, TimeDelta::hours(7));
    assert_eq!(config.data, PathBuf::from("/srv"));
    assert!(!config.jobs);
    assert_eq!(config.database_url.expose(), "postgres://a/b");
    let ours = Options {
        database_url: Some("sqlite://x".to_owned().into()),
        ..Options::default()
    };
    assert_eq!(
        Config::new(ours, Some("postgres://a/b".into()))
            .unwrap()
            .database_url
            .expose(),
        "sqlite://x"
    );
    let none = Config::new(
        Options {
            data: Some("/d".into()),
            ..Options::default()
        },
        None,
    )
    .unwrap();
    assert_eq!(none.database_url.expose(), "sqlite:///d/hornada.db");
}

#[test]
fn a_public_https_origin_makes_the_cookie_secure() {
    let with = |origin: &str| {
        Config::new(
            Options {
                public_origin: Some(origin.into()),
                ..Options::default()
            },
            None,
        )
    };
    assert!(with("https://hornada.example/").unwrap().secure_cookie);
    assert!(!with("http://shop.local:3000").unwrap().secure_cookie);
    assert!(with("hornada.example").is_err());
    assert!(with("https://hornada.example/path").is_err());
}

#[test]
fn a_mistyped_variable_is_refused_and_foreign_ones_are_left_alone() {
    let known = ["HORNADA_LISTEN"];
    let check = |name: &str| check_environment([name.to_owned()].into_iter(), &known);
    assert!(
        check("HORNADA_LISTN")
            .unwrap_err()
            .to_string()
            .contains("HORNADA_LISTN")
    );
    for fine in [
        "HORNADA_LISTEN",
        "HORNADA_TEST_POSTGRES",
        "HORNADA_CHROMIUM",
        "PATH",
    ] {
        check(fine).unwrap();
    }
}

#[test]
fn who_may_call_from_elsewhere_and_how_often_is_checked() {
    let with = |text: &str| Config::new(Options::parse(text).unwrap(), None);
    let usual = with("").unwrap();
    assert_eq!(usual.api_rate_per_minute.get(), 100);
    assert!(usual.cors_origins.is_empty());
    let chosen =
        with("api_rate_per_minute = 7\ncors_origins = [\"https://till.example\"]").unwrap();
    assert_eq!(chosen.api_rate_per_minute.get(), 7);
    assert_eq!(chosen.cors_origins, ["https://till.example"]);
    assert!(with("cors_origins = [\"*\"]").is_err());
}

#[test]
fn webhooks_reach_https_on_its_port_and_what_the_operator_names_besides() {
    let config = Config::new(Options::default(), None).unwrap();
    assert_eq!(
        (config.webhooks.plain, config.webhooks.ports),
        (false, vec![443])
    );
    assert!(config.webhooks.inside.is_empty());
    let text = "webhook_plain = true\nwebhook_inside = [\"127.0.0.1\"]";
    let config = Config::new(Options::parse(text).unwrap(), None).unwrap();
    assert_eq!(
        (config.webhooks.plain, config.webhooks.ports),
        (true, vec![80, 443])
    );
    let here: Vec<std::net::IpAddr> = vec!["127.0.0.1".parse().unwrap()];
    assert_eq!(config.webhooks.inside, here);
}

#[test]
fn providers_of_single_sign_on_are_asked_over_https_unless_the_operator_says_otherwise() {
    let config = Config::new(Options::default(), None).unwrap();
    let usual = config.single_sign_on;
    assert_eq!((usual.plain, usual.ports), (false, vec![443]));
    assert!(usual.inside.is_empty());
    let text = "single_sign_on_plain = true\nsingle_sign_on_ports = [8080]\nsingle_sign_on_inside = [\"10.0.0.7\"]";
    let chosen = Config::new(Options::parse(text).unwrap(), None)
        .unwrap()
        .single_sign_on;
    assert_eq!((chosen.plain, chosen.ports), (true, vec![8_080]));
    let inside: Vec<std::net::IpAddr> = vec!["10.0.0.7".parse().unwrap()];
    assert_eq!(chosen.inside, inside);
}
