# Strowger: one command for each thing one does, the same here and in CI. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run build test examples explore allocations check bench bench-media bench-abuse bench-embed soak fuzz sanitize docs install install-library install-plugins format library try-without-swift run-packages test-packages bench-packages toolchain

PREFIX ?= /usr/local
DESTDIR ?=
DATABASE ?= var/strowger.sqlite
PLAN ?= NumberPlan.xml
# More of these add ways to reach the exchange: make run LISTEN="--listen udp:127.0.0.1:5070"
LISTEN ?= --listen udp:0.0.0.0:5060 --listen tcp:0.0.0.0:5060
# What a release build costs: without line tables, with both cores on each module, and optimised for size, which takes a fifth less
# time and costs a call nothing (make bench). Every release build has the same options, so that none throws away what another built.
RELEASE := -c release -debug-info-format none -Xswiftc -num-threads -Xswiftc 2 -Xswiftc -Osize
# `make run` is for a first look: what it builds is not optimised, which halves the wait and serves an office all the same, and is
# without TLS, whose BoringSSL would take as long again. It has a folder to itself.
QUICK_BUILD := .build-run
FIRST_LOOK := -c release -debug-info-format none -Xswiftc -num-threads -Xswiftc 2 -Xswiftc -Onone --disable-default-traits
# Allocations are counted without TLS, which takes no part in them and would take two minutes more to build.
PLAIN_BUILD := .build-plain
# How long each fuzz target runs, in seconds. With 60 a fuzz run on two cores is four minutes of building and six of running, two of the
# twelve targets at a time: what CI has room for beside the tests.
SECONDS := 60
# The same inputs in each `make test`, as far as time allows, so that it fails for what has changed; `make fuzz` draws new ones.
FUZZING_SEED ?= 1
# The explorer's steps in `make test`; a night's run takes more: make explore STEPS=100000000
STEPS ?= 1000000

help:
	@echo 'make run      install what is missing, build for a first look (without TLS), start an exchange with demo stations on port 5060'
	@echo 'make test     install what tests need, run every test, those with real phones and the explorer included'
	@echo 'make examples build and test the programs in Examples, each a package of its own'
	@echo 'make build    build everything for debugging'
	@echo 'make check    format, imports between the parts, C interface against the last release, number plan'
	@echo 'make bench    CPU per call and per registration beside Kamailio (QUICK=1: a shorter run)'
	@echo 'make bench-media  CPU per relayed packet beside rtpengine, conferences, memory per channel (QUICK=1: shorter)'
	@echo 'make bench-abuse  a flood of REGISTER, crowds of connections: do phones go on working? (QUICK=1: shorter)'
	@echo 'make bench-embed  what the C library costs its host: an event, a start, size, memory (QUICK=1: shorter)'
	@echo 'make soak     ten thousand relayed calls that leave nothing behind, a hundred million steps (an hour)'
	@echo 'make fuzz     what strangers may send, mutated by libFuzzer under AddressSanitizer (SECONDS=$(SECONDS) for each of the targets)'
	@echo 'make sanitize the tests of threads and memory once more under ThreadSanitizer and AddressSanitizer (half an hour)'
	@echo 'make explore  random walks through calls and features in release (STEPS=$(STEPS)), then every way small worlds can go'
	@echo 'make docs     reference pages of the Swift API, into .build/docs; a warning is an error'
	@echo 'make install  the program with TLS and the shipped number plan under PREFIX=$(PREFIX)'
	@echo 'make install-library  libstrowger.so, strowger.h and its pkg-config file alone, for programs that embed the exchange'
	@echo 'make try-without-swift  what make install installs, at work in a Debian that has no Swift (as root)'
	@echo 'make install-plugins  the modules in Plugins, where the exchange looks for them: name them in the plan'
	@echo 'make format   write every source in the house style'

run: toolchain run-packages
	@[ -x $(QUICK_BUILD)/release/strowger ] || { \
	  echo 'building the exchange for a first look (under two minutes on two cores)'; \
	  echo 'without TLS and not optimised: make install builds the one for service'; }
	@swift build $(FIRST_LOOK) --scratch-path $(QUICK_BUILD) --product strowger
	@mkdir -p $(dir $(DATABASE))
	@exec $(QUICK_BUILD)/release/strowger serve --demo --plan $(PLAN) --database $(DATABASE) $(LISTEN)

build: toolchain run-packages
	swift build

