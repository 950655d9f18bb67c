//! The personal content of one event: taken out, sealed together, and put back where it was.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::personal::PERSONAL_MARK;
use domain::stored_event::Subject;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::sealing::{bind, decrypt, encrypt};

/// In a stored payload: `{"$sealed": 0}` where something was taken out, and the sealed whole under this key at the top.
const SEALED_MARK: &str = "$sealed";

/// What an event is; sealed content opens in this event only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(crate) aggregate_type: &'a str,
    pub(crate) aggregate_id: Uuid,
    pub(crate) version: u64,
    pub(crate) event_type: &'a str,
    pub(crate) event_version: &'a str,
}

impl Identity<'_> {
    fn bytes(&self) -> Vec<u8> {
        bind(&[
            b"flowpilot event",
            self.aggregate_type.as_bytes(),
            self.aggregate_id.as_bytes(),
            &self.version.to_be_bytes(),
            self.event_type.as_bytes(),
            self.event_version.as_bytes(),
        ])
    }
}

/// The sealed part of a stored payload.
#[derive(Debug)]
pub(crate) struct SealedBody<'a> {
    pub(crate) subject: Subject,
    body: &'a str,
}

/// Whether anything in a payload is marked as personal.
pub(crate) fn holds_personal(payload: &Value) -> bool {
    match payload {
        Value::Object(fields) => is_marked(fields, PERSONAL_MARK) || fields.values().any(holds_personal),
        Value::Array(items) => items.iter().any(holds_personal),
        _ => false,
    }
}

/// Takes the personal content out of a payload and seals it. A payload without any is left as it is, and needs no key.
pub(crate) fn seal(
    payload: &mut Value,
    key: Option<(Subject, &[u8; 32])>,
    identity: Identity<'_>,
) -> Result<(), StoreError> {
    let mut content = Vec::new();
    take_out(payload, &mut content)?;
    if content.is_empty() {
        return Ok(());
    }
    let (subject, key) =
        key.ok_or(StoreError::Malformed("it holds personal content, and is about nobody"))?;
    let plain = serde_json::to_vec(&content).map(Zeroizing::new);
    let plain = plain.map_err(|_| StoreError::Malformed("its personal content can't be written as JSON"))?;
    let body = STANDARD.encode(encrypt(key, &plain, &identity.bytes()));
    let top = payload.as_object_mut().ok_or(StoreError::Malformed("its payload is not an object"))?;
    top.insert(
        SEALED_MARK.to_owned(),
        json!({ "k": format!("{}:{}", subject.kind(), subject.id()), "b": body }),
    );
    Ok(())
}

/// The sealed part of a stored payload, if it has one.
pub(crate) fn sealed_body(payload: &Value) -> Result<Option<SealedBody<'_>>, &'static str> {
    let Some(sealed) = payload.get(SEALED_MARK) else { return Ok(None) };
    let key = sealed.get("k").and_then(Value::as_str).and_then(subject_named);
    let body = sealed.get("b").and_then(Value::as_str);
    match (key, body) {
        (Some(subject), Some(body)) => Ok(Some(SealedBody { subject, body })),
        _ => Err("its sealed part is malformed"),
    }
}

/// Puts the personal content of a stored payload back where it was.
pub(crate) fn open(
    mut payload: Value,
    key: &[u8; 32],
    identity: Identity<'_>,
) -> Result<Value, &'static str> {
    let body = match sealed_body(&payload)? {
        None => return Ok(payload),
        Some(sealed) => STANDARD.decode(sealed.body).map_err(|_| "its sealed part is malformed")?,
    };
    let plain = decrypt(key, &body, &identity.bytes()).map(Zeroizing::new);
    let plain =
        plain.map_err(|_| "its sealed part does not open: changed, moved, or sealed with another key")?;
    let content: Vec<Value> = serde_json::from_slice(&plain).map_err(|_| "its sealed part holds no JSON")?;
    if let Some(top) = payload.as_object_mut() {
        top.remove(SEALED_MARK);
    }
    let mut content: Vec<Option<Value>> = content.into_iter().map(Some).collect();
    put_back(&mut payload, &mut content)?;
    if content.iter().any(Option::is_some) {
        return Err("its sealed part holds more than its payload asks for");
    }
    Ok(payload)
}

fn take_out(value: &mut Value, content: &mut Vec<Value>) -> Result<(), StoreError> {
    match value {
        Value::Object(fields) if is_marked(fields, PERSONAL_MARK) => {
            let taken = fields.remove(PERSONAL_MARK).unwrap_or_default();
            fields.insert(SEALED_MARK.to_owned(), json!(content.len()));
            content.push(taken);
            Ok(())
        }
        Value::Object(fields) => {
            // Whoever could write these names could have other content put in their place when the event is opened.
            if fields.contains_key(SEALED_MARK) || fields.contains_key(PERSONAL_MARK) {
                return Err(StoreError::Malformed("a field of it bears a reserved name"));
            }
            fields.values_mut().try_for_each(|field| take_out(field, content))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| take_out(item, content)),
        _ => Ok(()),
    }
}

