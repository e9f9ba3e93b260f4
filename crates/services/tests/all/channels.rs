//! Alerts that leave the house: rules, channels, messages and what becomes of them.

use crate::scene::{bakery, count_of, later, reason, stranger};
use chrono::TimeDelta;
use contract::alerts::ListAlerts;
use contract::channels::{
    AlertRuleValues, ChangeChannel, ChannelValues, ChannelWithSecret, CreateChannel, ListMessages,
    MessageView, NameChannel, RemoveAlertRule, SaveAlertRule,
};
use contract::sales::{NewSale, NewSaleLine, RecordSales};
use domain::{AlertKind, ChannelKind, MessageStatus, Permission, RoleKey, Severity};
use entity::{audit_entry, channel_message, command_receipt};
use sea_orm::EntityTrait;
use services::channels::{Delivery, Outcome};
use services::mails::Delivery as Posted;
use services::quality::NightAlerts;
use services::{Arrival, Ctx, Services};
use testkit::{Org, TestDb, now, on_both, today};
use uuid::Uuid;

fn values(name: &str) -> ChannelValues {
    ChannelValues {
        name: name.into(),
        address: "https://hooks.example/bread".into(),
        active: true,
    }
}

fn webhook(name: &str) -> CreateChannel {
    CreateChannel {
        command_id: Uuid::now_v7(),
        kind: ChannelKind::Webhook,
        values: values(name),
    }
}

fn rule(kind: AlertKind, threshold: Option<i64>, channels: &[Uuid]) -> SaveAlertRule {
    SaveAlertRule {
        command_id: Uuid::now_v7(),
        rule_id: None,
        version: 0,
        values: AlertRuleValues {
            kind,
            threshold,
            severity: Severity::Critical,
            stores: vec![],
            channels: channels.to_vec(),
            active: true,
        },
    }
}

fn named(channel_id: Uuid) -> NameChannel {
    NameChannel {
        command_id: Uuid::now_v7(),
        channel_id,
    }
}

async fn made(services: &Services, ctx: &Ctx, name: &str) -> ChannelWithSecret {
    let made = services.channels().create(ctx, &webhook(name)).await;
    made.expect("a channel")
}

async fn messages(services: &Services, ctx: &Ctx, channel_id: Uuid) -> Vec<MessageView> {
    let wanted = ListMessages {
        channel_id,
        after: None,
        limit: None,
    };
    let page = services.channels().messages(ctx, &wanted).await;
    page.expect("messages").items
}

/// A jobs' request some seconds later.
fn jobs(org: &Org, seconds: i64) -> Ctx {
    Ctx::system(org.id, "errands", now() + TimeDelta::seconds(seconds))
}

async fn claimed(services: &Services, ctx: &Ctx, owner: &str) -> Vec<Delivery> {
    let claimed = services.channels().claim_due(ctx, owner, 10).await;
    claimed.expect("claimed")
}

