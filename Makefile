# The words of this project. Each installs what it misses first (tools/setup).
#
#   make demo      the main job, on a package that lies in tests/data
#   make check     what every change must pass: lint and test

PREFIX ?= /usr/local
CELL ?= all
RELEASES ?= 4.37.2 4.45.2
BUILD := build/release
PROGRAM := $(BUILD)/src/cli/weighlock
PYTHON := /usr/bin/python3

.PHONY: help setup build install demo test asan tsan bench lab harvest sweep format lint check fuzz golden clean

help:           ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

setup:          ## install what the other words need (Debian 12)
	@tools/setup

build: setup    ## build the program, the library and the tests
	@test -f $(BUILD)/build.ninja || cmake --preset release
	@cmake --build --preset release

install: build  ## install into PREFIX (default /usr/local)
	@cmake --install $(BUILD) --prefix $(PREFIX)

demo: build     ## an old runtime, a new package, and the way across
	@tools/demo $(PROGRAM)

test: build     ## run all tests
	@ctest --preset release -j2

asan: setup     ## run all tests under the address and undefined-behaviour sanitizers
	@cmake --preset asan >/dev/null && cmake --build --preset asan && ctest --preset asan -j2

tsan: setup     ## run the tests of what has threads under the thread sanitizer
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan && \
	ctest --preset tsan -R '^(base|container_gzip|adapt|scan)_test$$'

bench: build    ## measure against the rivals; WRITE=docs/benchmarks.md keeps the table
	@$(PYTHON) bench/run.py $(PROGRAM) $(if $(WRITE),--write $(WRITE))

lab: build      ## load adapted packages in real runtimes; CELL=flagship|predictions|legacy|dtypes|peft for one of its parts
	@python3 lab/crossing.py $(PROGRAM) $(CELL)

harvest:        ## read all releases of transformers and PEFT, and write their tables in kb/ anew
	@python3 tools/harvest/harvest.py .cache/harvest kb/transformers.json
	@python3 tools/harvest/peft.py .cache/harvest kb/peft.json
	@python3 tools/harvest/vocabularies.py kb/tokenizers.json

sweep: build    ## what releases answer otherwise without a word, and what check says; RELEASES="4.37.2 4.45.2"
	@python3 tools/harvest/sweep.py --program $(PROGRAM) $(RELEASES)

format: setup   ## format the C++ sources
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i

lint: setup     ## formatting, layers, sizes, names, documents, spelling
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 --dry-run -Werror
	@tools/check_layers.py
	@tools/check_sizes.py
	@tools/check_names.py
	@tools/check_docs.py
	@git ls-files '*.py' | xargs $(PYTHON) -c 'import sys; [compile(open(f).read(), f, "exec") for f in sys.argv[1:]]'
	@codespell -q 3 -L kno,plantext,nd,ot,fo README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md docs include src tools lab bench

check: lint test ## what every change must pass

fuzz: setup     ## fuzz every parser for a minute each
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz && tools/fuzz build/fuzz

golden: build   ## write the expected outputs of tests/cli anew
	@$(PYTHON) tests/cli/run.py $(PROGRAM) --golden

clean:          ## remove what was built; the lab's environments stay
	@rm -rf build
