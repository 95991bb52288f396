# `make demo` and `make test` do everything that a fresh clone needs: on Debian 12 with Python 3.11 and Swift 6, they
# install the system packages that are missing (as root), build the engine and make a virtual environment in .venv.

PYTHON ?= python3
# The demo's pretext task: simclr, byol or mae.
TASK ?= simclr
VENV := .venv
BIN := $(VENV)/bin
ENGINE_SOURCES := setup.py Package.swift $(shell find Sources python/bissl/_engine -name '*.swift' -o -name '*.[ch]')

# On top of setup.py's double-precision build, with its options, so that nothing is built twice (Package.swift itself
# makes that build testable).
SWIFT_TEST := swift test --configuration release --scratch-path build/swift-float64 --disable-testable-imports

.PHONY: demo test benchmark notebooks engine clean

demo: $(VENV)/demo build/engine
	$(BIN)/bissl demo --task $(TASK)

test: $(VENV)/test build/engine
	BISSL_PRECISION=float64 $(SWIFT_TEST)
	$(BIN)/python -m pytest
	BISSL_PRECISION=float64 $(BIN)/python -m pytest -m float64

# PyTorch and JAX take part: the bench extra installs them. BENCHMARK=--quick tells in a few minutes whether all runs.
benchmark: $(VENV)/bench build/engine
	$(BIN)/python python/benchmarks/suite.py $(BENCHMARK)

# From top to bottom, with their outputs written into them.
notebooks: $(VENV)/notebooks build/engine
	$(BIN)/python notebooks/execute.py

engine: build/engine

# The extension modules, beside the sources that the virtual environment points to.
build/engine: $(VENV)/base $(ENGINE_SOURCES)
	$(BIN)/python setup.py --quiet build_ext --inplace
	touch $@

$(VENV)/base: build/system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "setuptools>=61" wheel
	touch $@

$(VENV)/demo $(VENV)/test $(VENV)/bench $(VENV)/notebooks: $(VENV)/%: $(VENV)/base pyproject.toml | build/engine
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable ".[$*]"
	touch $@

build/system:
	@missing=""; \
	command -v swift > /dev/null || { echo "Swift 6 is missing: https://swift.org/install" >&2; exit 1; }; \
	$(PYTHON) -c "import ensurepip, venv" 2> /dev/null || missing="$$missing python3-venv"; \
	test -e "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_paths()["include"])')/Python.h" \
	  || missing="$$missing python3-dev"; \
	command -v g++ > /dev/null || missing="$$missing g++"; \
	PATH="$$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q 'libopenblas\.so ' || missing="$$missing libopenblas-dev"; \
	if [ -n "$$missing" ]; then \
	  install="apt-get install --yes --no-install-recommends$$missing"; \
	  test "$$(id -u)" = 0 || { echo "missing packages: sudo $$install" >&2; exit 1; }; \
	  export DEBIAN_FRONTEND=noninteractive; apt-get update --quiet && $$install; \
	fi
	@mkdir -p build && touch $@

clean:
	rm -rf build $(VENV) python/bissl.egg-info
	rm -f python/bissl/_engine/*.so