async fn night_failed(db: &TestDb, org: &Org, failed: bool) {
    let state = NightAlerts {
        night_failed: Some(failed),
        ..NightAlerts::default()
    };
    let quality = db.services().quality();
    let told = quality
        .set_night_alerts(&org.system(), today(), state)
        .await;
    told.expect("told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_made_by_administrators_and_its_secret_is_kept_out_of_receipts_and_log() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let channels = services.channels();
        let admin = org.ctx(RoleKey::Admin).await;
        let command = webhook("Central");
        let first = channels.create(&admin, &command).await.expect("made");
        let secret = first.secret.expect("told");
        let again = channels.create(&admin, &command).await.expect("known");
        assert_eq!((again.channel, again.secret), (first.channel.clone(), None));
        let other = channels
            .renew_secret(&admin, &named(first.channel.id))
            .await;
        let other = other.expect("renewed").secret.expect("told");
        assert_ne!(other, secret);

        let connection = db.db().connection();
        let receipts = command_receipt::Entity::find().all(connection).await;
        let log = audit_entry::Entity::find().all(connection).await;
        let kept = format!("{:?} {:?}", receipts.expect("receipts"), log.expect("log"));
        assert!(!kept.contains(&secret) && !kept.contains(&other));

        let mail = CreateChannel {
            kind: ChannelKind::Mail,
            ..webhook("Correo")
        };
        let refused = channels
            .create(&admin, &mail)
            .await
            .expect_err("no address of mail");
        assert_eq!(reason(&refused), "email.format");
        let mut nowhere = webhook("Nada");
        nowhere.values.address = "hooks.example".into();
        let refused = channels
            .create(&admin, &nowhere)
            .await
            .expect_err("refused");
        assert_eq!(reason(&refused), "address.format");
        for role in [RoleKey::StoreManager, RoleKey::Production, RoleKey::Analyst] {
            let ctx = org.ctx(role).await;
            let refused = channels.list(&ctx).await.expect_err("not theirs");
            assert_eq!(reason(&refused), "forbidden", "{role}");
        }
        let elsewhere = stranger(&db).await.ctx(RoleKey::Admin).await;
        assert!(channels.list(&elsewhere).await.expect("own").is_empty());
        let refused = channels.test(&elsewhere, &named(first.channel.id)).await;
        assert_eq!(reason(&refused.expect_err("hidden")), "not_found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_gives_an_alert_its_urgency_and_tells_each_channel_once() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let [one, two] = ["Uno", "Dos"].map(|name| made(services, &admin, name));
        let (one, two) = (one.await.channel.id, two.await.channel.id);
        let rules = services.alert_rules();
        let mut quiet = rule(AlertKind::NightFailed, None, &[one]);
        quiet.values.severity = Severity::Info;
        rules.save(&admin, &quiet).await.expect("saved");
        let both = rule(AlertKind::NightFailed, None, &[one, two]);
        rules.save(&admin, &both).await.expect("saved");
        let mut elsewhere = rule(AlertKind::NightFailed, None, &[two]);
        elsewhere.values.stores = vec![org.stores[0]];
        rules.save(&admin, &elsewhere).await.expect("saved");

        night_failed(&db, &org, true).await;
        night_failed(&db, &org, true).await;
        for channel in [one, two] {
            let told = messages(services, &admin, channel).await;
            assert_eq!(told.len(), 1, "once, whatever the rules");
            assert_eq!(told[0].event, "alert.opened");
            assert_eq!(told[0].status, MessageStatus::Waiting);
        }
        // It resolves and comes back: that is another alert.
        night_failed(&db, &org, false).await;
        night_failed(&db, &org, true).await;
        assert_eq!(messages(services, &admin, two).await.len(), 2);

        let rows = channel_message::Entity::find()
            .all(db.db().connection())
            .await
            .expect("rows");
        let body: serde_json::Value = serde_json::from_str(&rows[0].body).expect("JSON");
        assert_eq!(body["event"], "alert.opened");
        assert_eq!(body["about"]["kind"], "night_failed");
        assert_eq!(body["organization_id"], org.id.to_string());
    })
    .await;
}

