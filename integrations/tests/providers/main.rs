//! Both wire formats, spoken for real with a stand-in on loopback that can also misbehave.

mod anthropic;
mod failures;
mod openai;
mod secrecy;
mod stand_in;
mod world;
