# What people do here. `make` alone lists it.

GO ?= go
BIN := bin/staffroom
LINT := bin/golangci-lint
# A cache of its own for each checkout: a shared one shows what it found in another.
export GOLANGCI_LINT_CACHE := $(CURDIR)/bin/lint-cache
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help run build web test test-long lint format generate check-generated bench wire-server clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: build ## Build and start everything at http://localhost:8080, with a sample network
	$(BIN) serve --dev

build: web ## Build the program with its web client into bin/
	$(GO) build -o $(BIN) .

web: web/dist/index.html ## Build the web client and GraphiQL (needs Node)

web/dist/index.html: $(WEB_SOURCES)
	cd web && npm ci --no-audit --no-fund && npm run build

# What is long by nature begins with TestLong. TESTFLAGS=-race adds the race detector, as CI does.
test: web ## Run the tests (browser tests need chromium)
	$(GO) test -timeout 30m -shuffle=on -skip '^TestLong' $(TESTFLAGS) ./...

test-long: web ## Run the tests that are long by nature: many kills, large imports, journeys by keyboard
	$(GO) test -timeout 30m -run '^TestLong' $(TESTFLAGS) ./...

lint: $(LINT) ## Check the style and find likely mistakes
	$(GO) vet ./...
	$(LINT) run ./...

format: $(LINT) ## Format the code
	$(LINT) fmt ./...

$(LINT): tools/go.mod
	cd tools && $(GO) build -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

generate: ## Generate graph/ from the schema
	$(GO) run ./direct/generate

check-generated: generate ## Fail if generated code or go.mod is not up to date
	$(GO) mod tidy
	git diff --exit-code -- graph go.mod go.sum

bench: ## Measure everything beside a floor and peers, and write docs/performance.md (long; needs Node; BENCH="-size 10000" for less)
	STAFFROOM_BENCH=1 $(GO) test -count=1 -run '^TestTextsTakeATenthOfASecond$$' -v ./markdown
	$(GO) build -o bin/bench ./bench
	bin/bench run $(BENCH)

wire-server: ## Run a MongoDB-compatible server for trying, at mongodb://127.0.0.1:27017/
	cd store/mongo/wireserver && $(GO) run . --listen 127.0.0.1:27017

clean: ## Remove what was built (the network in data/ stays)
	rm -rf bin web/dist web/node_modules
