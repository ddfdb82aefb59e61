#pragma once
// A table of a model so small that its jobs take a second or two.

#include <string>

#include "runner/tiny_training.h"

namespace clipwork::test {

/// Writes tiny.toml, the base of tables: three steps of training, two videos to evaluate on.
inline void write_tiny_base(const ScratchFolder& scratch) {
  write_tiny_training(scratch,
                      "[loss]\npoints = 32\n"
                      "[train]\nsteps = 3\nbatch = 2\ncheckpoint_every = 1\n"
                      "[data.eval]\nvideos = 2\n");
}

inline constexpr const char* kTinyTop =
    "title = \"Tiny\"\nsource = \"nowhere\"\npaper = \"t\"\ncolumns = [\"AP\", \"tracking.AssA\"]\n"
    "reference = \"full\"\n";

/// Two trainings and three evaluations.
inline constexpr const char* kTinyRows =
    "[edition.synthetic]\nbase = \"tiny.toml\"\nstart = \"initial\"\n"
    "[[row]]\nname = \"slow\"\ntrain = [\"train.rate=1e-6\"]\npaper = { AP = 20.9 }\n"
    "[[row]]\nname = \"buffer\"\nweights = \"full\"\neval = [\"model.tracker.buffer=3\"]\n"
    "[[row]]\nname = \"full\"\npaper = { AP = 23.3 }\n"
    "[[row]]\nname = \"other\"\nours = false\npaper = { AP = 30.2 }\n";

/// Two evaluations of weights by rule.
inline constexpr const char* kRuleRows =
    "[edition.synthetic]\nbase = \"tiny.toml\"\nweights = \"rule\"\n"
    "[[row]]\nname = \"buffer\"\neval = [\"model.tracker.buffer=3\"]\n"
    "[[row]]\nname = \"full\"\n";

}  // namespace clipwork::test
