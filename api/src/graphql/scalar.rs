//! The contract's own scalars: `DateTime`, `Position` and `JSON`, and ids on their way out.
//!
//! Each says itself whether an input is one (`is_valid`), so bad input is refused while validating and never reaches
//! a resolver.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ID, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType,
    ServerResult, Value,
};
use chrono::{SecondsFormat, Utc};
use uuid::Uuid;

/// A moment, as RFC 3339 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`. Input may use any offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(pub chrono::DateTime<Utc>);

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(time: chrono::DateTime<Utc>) -> Self {
        Self(time)
    }
}

fn read_date_time(value: &Value) -> Option<chrono::DateTime<Utc>> {
    let Value::String(text) = value else { return None };
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc))
}

/// A moment, as RFC 3339 in UTC, for example `2026-01-31T09:30:00.000Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        read_date_time(&value).map(Self).ok_or_else(|| InputValueError::expected_type(value))
    }

    fn is_valid(value: &Value) -> bool {
        read_date_time(value).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A place in the event log, on the wire a string of decimal digits because JSON numbers lose precision there.
/// As input a whole number is taken too. Never negative when it comes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

impl Position {
    /// Reads the text form: decimal digits only, at most 2^63 − 1.
    pub fn from_text(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self) } else { None }
    }
}

impl From<domain::recorded_event::Position> for Position {
    fn from(position: domain::recorded_event::Position) -> Self {
        Self(position.0)
    }
}

fn read_position(value: &Value) -> Option<Position> {
    match value {
        Value::String(text) => Position::from_text(text),
        Value::Number(number) => number.as_i64().filter(|number| *number >= 0).map(Position),
        _ => None,
    }
}

/// A position in the event log, as a string of decimal digits.
#[Scalar(name = "Position")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        read_position(&value).ok_or_else(|| InputValueError::expected_type(value))
    }

    fn is_valid(value: &Value) -> bool {
        read_position(value).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON: values shaped by a provider, and event payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(pub serde_json::Value);

/// Any JSON value: what a provider shaped, and event payloads.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// A UUID going out as the contract's `ID`. Arguments and input fields take [`ID`] instead and read it with
/// [`parse_id`], because a malformed id must read like an unknown one and not be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(pub Uuid);

impl<T: Into<Uuid>> From<T> for Id {
    fn from(id: T) -> Self {
        Self(id.into())
    }
}

impl OutputType for Id {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("ID")
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(self.0.to_string()))
    }
}

/// The UUID in an incoming id; none if it isn't one, which reads like an unknown id.
pub fn parse_id(id: &ID) -> Option<Uuid> {
    Uuid::try_parse(id.as_str()).ok()
}

/// A count for an `Int` field: counts beyond 32 bits are clamped.
pub fn clamp_count(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_goes_out_in_utc_with_milliseconds() {
        let read = DateTime::parse(Value::from("2026-01-31T10:30:00.123456+01:00")).unwrap();
        assert_eq!(read.to_value(), Value::from("2026-01-31T09:30:00.123Z"));
        let whole = DateTime::parse(Value::from("2026-01-31T09:30:00Z")).unwrap();
        assert_eq!(whole.to_value(), Value::from("2026-01-31T09:30:00.000Z"));
    }

    #[test]
    fn what_is_not_rfc_3339_is_not_a_moment() {
        for text in ["", "yesterday", "2026-01-31", "2026-01-31T09:30:00", "2026-02-30T00:00:00Z"] {
            assert!(!DateTime::is_valid(&Value::from(text)), "{text}");
        }
        assert!(!DateTime::is_valid(&Value::from(1_700_000_000)));
    }

    #[test]
    fn a_position_is_read_from_digits_or_a_whole_number_and_written_as_text() {
        assert_eq!(Position::parse(Value::from("42")).unwrap(), Position(42));
        assert_eq!(Position::parse(Value::from(42)).unwrap(), Position(42));
        assert_eq!(Position(i64::MAX).to_value(), Value::from("9223372036854775807"));
        for text in ["", "-1", "+1", " 1", "1.0", "9223372036854775808", "x"] {
            assert!(!Position::is_valid(&Value::from(text)), "{text}");
        }
        assert!(!Position::is_valid(&Value::from(-1)));
        assert!(!Position::is_valid(&Value::from(1.5)));
    }

    #[test]
    fn json_goes_through_unchanged() {
        let json = serde_json::json!({"a": [1, 2.5, null, "x"], "b": {"c": true}});
        let value = Json(json.clone()).to_value();
        assert_eq!(Json::parse(value).unwrap().0, json);
    }

    #[test]
    fn a_malformed_id_reads_as_no_id() {
        assert_eq!(parse_id(&ID::from("not-an-id")), None);
        let id = Uuid::from_u128(7);
        assert_eq!(parse_id(&ID::from(id)), Some(id));
    }

    #[test]
    fn a_count_beyond_32_bits_is_clamped() {
        assert_eq!(clamp_count(3_000_000_000_i64), i32::MAX);
        assert_eq!(clamp_count(7_usize), 7);
    }
}
