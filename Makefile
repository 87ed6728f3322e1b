# Kept. `make demo` to look at it, `make test` for every check, `make help` for the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOFLAGS_BUILD := -trimpath -ldflags "-s -w -X kept/internal/config.Version=$(VERSION)"
WEB_SOURCES := $(shell find web/src web/index.html web/package.json web/package-lock.json web/vite.config.ts web/scripts -type f 2>/dev/null)

.PHONY: help build web demo test check bench lint types openapi screenshots clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

build: web bin/kept ## Build bin/kept with the web app inside

web: web/dist/index.html ## Build the web app into web/dist

web/node_modules/.installed: web/package-lock.json
	scripts/npm-ci
	@touch $@

web/dist/index.html: $(WEB_SOURCES) web/node_modules/.installed
	cd web && npm run --silent build

.PHONY: bin/kept
bin/kept: web/dist/index.html
	go build $(GOFLAGS_BUILD) -o bin/kept ./cmd/kept

demo: build ## Serve a sample company on http://127.0.0.1:8080
	bin/kept demo

test: ## Every check that CI runs (installs what it needs)
	scripts/test

check: ## The quick checks before a commit
	scripts/check

lint: ## The linters alone
	scripts/lint

bench: build ## Print the benchmark table
	scripts/bench

openapi: ## Rewrite api/openapi.json and the TypeScript types made from it
	go test ./internal/api -run TestOpenAPI -update
	cd web && npm run --silent types

screenshots: build ## Take the pictures in docs/ anew
	scripts/screenshots

clean: ## Remove what the build made
	rm -rf bin web/dist/assets web/dist/index.html* web/node_modules/.installed
