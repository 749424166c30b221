# Everything a contributor needs, with Go and make only. `make help` lists the targets.

BIN      := bin/tocsin
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
COMMIT   ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
PKG      := github.com/tocsin-rules/tocsin
LDFLAGS  := -s -w -X $(PKG)/internal/cli.version=$(VERSION) -X $(PKG)/internal/cli.commit=$(COMMIT)
FUZZTIME ?= 20s
LINT     := go tool -modfile=tools/go.mod golangci-lint

.PHONY: help build demo test race lint fmt bench fuzz cover generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## write bin/tocsin, one static binary
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/tocsin

demo: build ## check, test and publish the starter rules to a sandbox on this machine
	@sh scripts/demo.sh $(BIN)

test: ## pass every test
	go test ./...

race: ## pass every test under the race detector
	go test -race ./...

lint: ## gofmt, vet and golangci-lint, pinned in tools/go.mod
	@test -z "$$(gofmt -l cmd internal schemas tests)" || { gofmt -l cmd internal schemas tests; echo 'run `make fmt`'; exit 1; }
	go vet ./...
	$(LINT) run ./...

fmt: ## format the Go code
	gofmt -w cmd internal schemas tests

bench: ## measure the hot paths; with TOCSIN_TEST_DATA also those over real rules and events
	go test -run '^$$' -bench . -benchmem ./...

fuzz: ## run each fuzz target for FUZZTIME (20s)
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$package || exit 1; \
		done; \
	done

cover: ## tell how much of each package the tests run
	go test -cover ./...

generate: ## write schemas/ecs.tsv from ECS_CSV="VERSION=FILE.csv ...", or schemas/attack.tsv from ATTACK="VERSION=FILE.tsv"
	@if [ -n "$(ECS_CSV)" ]; then go run ./internal/tools/genecs -out schemas/ecs.tsv $(ECS_CSV); fi
	@if [ -n "$(ATTACK)" ]; then go run ./internal/tools/genattack -version "$(firstword $(subst =, ,$(ATTACK)))" -out schemas/attack.tsv "$(lastword $(subst =, ,$(ATTACK)))"; fi

clean: ## remove what was built
	rm -rf bin
