# Two commands on a Debian 12 with a Rust toolchain: `make demo` shows Portner, `make test` tries everything.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: demo test lint fmt clippy deny unit system fuzz build install

RUN := tests/runner.sh
# The first of three in a row that the demo listens on. A demo stays at the port that it was made for.
PORT ?= 8080
# One selection of packages and features for all of them: what one has built, the next does not build again.
ALL := --locked --workspace --features portner-system-tests/system

demo:
	@tests/install.sh build
	cargo build --locked --package portner-cli --package portner-sandbox
	exec target/debug/portner-sandbox demo --data demo-data --port $(PORT)

test: install
	@rm -f tests/run/logs/*.closing
	trap 'echo; $(RUN) summary; echo "$$((SECONDS / 60)) min"' EXIT
	tests/with-services.sh $(MAKE) --no-print-directory --keep-going lint unit system fuzz

# Each also alone.
lint: fmt clippy deny

fmt: install
	@$(RUN) fmt cargo fmt --all --check -- -l

clippy: install
	@$(RUN) clippy cargo clippy $(ALL) --all-targets -- --deny warnings

deny: install
	@$(RUN) deny tests/run/tools/bin/cargo-deny --locked check bans licenses sources

unit: build
	@tests/with-services.sh $(RUN) unit cargo test --locked --workspace --no-fail-fast

system: build
	@rm -rf tests/run/system
	tests/with-services.sh $(RUN) system cargo test $(ALL) --test system --no-fail-fast -- --test-threads=2

# What reads the messages of strangers, two targets at a time. Needs nothing that the others build or start.
fuzz: install
	@$(RUN) fuzz fuzz/run 60

build: install
	@$(RUN) build cargo build $(ALL) --all-targets

install:
	@tests/install.sh test