fn ticket(number: &str, at: &str, quantity: i64) -> RecordSales {
    let line = NewSaleLine {
        sku: "P001".into(),
        quantity,
        unit_price_minor: 200,
        total_minor: 200 * quantity,
        promotion_code: None,
        return_to: None,
    };
    let sale = NewSale {
        transaction_id: number.into(),
        store_code: "S01".into(),
        sold_at: at.into(),
        payment_method: None,
        lines: vec![line],
    };
    RecordSales { sales: vec![sale] }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_told_when_it_grows_to_the_size_that_the_rule_names() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let analyst = org.ctx(RoleKey::Analyst).await;
        let channel = made(services, &admin, "Central").await.channel.id;
        let wanted = rule(AlertKind::NegativeStock, Some(4), &[channel]);
        services
            .alert_rules()
            .save(&admin, &wanted)
            .await
            .expect("saved");
        let count = count_of(org.stores[0], org.products[0], 2);
        services
            .stock()
            .count(&analyst, count)
            .await
            .expect("counted");
        let seen = async || {
            let asked = ListAlerts {
                store_id: None,
                status: None,
                kind: Some(AlertKind::NegativeStock),
            };
            let list = services
                .alerts()
                .list(&analyst, &asked)
                .await
                .expect("alerts");
            assert_eq!(list.alerts.len(), 1, "one shelf, one alert");
            list.alerts[0].severity
        };
        for (number, minute, quantity, severity, told) in [
            ("T-1", 40, 3, Severity::Warning, 0),
            ("T-2", 41, 4, Severity::Critical, 1),
            ("T-3", 42, 1, Severity::Critical, 1),
        ] {
            let at = format!("2026-03-10T07:{minute}");
            let sold = services
                .sales()
                .record(&later(&analyst, 30), ticket(number, &at, quantity))
                .await;
            sold.expect("recorded");
            assert_eq!(seen().await, severity, "{number}");
            assert_eq!(
                messages(services, &admin, channel).await.len(),
                told,
                "{number}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_by_one_process_again_after_a_while_and_for_a_day() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let channels = services.channels();
        let admin = org.ctx(RoleKey::Admin).await;
        let channel = made(services, &admin, "Central").await;
        let id = channel.channel.id;
        channels.test(&admin, &named(id)).await.expect("written");
        let waiting = services.errands().waiting(now()).await.expect("looked");
        assert!(waiting.messages.contains(&org.id) && waiting.checks.is_empty());

        let mut own = claimed(services, &jobs(&org, 0), "one").await;
        assert!(claimed(services, &jobs(&org, 1), "two").await.is_empty());
        let delivery = own.pop().expect("claimed");
        assert_eq!(Some(&delivery.secret), channel.secret.as_ref());
        // The process died: two minutes later another one sends it, and what the first one says then counts no more.
        let taken = claimed(services, &jobs(&org, 121), "two").await;
        assert_eq!(taken.len(), 1);
        let late = Outcome::Answered(204);
        let settled = channels
            .settle(&jobs(&org, 122), "one", &delivery, &late)
            .await;
        assert!(!settled.expect("written"));
        let failed = Outcome::Failed("connection refused".into());
        let settled = channels
            .settle(&jobs(&org, 122), "two", &taken[0], &failed)
            .await;
        assert!(settled.expect("written"));
        let seen = messages(services, &admin, id).await;
        assert_eq!(
            (seen[0].attempts, seen[0].status),
            (1, MessageStatus::Waiting)
        );
        assert_eq!(seen[0].last_error.as_deref(), Some("connection refused"));
        assert_eq!(seen[0].next_at, Some(now() + TimeDelta::seconds(152)));

        let mut seconds = 152;
        let mut attempts = 1;
        loop {
            assert!(
                claimed(services, &jobs(&org, seconds - 1), "two")
                    .await
                    .is_empty()
            );
            let due = claimed(services, &jobs(&org, seconds), "two").await;
            let ctx = jobs(&org, seconds);
            channels
                .settle(&ctx, "two", &due[0], &Outcome::Answered(503))
                .await
                .expect("written");
            attempts += 1;
            let seen = messages(services, &admin, id).await;
            match seen[0].next_at {
                Some(next) => seconds = (next - now()).num_seconds(),
                None => {
                    assert_eq!(seen[0].status, MessageStatus::GivenUp);
                    assert_eq!(seen[0].attempts, attempts);
                    break;
                }
            }
            assert!(seconds < 86_400);
        }
        assert!(attempts > 8, "{attempts}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_switched_off_sends_nothing_and_one_that_is_gone_leaves_its_rules() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let channels = services.channels();
        let admin = org.ctx(RoleKey::Admin).await;
        let channel = made(services, &admin, "Central").await.channel;
        let wanted = rule(AlertKind::NightFailed, None, &[channel.id]);
        let kept = services
            .alert_rules()
            .save(&admin, &wanted)
            .await
            .expect("saved");
        channels
            .test(&admin, &named(channel.id))
            .await
            .expect("written");
        let change = ChangeChannel {
            command_id: Uuid::now_v7(),
            channel_id: channel.id,
            version: channel.version,
            values: ChannelValues {
                active: false,
                ..values("Central")
            },
        };
        let off = channels.change(&admin, &change).await.expect("changed");
        let stale = ChangeChannel {
            command_id: Uuid::now_v7(),
            ..change
        };
        let refused = channels.change(&admin, &stale).await.expect_err("stale");
        assert_eq!(reason(&refused), "channel.stale");
        assert_eq!(off.version, 2);
        assert!(claimed(services, &jobs(&org, 5), "one").await.is_empty());
        let seen = messages(services, &admin, channel.id).await;
        assert_eq!(seen[0].status, MessageStatus::GivenUp);
        let refused = channels.test(&admin, &named(channel.id)).await;
        assert_eq!(reason(&refused.expect_err("off")), "channel.off");
        night_failed(&db, &org, true).await;
        assert_eq!(messages(services, &admin, channel.id).await.len(), 1);

        channels
            .remove(&admin, &named(channel.id))
            .await
            .expect("gone");
        let rules = services.alert_rules().list(&admin).await.expect("rules");
        assert_eq!((rules[0].id, rules[0].version), (kept.id, kept.version + 1));
        assert!(rules[0].values.channels.is_empty());
        let remove = RemoveAlertRule {
            command_id: Uuid::now_v7(),
            rule_id: kept.id,
        };
        for _ in 0..2 {
            services
                .alert_rules()
                .remove(&admin, &remove)
                .await
                .expect("gone");
        }
        assert!(
            services
                .alert_rules()
                .list(&admin)
                .await
                .expect("rules")
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn rules_name_what_is_there_and_sizes_that_their_kind_has() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let other = stranger(&db).await;
        let rules = db.services().alert_rules();
        let admin = org.ctx(RoleKey::Admin).await;
        assert!(admin.actor.permissions.contains(&Permission::SettingsWrite));
        let sized = rule(AlertKind::NightFailed, Some(3), &[]);
        let refused = rules.save(&admin, &sized).await.expect_err("no size");
        assert_eq!(reason(&refused), "rule.no_measure");
        let zero = rule(AlertKind::WasteRisk, Some(0), &[]);
        let refused = rules.save(&admin, &zero).await.expect_err("no size");
        assert_eq!(reason(&refused), "number.range");
        let nobody = rule(AlertKind::WasteRisk, Some(3), &[Uuid::now_v7()]);
        let refused = rules.save(&admin, &nobody).await.expect_err("no channel");
        assert_eq!(reason(&refused), "not_found");
        let mut theirs = rule(AlertKind::WasteRisk, Some(3), &[]);
        theirs.values.stores = vec![other.stores[0]];
        let refused = rules.save(&admin, &theirs).await.expect_err("no store");
        assert_eq!(reason(&refused), "not_found");
        let good = rule(AlertKind::WasteRisk, Some(3), &[]);
        let saved = rules.save(&admin, &good).await.expect("saved");
        assert_eq!(rules.save(&admin, &good).await.expect("known"), saved);
        let stale = SaveAlertRule {
            command_id: Uuid::now_v7(),
            rule_id: Some(saved.id),
            version: 7,
            ..good
        };
        let refused = rules.save(&admin, &stale).await.expect_err("stale");
        assert_eq!(reason(&refused), "alert_rule.stale");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_mail_writes_mails_and_its_log_says_what_became_of_them() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let command = CreateChannel {
            kind: ChannelKind::Mail,
            values: ChannelValues {
                address: " Jefa@Horno.example ".into(),
                ..values("Correo")
            },
            ..webhook("Correo")
        };
        let channels = services.channels();
        let made = channels.create(&admin, &command).await.expect("made");
        assert_eq!(made.channel.values.address, "jefa@horno.example");
        assert_eq!(made.secret, None);
        let channel = made.channel.id;
        let refused = channels.renew_secret(&admin, &named(channel)).await;
        assert_eq!(reason(&refused.expect_err("none")), "channel.no_secret");

        let told = rule(AlertKind::NightFailed, None, &[channel]);
        let saved = services.alert_rules().save(&admin, &told).await;
        saved.expect("a rule");
        night_failed(&db, &org, true).await;
        // Whoever calls web addresses has nothing to do with it.
        assert!(claimed(services, &jobs(&org, 1), "a").await.is_empty());

        let mails = services.mails();
        let at = now() + TimeDelta::seconds(1);
        let mail = mails.claim(at).await.expect("read").expect("a mail");
        let letter = mails.write(&mail, "https://h.example", at).await;
        let letter = letter.expect("read").expect("a letter");
        assert_eq!(letter.to, "jefa@horno.example");
        assert!(letter.text.contains("https://h.example/alerts"));
        let failed = Posted::Failed("no mail server".into());
        mails.settle(&mail, &failed, at).await.expect("written");
        let log = messages(services, &admin, channel).await;
        assert_eq!(
            (log[0].status, log[0].attempts),
            (MessageStatus::Waiting, 1)
        );
        assert_eq!(log[0].last_error.as_deref(), Some("no mail server"));

        let later = at + TimeDelta::minutes(1);
        let mail = mails.claim(later).await.expect("read").expect("a mail");
        let letter = mails.write(&mail, "https://h.example", later).await;
        assert!(letter.expect("read").is_some());
        mails
            .settle(&mail, &Posted::Sent, later)
            .await
            .expect("written");
        let log = messages(services, &admin, channel).await;
        assert_eq!((log[0].status, log[0].attempts), (MessageStatus::Sent, 2));

        // What waits for a channel that is switched off is not sent.
        channels.test(&admin, &named(channel)).await.expect("tried");
        let off = ChangeChannel {
            command_id: Uuid::now_v7(),
            channel_id: channel,
            version: 1,
            values: ChannelValues {
                address: "jefa@horno.example".into(),
                active: false,
                ..values("Correo")
            },
        };
        channels.change(&admin, &off).await.expect("changed");
        let mail = mails.claim(later).await.expect("read").expect("a mail");
        let letter = mails.write(&mail, "https://h.example", later).await;
        assert!(letter.expect("read").is_none());
        mails
            .settle(&mail, &Posted::Dropped, later)
            .await
            .expect("written");
        let log = messages(services, &admin, channel).await;
        assert_eq!(log[0].status, MessageStatus::GivenUp);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_rest_with_their_organization_and_what_nobody_sent_for_a_day_is_given_up() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let channel = made(services, &admin, "Central").await.channel.id;
        let channels = services.channels();
        channels.test(&admin, &named(channel)).await.expect("tried");
        let by = Arrival::command_line(now());
        let organizations = services.organizations();
        let suspended = organizations.suspend(&by, org.id, "Sin pagar").await;
        suspended.expect("suspended");
        let waiting = services.errands().waiting(now()).await.expect("looked");
        assert!(waiting.messages.is_empty());
        organizations.resume(&by, org.id).await.expect("resumed");
        let waiting = services.errands().waiting(now()).await.expect("looked");
        assert!(waiting.messages.contains(&org.id));

        let late = claimed(services, &jobs(&org, 86_401), "one").await;
        assert!(late.is_empty(), "it tells of what is long over");
        let seen = messages(services, &admin, channel).await;
        assert_eq!(seen[0].status, MessageStatus::GivenUp);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_tried_ten_times_an_hour_at_most() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let channel = made(services, &admin, "Central").await.channel.id;
        let channels = services.channels();
        for _ in 0..10 {
            channels.test(&admin, &named(channel)).await.expect("tried");
        }
        let refused = channels.test(&admin, &named(channel)).await;
        assert_eq!(reason(&refused.expect_err("too often")), "channel.tried");
        let hour = later(&admin, 61);
        channels.test(&hour, &named(channel)).await.expect("tried");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_an_alert_was_told_is_known_for_as_long_as_it_stands() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let services = db.services();
        let admin = org.ctx(RoleKey::Admin).await;
        let channel = made(services, &admin, "Central").await.channel.id;
        let told = rule(AlertKind::NightFailed, None, &[channel]);
        let saved = services.alert_rules().save(&admin, &told).await;
        saved.expect("a rule");
        night_failed(&db, &org, true).await;
        let own = claimed(services, &jobs(&org, 1), "one").await;
        let taken = Outcome::Answered(204);
        let settled = services
            .channels()
            .settle(&jobs(&org, 2), "one", &own[0], &taken)
            .await;
        assert!(settled.expect("written"));
        let month = now() + TimeDelta::days(31);
        let clear = async || services.housekeeping().clear(month).await.expect("cleared");
        clear().await;
        assert_eq!(messages(services, &admin, channel).await.len(), 1);
        night_failed(&db, &org, false).await;
        clear().await;
        assert!(messages(services, &admin, channel).await.is_empty());
    })
    .await;
}