fn put_back(value: &mut Value, content: &mut [Option<Value>]) -> Result<(), &'static str> {
    match value {
        Value::Object(fields) if is_marked(fields, SEALED_MARK) => {
            let place =
                fields.remove(SEALED_MARK).and_then(|n| n.as_u64()).and_then(|n| usize::try_from(n).ok());
            let taken = place.and_then(|n| content.get_mut(n)).and_then(Option::take);
            fields.insert(
                PERSONAL_MARK.to_owned(),
                taken.ok_or("its sealed part lacks what its payload asks for")?,
            );
            Ok(())
        }
        Value::Object(fields) => fields.values_mut().try_for_each(|field| put_back(field, content)),
        Value::Array(items) => items.iter_mut().try_for_each(|item| put_back(item, content)),
        _ => Ok(()),
    }
}

fn is_marked(fields: &Map<String, Value>, mark: &str) -> bool {
    fields.len() == 1 && fields.contains_key(mark)
}

fn subject_named(name: &str) -> Option<Subject> {
    let (kind, id) = name.split_once(':')?;
    let id = Uuid::parse_str(id).ok()?;
    Subject::named(kind, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SUBJECT: Subject = Subject::Session(Uuid::from_u128(7));
    const KEY: [u8; 32] = [3; 32];

    fn identity(version: u64) -> Identity<'static> {
        Identity {
            aggregate_type: "session",
            aggregate_id: Uuid::from_u128(7),
            version,
            event_type: "session.note_added",
            event_version: "1.0",
        }
    }

    fn note() -> Value {
        json!({ "type": "session.note_added", "note": { "$personal": "Maria's laptop" }, "n": 3,
                "more": [{ "$personal": { "a": [1, null] } }, { "$personal": null }] })
    }

    fn sealed_note() -> Value {
        let mut payload = note();
        seal(&mut payload, Some((SUBJECT, &KEY)), identity(1)).unwrap();
        payload
    }

    #[test]
    fn nothing_personal_is_left_in_a_sealed_payload_and_opening_restores_it() {
        let sealed = sealed_note();
        assert!(!sealed.to_string().contains("Maria"));
        assert!(!holds_personal(&sealed));
        assert_eq!(sealed["n"], 3);
        assert_eq!(open(sealed, &KEY, identity(1)).unwrap(), note());
    }

    #[test]
    fn the_same_content_never_looks_the_same_twice() {
        assert_ne!(sealed_note()["$sealed"]["b"], sealed_note()["$sealed"]["b"]);
    }

    #[test]
    fn a_sealed_payload_opens_in_its_own_event_only() {
        assert!(open(sealed_note(), &KEY, identity(2)).is_err());
        let other_type = Identity { event_type: "session.started", ..identity(1) };
        assert!(open(sealed_note(), &KEY, other_type).is_err());
        assert!(open(sealed_note(), &[4; 32], identity(1)).is_err());
    }

    #[test]
    fn a_changed_byte_is_noticed_wherever_it_is() {
        let body = sealed_note()["$sealed"]["b"].as_str().unwrap().to_owned();
        let bytes = STANDARD.decode(&body).unwrap();
        for n in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[n] ^= 1;
            let mut payload = sealed_note();
            payload["$sealed"]["b"] = json!(STANDARD.encode(changed));
            assert!(open(payload, &KEY, identity(1)).is_err(), "byte {n}");
        }
    }

    #[test]
    fn places_that_do_not_fit_the_content_are_noticed() {
        for (path, n) in [("/note/$sealed", 9), ("/note/$sealed", 1)] {
            let mut payload = sealed_note();
            *payload.pointer_mut(path).unwrap() = json!(n);
            assert!(open(payload, &KEY, identity(1)).is_err());
        }
    }

    #[test]
    fn reserved_names_outside_of_personal_content_are_refused() {
        for forged in [json!({ "x": { "$sealed": 0 } }), json!({ "x": { "$personal": 1, "y": 2 } })] {
            let mut payload = forged;
            payload["note"] = json!({ "$personal": "Maria" });
            assert!(seal(&mut payload, Some((SUBJECT, &KEY)), identity(1)).is_err());
        }
        let mut inside = json!({ "note": { "$personal": { "$sealed": 0, "$personal": "x" } } });
        let before = inside.clone();
        seal(&mut inside, Some((SUBJECT, &KEY)), identity(1)).unwrap();
        assert_eq!(
            open(inside, &KEY, identity(1)).unwrap(),
            before,
            "what a person writes may bear any name"
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-z]{1,4}", inner.clone(), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
                inner.prop_map(|content| json!({ "$personal": content })),
            ]
        })
    }

    proptest! {
        #[test]
        fn opening_undoes_sealing(content in any_json()) {
            let payload = json!({ "type": "t", "content": content });
            let mut sealed = payload.clone();
            seal(&mut sealed, Some((SUBJECT, &KEY)), identity(1)).unwrap();
            prop_assert!(!holds_personal(&sealed));
            prop_assert_eq!(open(sealed, &KEY, identity(1)).unwrap(), payload);
        }
    }
}
