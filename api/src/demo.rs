//! The demo of development mode: an account with members, realistic intakes played through the real API, and what to try
//! next.

pub mod account;
pub mod answer;
pub mod client;
pub mod example;
pub mod play;
pub mod table;
pub mod transcript;
pub mod wire;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Stdout, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Duration, Utc};
use clap::builder::{FalseyValueParser, PossibleValuesParser};
use uuid::Uuid;

use crate::app::App;
use crate::auth::token::Secret;
use crate::config::Mode;
use client::Client;
use play::{Played, play};
use transcript::Transcript;

/// What `demo` takes besides what `serve` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArguments {
    /// The example to play.
    #[arg(long, value_name = "NAME", default_value = "account-lockout",
          value_parser = PossibleValuesParser::new(example::names()), hide_possible_values = true)]
    pub example: String,

    /// Play every example, one after the other.
    #[arg(long, conflicts_with = "example")]
    pub all: bool,

    /// Say which examples there are, and do nothing else.
    #[arg(long)]
    pub list: bool,

    /// End after the example instead of staying up.
    #[arg(long, env = "ONCE", value_parser = FalseyValueParser::new())]
    pub once: bool,

    /// Any value but the empty one: no colours.
    #[arg(long, env = "NO_COLOR", value_name = "ANY", num_args = 0..=1, default_missing_value = "1")]
    pub no_color: Option<String>,
}

impl DemoArguments {
    fn colours(&self) -> bool {
        io::stdout().is_terminal() && self.no_color.as_deref().is_none_or(str::is_empty)
    }

    fn examples(&self) -> Vec<&str> {
        if self.all { example::names().collect() } else { vec![&self.example] }
    }
}

/// Prints which examples there are; whoever reads may stop reading.
pub fn list() -> anyhow::Result<()> {
    let mut lines = String::new();
    for name in example::names() {
        writeln!(lines, "{name:<32} {}", example::named(name)?.title)?;
    }
    match io::stdout().write_all(lines.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Once HTTP is up: opens the account, plays what was asked for, and unless the demo ends here says what to try.
pub async fn after_start(
    app: &Arc<App>,
    address: SocketAddr,
    secret: &Secret,
    arguments: &DemoArguments,
) -> anyhow::Result<()> {
    account::ensure(app).await?;
    let now = app.clock.now();
    let tokens: Vec<String> = account::NAMES
        .iter()
        .map(|name| token_for(secret, name, Mode::Development, now, table::TOKEN_HOURS))
        .collect::<anyhow::Result<_>>()?;
    let engineer = tokens.first().context("the demo has no engineer")?;
    let client = Client::new(&format!("http://{address}"), engineer.as_str())?;
    let mut transcript = Transcript::new(io::stdout(), arguments.colours());
    let mut last = None;
    for name in arguments.examples() {
        last = Some(one(&client, name, &mut transcript).await.with_context(|| format!("example {name}"))?);
    }
    if let Some(played) = last.filter(|_| !arguments.once) {
        table::print(&mut io::stdout(), address, &tokens, &played.session)?;
    }
    Ok(())
}

async fn one(client: &Client, name: &str, transcript: &mut Transcript<Stdout>) -> anyhow::Result<Played> {
    let played = play(client, &example::named(name)?, transcript).await?;
    if played.status != "RESOLVED" {
        bail!("the session ended as {}", played.status);
    }
    Ok(played)
}

/// A token for a member of the demo account by name, in development mode, or for any id.
pub fn token_for(
    secret: &Secret,
    name_or_id: &str,
    mode: Mode,
    now: DateTime<Utc>,
    hours: i64,
) -> anyhow::Result<String> {
    let lifetime = Duration::try_hours(hours).filter(|lifetime| *lifetime > Duration::zero());
    let lifetime = lifetime.with_context(|| format!("a token cannot be valid for {hours} hours"))?;
    let subject = match (account::user_id(name_or_id), mode) {
        (Some(user), Mode::Development) => user.0,
        (Some(_), Mode::Production) => {
            bail!("{name_or_id} is a member of the demo, which is for development mode; give a member's id")
        }
        (None, _) => Uuid::parse_str(name_or_id).ok().with_context(|| {
            format!("{name_or_id:?} is neither an id nor one of {}", account::NAMES.join(", "))
        })?,
    };
    Ok(secret.sign(&subject.to_string(), now, lifetime)?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use domain::clock::{Clock, SystemClock};

    use super::*;
    use crate::auth::trust::Trust;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        demo: DemoArguments,
    }

    fn secret() -> Secret {
        Secret { bytes: vec![7; 32], issuer: "flowpilot".into(), audience: "flowpilot".into() }
    }

    #[test]
    fn without_flags_the_lockout_is_played() {
        let line = Line::try_parse_from(["demo"]).unwrap();
        assert_eq!(line.demo.examples(), ["account-lockout"]);
    }

    #[test]
    fn all_means_every_example_and_an_unknown_one_is_refused() {
        let line = Line::try_parse_from(["demo", "--all", "--once"]).unwrap();
        assert!(line.demo.once);
        assert_eq!(line.demo.examples().len(), example::names().count());
        assert!(Line::try_parse_from(["demo", "--example", "nothing"]).is_err());
    }

    #[tokio::test]
    async fn a_name_gives_the_demo_members_token_in_development_only() {
        let (secret, now) = (secret(), SystemClock.now());
        let token = token_for(&secret, "analyst", Mode::Development, now, 1).unwrap();
        let trust = Trust::from(self::secret());
        let analyst = account::user_id("analyst").unwrap().to_string();
        assert_eq!(trust.verify(&token).await.unwrap().sub, analyst);
        assert!(token_for(&secret, "analyst", Mode::Production, now, 1).is_err());
        let id = "019a8f00-0000-7000-8000-00000000000a";
        let token = token_for(&secret, id, Mode::Production, now, 1).unwrap();
        assert_eq!(trust.verify(&token).await.unwrap().sub, id);
        assert!(token_for(&secret, "nobody", Mode::Development, now, 1).is_err());
        assert!(token_for(&secret, "analyst", Mode::Development, now, 0).is_err());
    }
}