# The summary of the test run stands once more at the very end, where the eye falls.
test: toolchain test-packages
	@Packaging/check-imports
	@python3 -m unittest discover -s Tests/PackagingTests
	@Packaging/check-interface
	@Packaging/build-header-page --check
	@swift build --build-tests
	@swift test --skip-build 2>&1 | tee .build/test.log
	@$(MAKE) docs
	@$(MAKE) examples
	@$(MAKE) explore
	@$(MAKE) allocations
	@FUZZING_SEED=$(FUZZING_SEED) $(MAKE) fuzz
	@grep -E 'Test run with|Executed [0-9]+ test' .build/test.log | tail -n 1

# Each as somebody else would build it, but for the folder. One with a Makefile is for the C library, which is made of the debug build
# here, as the tests have built it already; such an example's tests take it from STROWGER_LIBRARY.
examples: toolchain test-packages
	@for package in $(dir $(wildcard Examples/*/Package.swift)); do \
	  swift test --package-path $$package --scratch-path .build-examples/$$(basename $$package); \
	done
	@swift build --product Embedding
	@mkdir -p .build-examples/library
	@Packaging/link-library .build/debug/libEmbedding.a .build-examples/library/libstrowger.so.1
	@ln -sf libstrowger.so.1 .build-examples/library/libstrowger.so
	@for makefile in $(wildcard Examples/*/Makefile); do \
	  $(MAKE) -C $$(dirname $$makefile) test STROWGER_LIBRARY=$(CURDIR)/.build-examples/library/libstrowger.so.1; \
	done

explore: toolchain run-packages
	@swift build $(RELEASE) --package-path Benchmarks/kernel --scratch-path .build-benchmarks --product explore
	@.build-benchmarks/release/explore --steps $(STEPS)
	@.build-benchmarks/release/explore --search
	@one=$$(.build-benchmarks/release/explore --traces); echo "$$one"; \
	other=$$(.build-benchmarks/release/explore --traces); echo "$$other"; \
	[ "$$one" = "$$other" ] || { echo 'the same seeds gave another trace in another process' >&2; exit 1; }

# Each kind of octets that comes from outside, mutated for a while; ends with 1 and the reproducers where something breaks.
fuzz: toolchain run-packages
	@Fuzzing/run --seconds $(SECONDS)

# Where threads meet (sockets, store, media server), and where pointers are: each sanitizer needs a build of its own. Leaks are not
# looked for: the runtime keeps what it made until the end.
sanitize: toolchain run-packages
	@swift build --sanitize=thread --scratch-path .build-thread --build-tests
	@TSAN_OPTIONS=suppressions=$(CURDIR)/Packaging/thread-sanitizer.supp SWIFT_BACKTRACE=enable=no \
	  swift test --sanitize=thread --scratch-path .build-thread --skip-build --filter '^(TransportTests|StoreTests|MediaTests)\.'
	@swift build --sanitize=address --scratch-path .build-address --build-tests
	@ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no swift test --sanitize=address --scratch-path .build-address --skip-build \
	  --filter '^(SIPTests|SessionsTests|NumberPlanTests|MediaTests|CryptographyTests|StoreTests|EmbeddingTests|ModuleBridgeTests|LoadingTests)\.'

# Allocations per call do not depend on the machine, so they are held against the limits kept in Benchmarks.
allocations: toolchain test-packages
	@if [ -f Benchmarks/calls/allocation-limits.json ]; then \
	  swift build $(RELEASE) --disable-default-traits --scratch-path $(PLAIN_BUILD) --product strowger && \
	  Benchmarks/calls/run --allocations-only --quick --program $(PLAIN_BUILD)/release/strowger; \
	else echo 'allocations: no limits kept yet'; fi

check: toolchain
	@status=0; \
	swift format lint --strict --recursive $(wildcard Sources Tests Plugins Examples Benchmarks Fuzzing/Fuzz Fuzzing/Targets) || status=1; \
	Packaging/check-imports || status=1; \
	Packaging/check-interface || status=1; \
	Packaging/build-header-page --check || status=1; \
	if [ -x .build/debug/strowger ]; then .build/debug/strowger plan check $(PLAN) || status=1; \
	else echo 'plan: not checked, as nothing is built yet (make build)'; fi; \
	exit $$status

format: toolchain
	@swift format --in-place --recursive $(wildcard Sources Tests Plugins Examples Benchmarks Fuzzing/Fuzz Fuzzing/Targets)

bench: toolchain bench-packages
	@swift build $(RELEASE) --product strowger
	@Benchmarks/calls/run $(if $(QUICK),--quick)
	@swift build $(RELEASE) --package-path Benchmarks/kernel --scratch-path .build-benchmarks --product kernel-bench
	@.build-benchmarks/release/kernel-bench

# What takes long: ten thousand relayed calls that must leave nothing behind, and a hundred million steps of the explorer.
soak: toolchain test-packages
	@swift build --build-tests
	@STROWGER_RELAYED_CALLS=10000 swift test --skip-build --filter Relay/nothingIsLeft
	@$(MAKE) explore STEPS=100000000

bench-media: toolchain bench-packages
	@swift build $(RELEASE) --package-path Benchmarks/media --scratch-path .build-benchmarks-media --product media-bench
	@.build-benchmarks-media/release/media-bench $(if $(QUICK),--seconds 2)

# What strangers can do by sheer number; a table with limits, and exit status 1 where one does not hold. Wants a quiet machine.
bench-abuse: toolchain run-packages
	@swift build $(RELEASE) --product strowger
	@Benchmarks/abuse/run $(if $(QUICK),--quick)

# The figures of one process alone: wants a machine that is quiet, though the best of several turns counts.
bench-embed: toolchain run-packages library
	@swift build $(RELEASE) --package-path Benchmarks/embed --scratch-path .build-benchmarks-embed --product swift-calls
	@Benchmarks/embed/run --library .build-install/libstrowger.so.1 --swift .build-benchmarks-embed/release/swift-calls \
	  $(if $(QUICK),--quick)

docs: toolchain run-packages
	@Packaging/build-docs .build/docs

# A build of its own: the installed program carries its Swift runtime and needs no toolchain.
install: toolchain run-packages
	@swift build $(RELEASE) --product strowger --static-swift-stdlib --scratch-path .build-install
	@install -D -s -m 755 .build-install/release/strowger $(DESTDIR)$(PREFIX)/bin/strowger
	@install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/strowger NumberPlan.xml NumberPlan.xsd
	@install -d $(DESTDIR)$(PREFIX)/lib/strowger
	@Packaging/install-kit $(DESTDIR)$(PREFIX)/share/strowger/kit
	@$(MAKE) install-library
	@echo 'installed $(DESTDIR)$(PREFIX)/bin/strowger; plan and schema in $(DESTDIR)$(PREFIX)/share/strowger'
	@echo 'feature modules of others: $(DESTDIR)$(PREFIX)/lib/strowger; to write one: strowger module new'
	@echo 'for other programs: $(DESTDIR)$(PREFIX)/lib/libstrowger.so, strowger.h, pkg-config strowger'

library: toolchain run-packages
	@swift build $(RELEASE) --product Embedding --static-swift-stdlib --scratch-path .build-install
	@Packaging/link-library .build-install/release/libEmbedding.a .build-install/libstrowger.so.1

# For programs in C and other languages (Sources/CStrowger/include/strowger.h).
install-library: library
	@install -D -s -m 755 -t $(DESTDIR)$(PREFIX)/lib .build-install/libstrowger.so.1
	@ln -sf libstrowger.so.1 $(DESTDIR)$(PREFIX)/lib/libstrowger.so
	@install -D -m 644 -t $(DESTDIR)$(PREFIX)/include Sources/CStrowger/include/strowger.h Sources/CStrowger/include/strowger_module.h
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e "s|@VERSION@|$$(sed -n 's/.*static let release = "\(.*\)"/\1/p' Sources/Strowger/Strowger.swift)|" \
	  Packaging/strowger.pc.in >$(DESTDIR)$(PREFIX)/lib/pkgconfig/strowger.pc

# Each as its own Makefile does it: the Swift ones build the module kit, a minute each.
install-plugins: toolchain
	@for plugin in $(wildcard Plugins/*/Makefile); do \
	  $(MAKE) -C $$(dirname $$plugin) install DESTDIR= MODULES=$(abspath $(DESTDIR)$(PREFIX)/lib/strowger); \
	done

# What is installed, in a Debian of its own beside this one: program, library and a loaded module carry their Swift runtime with them.
try-without-swift: toolchain run-packages
	@[ "$$(id -u)" -eq 0 ] || { echo 'make try-without-swift wants root: it makes a Debian in a folder and runs programs there' >&2; exit 1; }
	@rm -rf .build-install/tree
	@$(MAKE) install DESTDIR=$(CURDIR)/.build-install/tree PREFIX=/usr/local >/dev/null
	@Packaging/try-without-swift .build-install/tree

toolchain:
	@command -v swift >/dev/null || { echo 'no swift here: install a Swift 6.3 or newer toolchain (swift.org/install)' >&2; exit 1; }

run-packages:
	@Packaging/install-dependencies run

test-packages:
	@Packaging/install-dependencies run test

bench-packages:
	@Packaging/install-dependencies run bench
