# What people do with this repository. Rust, Python 3 and Node are enough; cargo and the program fetch the rest.

TARGET := $(or $(CARGO_TARGET_DIR),target)
# Not on by default: it takes half as long to build as everything else, and few changes touch it.
LOCAL_MODEL := --features api/local-model

# Builds that go on where the last one stopped take longer from a fresh clone, by half (20 minutes against 14 on two cores,
# with clippy and the tests), and keep twice as much on the disk. CARGO_INCREMENTAL=1 has them all the same.
export CARGO_INCREMENTAL ?= 0

.DEFAULT_GOAL := help
.PHONY: help run test lint bench schema advisories fresh clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

# The program reads ONCE by itself. A debug build: it takes half the time of a release build, and most of it serves
# `make test` too. In one session nobody notices the difference: what is slow without optimization is optimized all the
# same (profile.dev.package in Cargo.toml).
# Without the model the server starts all the same, and says what it does without.
run: ## Build, start here, and diagnose one problem; EXAMPLE=name for another of examples/, ONCE=1 to stop after it, MODEL=none to do without the embedding model
	@if [ "$(MODEL)" != none ]; then python3 scripts/fetch-model.py > /dev/null || echo "going on without the embedding model"; fi
	cargo run --locked -p api --bin flowpilot $(if $(filter none,$(MODEL)),,$(LOCAL_MODEL)) -- demo $(if $(EXAMPLE),--example $(EXAMPLE))

# Three at once for every core, because each waits for its database half of the time; not more than have connections there.
export RUST_TEST_THREADS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN || echo 2); echo $$((cores < 4 ? 3 * cores : 12)))

# Built before it is run, so that the program that lends the tests a PostgreSQL is the one that they test.
test: lint ## Everything that must be green, on a throwaway PostgreSQL; MODEL=none to leave out what needs the embedding model
	@if [ "$(MODEL)" != none ]; then python3 scripts/fetch-model.py > /dev/null || echo "what needs the embedding model is left out"; fi
	cargo test --locked --workspace $(LOCAL_MODEL) --no-run
	$(TARGET)/debug/flowpilot postgres run -- cargo test --locked --workspace $(LOCAL_MODEL) --no-fail-fast

lint: ## Formatting, clippy, dependencies
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets $(LOCAL_MODEL) -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check bans licenses sources; \
	else echo "cargo-deny is not installed: licences, sources and duplicates are left to api/tests/house"; fi

bench: ## The README's figures, on a throwaway PostgreSQL that waits for the disk
	cargo build --locked --release --workspace --bins --bench '*'
	$(TARGET)/release/flowpilot postgres run --durable -- cargo bench --locked --workspace --bench '*'

schema: ## Write api/schema.graphql anew from the code
	cargo run --locked -q -p api --bin flowpilot -- schema > $(TARGET)/schema.graphql
	mv $(TARGET)/schema.graphql api/schema.graphql

advisories: ## Known vulnerabilities in dependencies; needs cargo-deny, and GitHub for its database
	cargo deny --locked check advisories

fresh: ## Forget the demo's data; stop the server first
	rm -rf .flowpilot

clean: fresh ## Forget everything that was built and fetched
	cargo clean
	rm -rf .postgres .models
