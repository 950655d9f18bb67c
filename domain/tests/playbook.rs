//! The playbook, as an engineer meets it: what it asks, what follows from an answer, and where it ends (rule 4.2).

#[path = "playbook/course.rs"]
mod course;
#[path = "playbook/examples.rs"]
mod examples;
#[path = "playbook/insight.rs"]
mod insight;
#[path = "playbook/properties.rs"]
mod properties;
